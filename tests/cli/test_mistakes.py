"""Ordinary mistakes at the command line: a message that says what is wrong, the right exit code, never a
traceback.
"""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.hello import write_hello
from tests.support.workspace import RECONCILE, Workspace, make, stop


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Whether a mistake starts a cloud shows in its home."""
    made = replace(make(tmp_path), own_cloud=True)
    write_hello(made)
    return made


def test_a_folder_without_reconciler_yaml(tmp_path: Path) -> None:
    assert "reconcile init" in Workspace(tmp_path).run("validate", code=1).err


def test_the_error_for_an_unknown_target_lists_the_known_ones(workspace: Workspace) -> None:
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
def test_a_mistake_gets_one_error_message(workspace: Workspace, arguments: tuple[str, ...]) -> None:
    workspace.write("taken", "a file")
    workspace.write("list.json", "[]")
    workspace.write("broken.json", "{")
    workspace.write("other.json", '{"apiVersion": "something/else"}')
    failed = workspace.run(*arguments, code=1)
    assert failed.err.lower().count("error") >= 1
    assert "Traceback" not in failed.err
    assert failed.out == ""


def test_build_leaves_no_partial_files(workspace: Workspace) -> None:
    workspace.run("build", "--out", "out")
    assert [path.name for path in (workspace.root / "out").iterdir()] == ["hello.zip"]


def test_a_reader_that_leaves_early_is_not_an_error(workspace: Workspace) -> None:
    ran = subprocess.run(
        ["bash", "-c", f"{RECONCILE} --help | head -1"],
        capture_output=True,
        text=True,
        check=True,
        env=dict(os.environ),
    )
    assert ran.stderr == ""


def test_findings_are_annotations_in_github_actions(workspace: Workspace) -> None:
    workspace.write("manifests/hello.yaml", "kind: ModelDeployment\napiVersion: reconciler.oci/v1\nspec: 3\n")
    failed = workspace.run("validate", code=3, env={"GITHUB_ACTIONS": "true"})
    assert "::error file=manifests/hello.yaml,line=3" in failed.err


@pytest.mark.parametrize("word", ["\u00e9\u2603", "\udcff", "a\nb", " a", "a ", "\x7f"])
@pytest.mark.parametrize("option", ["--model", "--version"])
def test_a_model_name_that_no_header_can_carry_is_refused(
    workspace: Workspace, option: str, word: str
) -> None:
    arguments = {"--model": "hello", "--version": "1", option: word}
    given = [text for pair in arguments.items() for text in pair]
    failed = workspace.run("predict", "hello", *given, "--input", "-", code=1, stdin=b"{}")
    assert "not the name of a model or version" in failed.err
    assert "printable ASCII" in failed.err
    assert "bug" not in failed.err


@pytest.mark.parametrize("endless", [False, True])
def test_a_request_that_is_too_large_is_not_sent(workspace: Workspace, endless: bool) -> None:
    large = workspace.write("large.json", "")
    os.truncate(large, 10_000_001)
    place = "/dev/zero" if endless else "large.json"
    failed = workspace.run("predict", "hello", "--model", "m", "--input", place, code=1)
    assert "larger than 10 MB (10000000 bytes)" in failed.err
    assert not workspace.home.exists()


def test_a_plan_is_not_saved_to_a_file_named_dash(workspace: Workspace) -> None:
    failed = workspace.run("plan", "--out", "-", code=1)
    assert "to print the plan, use --format json" in failed.err
    assert not (workspace.root / "-").exists()


@pytest.mark.usefixtures("emulator_installed")
@pytest.mark.parametrize("command", [("plan",), ("apply", "--yes"), ("apply", "--yes", "--format", "json")])
def test_a_note_says_that_there_is_no_manifest(tmp_path: Path, command: tuple[str, ...]) -> None:
    empty = make(tmp_path)
    try:
        told = empty.run(*command)
    finally:
        stop(empty)
    assert "note: no manifests: there is no folder manifests/, where they are looked for" in told.err


@pytest.mark.usefixtures("emulator_installed")
def test_with_manifests_there_is_no_such_note(workspace: Workspace) -> None:
    try:
        assert "no manifests" not in workspace.run("plan").err
        assert "no manifests" not in workspace.run("plan", "manifests/hello.yaml").err
    finally:
        stop(workspace)
