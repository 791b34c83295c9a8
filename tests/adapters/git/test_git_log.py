"""Git's log of one file, in a repository that nobody has to trust."""

from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.adapters.git.log import log_of
from reconciler.adapters.git.repository import Clone, clone_around
from reconciler.adapters.git.revisions import changes_before
from tests.support.repositories import commit, git


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder of a repository, with three commits, of which two changed `a*.yaml`."""
    git(tmp_path, "init", "--quiet")
    root = tmp_path / "serving"
    root.mkdir()
    for name, text in (("a*.yaml", "1"), ("ab.yaml", "1"), ("a*.yaml", "2")):
        (root / name).write_text(text)
        commit(tmp_path, f"{name} is {text}\n\nmore words")
    return root


def told(found: object) -> list[str]:
    assert isinstance(found, tuple)
    return [one.subject for one in found]


def test_the_commits_of_this_file_alone_newest_first(root: Path) -> None:
    """The name of a file is no pattern."""
    found = log_of(root, "a*.yaml", 10)
    assert told(found) == ["a*.yaml is 2", "a*.yaml is 1"]
    assert found[0].commit == git(root, "rev-parse", "HEAD")
    assert found[0].at.endswith("Z")
    assert told(log_of(root, "a*.yaml", 1)) == ["a*.yaml is 2"]
    assert told(log_of(root, "a*.yaml", 1, git(root, "rev-parse", "HEAD~1"))) == ["a*.yaml is 1"]
    assert log_of(root, "another.yaml", 10) == ()


@pytest.mark.parametrize("at", ["--output=x", "HEAD:serving", "a b", ""])
def test_what_is_no_name_of_a_commit_is_never_handed_to_git(root: Path, at: str) -> None:
    assert log_of(root, "a*.yaml", 10, at) == "the revision that is marked is no name of a commit"
    assert [path.name for path in root.iterdir() if path.name == "x"] == []


def test_a_revision_that_is_not_here_is_a_reason(root: Path) -> None:
    assert str(log_of(root, "a*.yaml", 10, "0" * 40)).startswith("git: ")


def test_outside_of_a_repository(tmp_path: Path) -> None:
    assert log_of(tmp_path, "a.yaml", 10) == "this folder is in no git repository"
    assert clone_around(tmp_path) is Clone.NONE


LOGS: dict[str, Callable[[Path], object]] = {
    "of a file": lambda root: log_of(root, "a*.yaml", 10),
    "of changes": lambda root: changes_before(root, git(root, "rev-parse", "HEAD"), ["a*.yaml"], 10),
}


@pytest.mark.parametrize("log", LOGS)
def test_no_program_that_the_repository_names_is_started(root: Path, tmp_path: Path, log: str) -> None:
    before = LOGS[log](root)
    ran = tmp_path / "ran"
    program = tmp_path / "gpg"
    program.write_text(f"#!/bin/sh\ntouch {ran}\n")
    program.chmod(0o755)
    for name, value in (("log.showSignature", "true"), ("gpg.program", str(program))):
        git(root, "config", name, value)
    _say_of_head(
        root, "\n\n", "\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\n"
    )
    found = LOGS[log](root)
    assert isinstance(before, tuple | list)
    assert isinstance(found, tuple | list)
    assert len(found) == len(before) == 2
    assert not ran.exists()


@pytest.mark.parametrize("seconds", ["999999999999999", "9223372036854775807"])
def test_a_commit_may_say_that_it_is_of_any_time(root: Path, seconds: str) -> None:
    (committer,) = [
        line for line in git(root, "cat-file", "commit", "HEAD").split("\n") if line.startswith("committer ")
    ]
    who, _, _ = committer.rsplit(" ", 2)
    _say_of_head(root, committer, f"{who} {seconds} +0000")
    found = log_of(root, "a*.yaml", 10)
    assert told(found) == ["a*.yaml is 2", "a*.yaml is 1"]
    assert isinstance(found, tuple)
    assert [bool(one.at) for one in found] == [False, True]


def _say_of_head(root: Path, old: str, new: str) -> None:
    """Put another commit in the place of the newest one, with `new` for the first `old` in it."""
    raw = git(root, "cat-file", "commit", "HEAD").replace(old, new, 1)
    (root / ".git-object").write_text(raw + "\n")
    made = git(root, "hash-object", "-t", "commit", "-w", "--literally", str(root / ".git-object"))
    git(root, "update-ref", "HEAD", made)


def test_how_much_of_a_repository_is_here(root: Path, tmp_path: Path) -> None:
    assert clone_around(root) is Clone.WHOLE
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{tmp_path}", "shallow")
    assert clone_around(tmp_path / "shallow/serving") is Clone.SHALLOW
