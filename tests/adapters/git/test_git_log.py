"""Git's log of one file, in a repository that nobody has to trust."""

from pathlib import Path

import pytest

from reconciler.adapters.git.log import log_of
from reconciler.adapters.git.repository import Clone, clone_around
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


def test_no_program_that_the_repository_names_is_started(root: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    program = tmp_path / "gpg"
    program.write_text(f"#!/bin/sh\ntouch {ran}\n")
    program.chmod(0o755)
    for name, value in (("log.showSignature", "true"), ("gpg.program", str(program))):
        git(root, "config", name, value)
    raw = git(root, "cat-file", "commit", "HEAD").replace(
        "\n\n", "\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\n", 1
    )
    (tmp_path / "signed").write_text(raw + "\n")
    git(root, "update-ref", "HEAD", git(root, "hash-object", "-t", "commit", "-w", str(tmp_path / "signed")))
    assert told(log_of(root, "a*.yaml", 10)) == ["a*.yaml is 2", "a*.yaml is 1"]
    assert not ran.exists()


def test_how_much_of_a_repository_is_here(root: Path, tmp_path: Path) -> None:
    assert clone_around(root) is Clone.WHOLE
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{tmp_path}", "shallow")
    assert clone_around(tmp_path / "shallow/serving") is Clone.SHALLOW
