"""Which files differ from an earlier commit, as a repository of git has them."""

import subprocess

import pytest

from reconciler.adapters.git.changed_files import changed_files
from reconciler.core.model.errors import Failed
from reconciler.core.planning.review.branch import FileChange, Touch

STRANGE = ("a\nb.txt", 'quoted"\t.txt', "ünïcode.txt", "-dash.txt", ":(top)x.txt")


@pytest.fixture
def root(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    for name in ("kept", "changed", "gone", "moved"):
        (tmp_path / name).write_text(f"{name}\n" * 20)
    commit(tmp_path)
    return tmp_path


def commit(root) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@b.example"]
    for words in (["add", "-A"], [*who, "commit", "-qm", "x"]):
        subprocess.run(["git", "-C", root, *words], check=True)


def commit_of(root) -> str:
    asked = ["git", "-C", root, "rev-parse", "HEAD"]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()


def test_each_way_in_which_a_file_changes(root) -> None:
    base = commit_of(root)
    (root / "changed").write_text("x")
    (root / "gone").unlink()
    (root / "moved").rename(root / "there")
    (root / "new").write_text("x")
    commit(root)
    assert set(changed_files(root, base)) == {
        FileChange("changed", Touch.CHANGED),
        FileChange("gone", Touch.REMOVED),
        FileChange("there", Touch.RENAMED, "moved"),
        FileChange("new", Touch.ADDED),
    }


def test_names_of_any_kind(root) -> None:
    base = commit_of(root)
    for number, name in enumerate(STRANGE):
        (root / name).write_text(f"{number}")
    commit(root)
    assert {file.path for file in changed_files(root, base)} == set(STRANGE)


def test_nothing_and_no_repository(root, tmp_path_factory) -> None:
    assert changed_files(root, commit_of(root)) == ()
    assert changed_files(tmp_path_factory.mktemp("none"), "0" * 40) == ()


def test_a_commit_that_is_not_there_is_an_error_with_its_name(root) -> None:
    with pytest.raises(Failed, match=f"what differs from {'0' * 40}"):
        changed_files(root, "0" * 40)
