"""The hook for pre-commit, as those have it who name this repository in `.pre-commit-config.yaml`: the real
pre-commit installs our package into an environment of its own, and git asks it before every commit.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.hello import MANIFEST, write_hello
from tests.support.repositories import AUTHOR, PLAIN, commit, git
from tests.support.workspace import CHECKOUT, Workspace, make

CONFIG = """\
repos:
  - repo: REPOSITORY
    rev: REVISION
    hooks: [{id: reconcile-validate}]
"""
NEEDED = (
    *("reconciler", "datascience_emulator", "schemas", "templates"),
    *("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", ".pre-commit-hooks.yaml"),
)


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This repository as it is now, committed or not."""
    copy = tmp_path_factory.mktemp("ours")
    for name in NEEDED:
        place = CHECKOUT / name
        if place.is_dir():
            shutil.copytree(place, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(place, copy / name)
    git(copy, "init", "--quiet")
    commit(copy)
    return copy


@pytest.fixture(scope="module")
def theirs(ours: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    made = make(tmp_path_factory.mktemp("theirs"))
    write_hello(made)
    made.write(".gitignore", ".reconciler/\n")
    revision = git(ours, "rev-parse", "HEAD")
    config = CONFIG.replace("REPOSITORY", f"file://{ours}").replace("REVISION", revision)
    made.write(".pre-commit-config.yaml", config)
    git(made.root, "init", "--quiet")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PRE_COMMIT_HOME", str(tmp_path_factory.mktemp("pre-commit")))
        subprocess.run([sys.executable, "-m", "pre_commit", "install"], cwd=made.root, check=True)
        yield made


def committed(made: Workspace) -> tuple[int, str]:
    """What git ends with, and what the hook says."""
    git(made.root, "add", "--all")
    command = ["git", *AUTHOR, *PLAIN, "commit", "--quiet", "--message", "x"]
    ran = subprocess.run(command, cwd=made.root, capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout + ran.stderr


def test_a_commit_is_made_when_the_manifests_are_valid(theirs: Workspace) -> None:
    code, told = committed(theirs)
    assert (code, "Passed" in told) == (0, True), told

    theirs.write("manifests/hello.yaml", MANIFEST.replace("ocpus: 1", "ocpu: 1"))
    before = git(theirs.root, "rev-parse", "HEAD")
    code, told = committed(theirs)
    assert code == 1
    assert "reconcile validate" in told
    assert "Failed" in told
    assert "manifests/hello.yaml:7:" in told
    assert git(theirs.root, "rev-parse", "HEAD") == before

    theirs.write("manifests/hello.yaml", MANIFEST)
    theirs.write("manifests/hello/m/config.pbtxt", "not a configuration")
    code, told = committed(theirs)
    assert (code, "manifests/hello/m/config.pbtxt:1" in told) == (1, True), told

    git(theirs.root, "checkout", "--quiet", "HEAD", "--", ".")
    theirs.write("notes.txt", "nothing of ours")
    code, told = committed(theirs)
    assert (code, "Skipped" in told) == (0, True), told
