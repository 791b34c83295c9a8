"""plan --compare at the command line: exit codes and formats, and what becomes of the saved plan."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.hello import MANIFEST, write_hello
from tests.support.here import start_here, stop_here
from tests.support.workspace import Workspace, make


@pytest.fixture
def workspace(tmp_path: Path, emulator_installed: None) -> Iterator[Workspace]:
    made = make(tmp_path)
    write_hello(made)
    start_here(made.home, control=True)
    (tmp_path / "reviewed/41").mkdir(parents=True)
    made.run("plan", "--out", "reviewed/41/plan.json")
    yield made
    stop_here(made.home)


def add(workspace: Workspace, name: str) -> None:
    manifest = MANIFEST.replace("name: hello", f"name: {name}")
    workspace.write(f"manifests/{name}.yaml", manifest)


def test_what_was_reviewed_is_what_is_applied(workspace: Workspace) -> None:
    done = workspace.run("plan", "--compare", "reviewed", "--out", "plan.json", "--format", "json")
    assert done.json["comparison"]["covered"] is True
    assert done.json["digest"] == done.json["comparison"]["reviewed"][0]["digest"]
    assert "nobody is there to confirm" in workspace.run("apply", "--plan", "plan.json", code=1).err
    write_hello(workspace, description="two")
    told = workspace.run("plan", "--compare", "reviewed", code=4).out.splitlines()
    assert "    created with metadata.description: two" in told
    assert "      reviewed in reviewed/41/plan.json: one" in told


def test_what_is_more_is_told_in_every_format_and_its_saved_plan_is_never_applied(
    workspace: Workspace,
) -> None:
    add(workspace, "another")
    place = workspace.root / "plan.json"
    workspace.run("plan", "--out", "plan.json")  # of an earlier step: it could be applied
    done = workspace.run("plan", "--compare", "reviewed", "--out", "plan.json", "--format", "json", code=4)
    (one,) = done.json["comparison"]["differences"]
    assert (one["deployment"], one["kind"], one["new"]) == ("another", "deployment", "create")
    assert json.loads(place.read_text())["comparison"] == done.json["comparison"]
    before = workspace.state()
    refused = workspace.run("apply", "--plan", "plan.json", "--yes", code=4).err
    assert "plan.json: it was compared with what was reviewed, and is more, or other" in refused
    assert workspace.state() == before
    assert "**another**" in workspace.run("plan", "--compare", "reviewed", "--format", "markdown", code=4).out
    text = workspace.run("plan", "--compare", "reviewed", code=4).out
    assert "Compared with 1 reviewed plan: 1 thing is more than was reviewed, or other." in text
    assert workspace.run("plan", "--detailed-exitcode", code=2)


def test_all_reviewed_plans_count_together_and_an_empty_folder_is_none(workspace: Workspace) -> None:
    add(workspace, "another")
    workspace.run("plan", "--only", "another", "--out", "by-itself.json")
    workspace.run("plan", "--compare", "reviewed", "--compare", "by-itself.json")
    (workspace.root / "empty").mkdir()
    (workspace.root / "empty/plan.json").symlink_to(workspace.root / "by-itself.json")
    assert "no plan was reviewed" in workspace.run("plan", "--compare", "empty", code=4).out
    assert workspace.run("plan", "--compare", "reviewed", "--compare", "empty", code=4)


def test_what_cannot_be_compared_is_told(workspace: Workspace) -> None:
    for words, told in (
        (("--compare", "nowhere"), "'nowhere' does not exist"),
        (("--compare", ""), "the path is empty"),
        (("--compare", "reviewed", "-t", "all"), "--compare is for one target"),
    ):
        assert told in workspace.run("plan", *words, code=1).err
    workspace.write("reviewed/41/plan.json", '{"apiVersion": "reconciler.oci/plan.v9"}')
    done = workspace.run("plan", "--compare", "reviewed", code=4)
    assert "a reviewed plan cannot be read: another version of reconcile made it" in done.out
    assert "reviewed in reviewed/41/plan.json: the saved plan has the format" in done.out
    assert "Traceback" not in done.err
