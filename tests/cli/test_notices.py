"""What makes no manifest invalid is told: a danger or a warning about the start command."""

import json
from pathlib import Path

import pytest

from tests.support.hello import MANIFEST, write_hello
from tests.support.schemas import fits
from tests.support.workspace import Workspace, make, stop

COMMAND = (
    "  server: {command: [tritonserver, --model-repository=/opt/ds/model/deployed_model, "
    "--exit-on-error=false, --shiny=1]}\n"
)
TOLD = """\
manifests/hello.yaml:8:85: danger: spec.server.command: --exit-on-error=false: the server starts \
although models cannot be loaded
    A broken update may look healthy and take over, or be waited for until the service gives \
up. Leave the option out.
manifests/hello.yaml:8:108: warning: spec.server.command: tritonserver 2.51 has no option --shiny
    An image of another release may know it; one that does not will not start.
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = make(tmp_path)
    write_hello(made)
    made.write("manifests/hello.yaml", MANIFEST + COMMAND)
    return made


def test_validate_tells_them_and_the_manifest_is_valid(workspace: Workspace) -> None:
    done = workspace.run("validate")
    assert done.out == "1 manifest valid\n"
    assert done.err == TOLD


def test_a_command_that_nobody_can_read_is_told_by_validate_and_by_the_plan(workspace: Workspace) -> None:
    workspace.write("manifests/hello.yaml", MANIFEST + "  server: {command: [/opt/acme/start.sh]}\n")
    told = "manifests/hello.yaml:8:21: warning: spec.server.command: what it serves is not known"
    assert workspace.run("validate").err.startswith(told)
    try:
        assert told in workspace.run("plan").err
        assert workspace.plan()["hello"]["dangers"] == []
    finally:
        stop(workspace)


def test_as_data_they_are_no_problems(workspace: Workspace) -> None:
    document = json.loads(workspace.run("validate", "--format", "json").out)
    fits(document)
    assert (document["valid"], document["problems"]) == (True, [])
    assert [notice["severity"] for notice in document["notices"]] == ["danger", "warning"]


def test_in_a_workflow_they_are_warnings(workspace: Workspace) -> None:
    done = workspace.run("validate", env={"GITHUB_ACTIONS": "true"})
    commands = [line for line in (done.out + done.err).splitlines() if line.startswith("::")]
    assert [command.partition(" ")[0] for command in commands] == ["::warning", "::warning"]


def test_a_plan_tells_the_danger_where_something_changes(workspace: Workspace) -> None:
    try:
        item = workspace.plan()["hello"]
        assert item["action"] == "create"
        assert item["dangers"] == [
            "spec.server.command: --exit-on-error=false: the server starts although models cannot be loaded"
        ]
        assert "danger: spec.server.command" in workspace.run("plan").err
    finally:
        stop(workspace)
