"""Ordinary mistakes at the command line: a message that says what is wrong, the right exit code, never a
traceback.
"""

import os
import subprocess
from pathlib import Path

import pytest
from support.hello import write_hello
from support.workspace import RECONCILE, Workspace, make


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = make(tmp_path)
    write_hello(made)
    return made


def test_a_folder_without_settings(tmp_path: Path) -> None:
    assert "reconcile init" in Workspace(tmp_path).run("validate", code=1).err


def test_an_unknown_target_names_those_there_are(workspace: Workspace) -> None:
    failed = workspace.run("plan", "-t", "prod", code=1)
    assert "'prod'" in failed.err
    assert "local" in failed.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("build", "--out", "taken"),
        ("apply", "--plan", "list.json", "--yes"),
        ("apply", "--plan", "broken.json", "--yes"),
        ("apply", "--plan", "other.json", "--yes"),
        ("predict", "hello", "--model", "m", "--input", "nothing.json"),
        ("plan", "--format", "yaml"),
        ("frobnicate",),
    ],
    ids=" ".join,
)
def test_a_mistake_is_told_in_one_message(workspace: Workspace, arguments: tuple[str, ...]) -> None:
    workspace.write("taken", "a file")
    workspace.write("list.json", "[]")
    workspace.write("broken.json", "{")
    workspace.write("other.json", '{"apiVersion": "something/else"}')
    failed = workspace.run(*arguments, code=1)
    assert failed.err.lower().count("error") >= 1
    assert "Traceback" not in failed.err
    assert failed.out == ""


def test_build_writes_what_it_says_and_leaves_nothing_half_done(workspace: Workspace) -> None:
    workspace.run("build", "--out", "out")
    assert [path.name for path in (workspace.root / "out").iterdir()] == ["hello.zip"]


def test_a_reader_that_leaves_is_no_error(workspace: Workspace) -> None:
    ran = subprocess.run(
        ["bash", "-c", f"{RECONCILE} --help | head -1"],
        capture_output=True,
        text=True,
        check=True,
        env=dict(os.environ),
    )
    assert ran.stderr == ""


def test_problems_are_annotations_in_github_actions(workspace: Workspace) -> None:
    workspace.write("manifests/hello.yaml", "kind: ModelDeployment\napiVersion: reconciler.oci/v1\nspec: 3\n")
    failed = workspace.run("validate", code=3, env={"GITHUB_ACTIONS": "true"})
    assert "::error file=manifests/hello.yaml,line=3" in failed.err
