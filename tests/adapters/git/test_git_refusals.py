"""Git that refuses, fails, hangs or is not there: a reason, and never an error; and nothing that a repository
names is started.
"""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.adapters.git import command
from reconciler.adapters.git.repository import checkout_at, revision, tracked
from reconciler.core.model.errors import Failed
from reconciler.core.model.spec import Revision
from tests.support.workspace import alive, wait_until


def ask(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)
    return done.stdout.decode().strip()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("GITHUB_HEAD_REF", "GITHUB_REF_NAME"):
        monkeypatch.delenv(name, raising=False)
    root = tmp_path / "repository"
    root.mkdir()
    ask(root, "init", "-b", "main")
    (root / "file").write_text("one\n")
    (root / "model.onnx").write_text("one\n")
    ask(root, "add", ".")
    ask(root, "commit", "-m", "one")
    return root


def no_objects(folder: Path) -> None:
    for path in [*(folder / "objects").rglob("*")]:
        if path.is_file():
            path.unlink()


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "index": (lambda git: (git / "index").write_text("rubbish"), "index file"),
    "head of rubbish": (lambda git: (git / "HEAD").write_bytes(b"x\0y"), "not a git repository"),
    "empty head": (lambda git: (git / "HEAD").write_text(""), "not a git repository"),
    "no head": (lambda git: (git / "HEAD").unlink(), "not a git repository"),
    "a ref that is none": (lambda git: (git / "refs/heads/main").write_text("zzz\n"), "HEAD names no commit"),
    "no objects": (no_objects, ""),
    "settings": (lambda git: (git / "config").write_text("[[["), "bad config line 1"),
    "settings of bytes": (lambda git: (git / "config").write_bytes(bytes(range(255))), "bad config line"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_repository_has_a_reason(repository: Path, name: str) -> None:
    damage, said = DAMAGE[name]
    damage(repository / ".git")
    found = revision(repository)
    assert isinstance(found, str)
    assert found
    assert said in found
    assert "\n" not in found


@pytest.mark.parametrize("content", ["hello\n", "gitdir: /nowhere\n", ""])
def test_a_file_that_is_no_repository_has_a_reason(tmp_path: Path, content: str) -> None:
    (tmp_path / ".git").write_text(content)
    assert "git: " in str(revision(tmp_path))


def test_a_folder_that_is_no_repository_has_a_reason(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert "not a git repository" in str(revision(tmp_path))


def test_another_users_checkout_is_refused_with_the_way_to_trust_it(
    repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Git's own tests pretend so by this variable."""
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setenv("HOME", str(tmp_path))
    found = str(revision(repository))
    assert "dubious ownership" in found
    assert f"git config --global --add safe.directory {repository}" in found
    with pytest.raises(Failed, match="dubious ownership"):
        checkout_at(repository, "main", tmp_path / "then")


def test_without_the_program_there_is_a_reason_and_outside_of_a_repository_none(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert revision(repository) == "there is no git on this machine"
    assert revision(tmp_path) == ""
    assert checkout_at(tmp_path, "main", tmp_path / "then") is None
    with pytest.raises(Failed, match="there is no git on this machine"):
        checkout_at(repository, "main", tmp_path / "then")


def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Another program named git."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "git").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


@pytest.mark.parametrize("script", ["exit 3", "kill -9 $$", "echo no; exit 200"])
def test_a_git_that_fails_has_a_reason(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    stand_in(tmp_path, monkeypatch, script)
    assert "git: it ended with" in str(revision(repository))


def test_what_git_says_is_handed_on_as_it_came(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, r"printf 'warning: x\nfatal: a\033\013\034b\n' >&2; exit 128")
    assert revision(repository) == "git: a\x1b\x0b\x1cb"


def test_a_program_that_cannot_be_started_has_a_reason(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, "")
    (tmp_path / "bin" / "git").write_bytes(b"\x7fELF rubbish")
    assert "git" in str(revision(repository))


def test_a_git_that_hangs_is_ended_with_all_that_it_started(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, f"sleep 600 & echo $! > {tmp_path}/pid; wait")
    monkeypatch.setattr(command, "LONGEST_SECONDS", 0.5)
    assert "did not answer within" in str(revision(repository))
    pid = int((tmp_path / "pid").read_text())
    wait_until(lambda: not alive(pid), "what it started has ended")


@pytest.mark.parametrize("setting", ["core.fsmonitor", "diff.external", "core.pager", "diff.t.textconv"])
def test_nothing_that_a_repository_names_is_started(repository: Path, tmp_path: Path, setting: str) -> None:
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    (repository / ".gitattributes").write_text("* diff=t\n")
    ask(repository, "config", setting, str(trap))
    (repository / "file").write_text("two\n")
    (tmp_path / "sprung").unlink(missing_ok=True)
    found = revision(repository)
    assert isinstance(found, Revision)
    assert found.commit.endswith("-dirty")
    assert checkout_at(repository, "main", tmp_path / "then") is not None
    assert not (tmp_path / "sprung").exists()


def test_the_repository_of_a_hook_is_not_taken_for_ours(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(tmp_path / "objects"))
    monkeypatch.setenv("GIT_ALTERNATE_OBJECT_DIRECTORIES", str(tmp_path / "more"))
    monkeypatch.setenv("GIT_QUARANTINE_PATH", str(tmp_path / "objects"))
    found = revision(repository)
    assert isinstance(found, Revision)
    assert not found.commit.endswith("-dirty")


def test_a_touched_file_is_no_change_and_the_first_remote_stands_for_origin(repository: Path) -> None:
    os.utime(repository / "file", (1, 1))
    ask(repository, "remote", "add", "fork", "https://u:p@example.com/fork.git")
    ask(repository, "remote", "add", "other", "https://u:p@example.com/other.git")
    commit = ask(repository, "rev-parse", "HEAD")
    assert revision(repository) == Revision(commit, "main", "https://example.com/fork.git")
    ask(repository, "remote", "add", "origin", "https://u:p@example.com/origin.git")
    assert revision(repository) == Revision(commit, "main", "https://example.com/origin.git")


# -- what a pull request brings


EVIL = """#!/bin/sh
env > {out}
cat
"""


def embed(folder: Path, command: str) -> None:
    """Make the folder, of a repository's files, a repository too, with settings of its own."""
    (folder / "data.txt").write_text("two\n")
    (folder / ".gitattributes").write_text("* filter=x diff=x merge=x\n")
    ask(folder, "init", "--quiet", "-b", "main", "inner")
    inner = folder / "inner"
    (inner / "data.txt").write_text("one\n")
    (inner / "file").write_text("one\n")
    ask(inner, "add", ".")
    ask(inner, "commit", "-m", "one")
    for name in ("HEAD", "objects", "refs", "index"):
        (inner / ".git" / name).rename(folder / name)
    settings = (
        f"[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n\tfsmonitor = {command}\n"
    )
    filters = f'[filter "x"]\n\tclean = {command}\n\tsmudge = {command}\n\tprocess = {command}\n'
    (folder / "config").write_text(settings + filters)
    for path in sorted(inner.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    inner.rmdir()


@pytest.mark.parametrize("below", [".", "manifests"])
@pytest.mark.parametrize("linked", [False, True])
def test_a_repository_among_the_files_of_another_is_not_asked(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, below: str, linked: bool
) -> None:
    """Its settings came with the files, and name programs."""
    monkeypatch.setenv("CANARY_TOKEN", "hunter2")
    deploy = repository / "deploy"
    (deploy / "manifests").mkdir(parents=True)
    (deploy / "manifests" / "one.yaml").touch()
    out = tmp_path / "sprung"
    (deploy / "evil.sh").write_text(EVIL.format(out=out))
    embed(deploy, f"sh {deploy}/evil.sh")
    settings = ask(deploy, "config", "--get", "core.worktree")
    assert settings == ".", "git by itself takes it for one"
    out.unlink(missing_ok=True)
    ask(repository, "add", "-f", ".")
    ask(repository, "commit", "-m", "two")
    commit = ask(repository, "rev-parse", "HEAD")
    (deploy / "data.txt").write_text("three\n")
    root = deploy / below
    if linked:
        root = tmp_path / "link"
        root.symlink_to(deploy / below)
    found = revision(root)
    assert not out.exists(), out.read_text()
    assert found == Revision(f"{commit}-dirty", "main", "")
    assert checkout_at(root, "main", tmp_path / "then") == tmp_path / "then" / "deploy" / below
    assert tracked(root)
    assert (tmp_path / "then" / "deploy" / "data.txt").read_text() == "two\n"
    assert not out.exists()


def test_a_filter_of_a_person_finds_no_secret(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files choose which of them runs, and on what."""
    for name in (
        "CANARY_TOKEN",
        "GITHUB_TOKEN",
        "OCI_CLI_KEY_CONTENT",
        "GIT_ASKPASS",
        "GIT_CONFIG_PARAMETERS",
    ):
        monkeypatch.setenv(name, "'a.b=hunter2'")
    out = tmp_path / "environment"
    (tmp_path / "filter.sh").write_text(EVIL.format(out=out))
    settings = tmp_path / "settings"
    settings.write_text(f'[filter "x"]\n\tclean = sh {tmp_path}/filter.sh\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (repository / ".gitattributes").write_text("file filter=x\n")
    os.utime(repository / "file", (1, 1))
    assert isinstance(revision(repository), Revision)
    given = out.read_text()
    assert "hunter2" not in given
    assert "PATH=" in given
    assert f"XDG_CONFIG_HOME={tmp_path}" in given


# -- what is in an index


def test_what_is_tracked(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "a*" / "[b]").mkdir(parents=True)
    (repository / "a*" / "[b]" / ":file").touch()
    (repository / "link").symlink_to("/nowhere")
    (repository / "loop").symlink_to("loop")
    (repository / "ours").symlink_to("a*")
    ask(repository, "add", "a*", "link", "loop")
    (repository / "other").mkdir()
    (tmp_path / "in").symlink_to(repository / "a*")
    yes = ["a*", "A*", "a*/[b]", "a*/[b]/:file", "link", "link/below/it", "loop/x", "ours", "file", "."]
    no = ["a", "ab", "other", "other/below", "fil", "a*/b", "", "x/../other", "../nothing"]
    found = {name: tracked(repository / name) is not None for name in [*yes, *no] if name}
    assert found == {name: name in yes and name != "." for name in found}
    assert tracked(tmp_path / "in" / "[b]") == repository / "a*" / "[b]"
    assert tracked(repository / "loop" / "x") == repository / "loop"
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert tracked(repository / "file") is None, "what git does not say counts as no"
