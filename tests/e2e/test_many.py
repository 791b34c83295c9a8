"""Many deployments at once, of which one may not be touched and one cannot be updated: all others are, and
the run says which two are not, and why.

Without model servers. MANY is how many.
"""

import json
import os
from collections.abc import Iterator

import pytest

from tests.support.bare import all_live, ask_for_one, start_bare, write_model
from tests.support.workspace import Workspace, make, stop

MANY = int(os.environ.get("MANY", "20"))
BLOCKED, FAILING = "d-007", "d-013"
NAMES = [f"d-{number:03}" for number in range(MANY)]
OTHERS = {*NAMES} - {BLOCKED, FAILING}


@pytest.fixture
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    workspace = make(tmp_path_factory.mktemp("many"))
    start_bare(workspace)
    yield workspace
    stop(workspace)


def ask(workspace: Workspace, number: int) -> None:
    """Another content for all; one would no longer serve the version that its clients know."""
    write_model(workspace, "manifests/shared", str(number))
    write_model(workspace, f"manifests/blocked-{number}", "blocked", version=number)
    for name in NAMES:
        repository = f"blocked-{number}" if name == BLOCKED else "shared"
        ask_for_one(workspace, f"manifests/{name}.yaml", repository, {"name": name})


def test_one_that_is_blocked_and_one_that_fails_hold_up_nobody(workspace: Workspace) -> None:
    ask(workspace, 1)
    workspace.run("apply", "--yes")
    ask(workspace, 2)
    failing = all_live(workspace)[FAILING].id
    workspace.order("bootstrap", deployment=failing)

    done = workspace.run("apply", "--yes", "--format", "json", code=1)
    results = {item["name"]: item for item in done.json["deployments"]}
    assert {name for name, item in results.items() if item["result"] == "done"} == OTHERS
    assert (results[BLOCKED]["result"], results[FAILING]["result"]) == ("blocked", "failed")
    assert "m version 1 would no longer be served" in json.dumps(results[BLOCKED]["refusals"])
    assert "bootstrapping" in results[FAILING]["error"]["message"]
    for name in (BLOCKED, FAILING):
        assert name in done.err

    planned = workspace.run("plan", "--format", "json", code=5).json["deployments"]
    assert {item["name"] for item in planned if item["action"] == "nothing"} == OTHERS
