"""The files of another commit, beside the work tree."""

import os
import subprocess
from pathlib import Path

import pytest

from reconciler.adapters.git.repository import checkout_at
from reconciler.core.model.errors import Failed

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 12\n"


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    (root / "serving" / "manifests").mkdir(parents=True)
    git(root, "init", "-b", "main")
    (root / "serving" / "manifests" / "vision.yaml").write_text("replicas: 1\n")
    (root / "model.onnx").write_text(POINTER)
    (root / ".gitattributes").write_text("*.onnx filter=lfs\nserving export-ignore\n")
    (root / "link").symlink_to("/etc")
    git(root, "add", ".")
    git(root, "commit", "-m", "one")
    return root


def files(folder: Path) -> dict[str, str]:
    found = (path for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {str(path.relative_to(folder)): path.read_text() for path in found}


def test_an_older_commit_beside_a_work_tree_that_stays_as_it_is(repository: Path, tmp_path: Path) -> None:
    first = git(repository, "rev-parse", "HEAD")
    old = files(repository)
    manifest = repository / "serving" / "manifests" / "vision.yaml"
    manifest.write_text("replicas: 2\n")
    git(repository, "commit", "-am", "two")
    manifest.write_text("replicas: 3\n")
    git(repository, "add", ".")
    (repository / "untracked").write_text("x")
    before, status = files(repository), git(repository, "status", "--porcelain")

    place = checkout_at(repository / "serving", first, tmp_path / "then")
    assert place == tmp_path / "then" / "serving"
    assert files(tmp_path / "then") == old
    assert files(repository) == before
    assert git(repository, "status", "--porcelain") == status
    assert (tmp_path / "then" / "link").readlink() == Path("/etc")


def test_pointers_of_lfs_stay_pointers(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git LFS fetches unless the environment says no, which this stand-in heeds in the same way."""
    smudge = 'test "$GIT_LFS_SKIP_SMUDGE" = 1 && cat || echo fetched'
    git(repository, "config", "filter.lfs.smudge", smudge)
    monkeypatch.delenv("GIT_LFS_SKIP_SMUDGE", raising=False)
    commit = git(repository, "rev-parse", "HEAD")
    assert checkout_at(repository, commit, tmp_path / "then") == tmp_path / "then"
    assert (tmp_path / "then" / "model.onnx").read_text() == POINTER
    assert "GIT_LFS_SKIP_SMUDGE" not in os.environ


def test_a_branch_or_tag_is_a_name_too(repository: Path, tmp_path: Path) -> None:
    git(repository, "tag", "v1.0")
    assert checkout_at(repository, "v1.0", tmp_path / "tag") is not None
    assert checkout_at(repository, "main", tmp_path / "branch") is not None


@pytest.mark.parametrize(
    "name",
    ["0" * 40, "no-such-branch", "", "--help", "--output=x", "HEAD:serving", "main dirty", "main^{tree}"],
)
def test_what_this_clone_does_not_have_is_none(repository: Path, tmp_path: Path, name: str) -> None:
    assert checkout_at(repository, name, tmp_path / "then") is None
    assert not (tmp_path / "then").exists()


def test_a_commit_with_changes_on_top_is_none(repository: Path, tmp_path: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    assert checkout_at(repository, f"{commit}-dirty", tmp_path / "then") is None


def test_outside_of_a_repository_there_is_none(tmp_path_factory: pytest.TempPathFactory) -> None:
    plain = tmp_path_factory.mktemp("plain")
    assert checkout_at(plain, "main", plain / "then") is None


def test_a_place_that_cannot_be_written_is_told(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Failed, match="cannot be written to"):
        checkout_at(repository, "main", tmp_path / "file" / "then")


def test_a_tree_that_leads_out_is_refused(repository: Path, tmp_path: Path) -> None:
    """Git makes no such tree by itself, but takes one from a hostile remote."""
    blob = git(repository, "rev-parse", "HEAD:model.onnx")
    raw = b"100644 x\0" + bytes.fromhex(blob)
    inner = hash_tree(repository, raw)
    outer = hash_tree(repository, b"40000 ..\0" + bytes.fromhex(inner))
    commit = git(repository, "commit-tree", outer, "-m", "hostile")
    with pytest.raises(Failed, match="invalid path"):
        checkout_at(repository, commit, tmp_path / "a" / "then")
    assert not (tmp_path / "a" / "x").exists()


def hash_tree(repository: Path, raw: bytes) -> str:
    done = subprocess.run(
        ["git", "hash-object", "-t", "tree", "-w", "--literally", "--stdin"],
        cwd=repository,
        input=raw,
        check=True,
        capture_output=True,
    )
    return done.stdout.decode().strip()
