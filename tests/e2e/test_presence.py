"""That every version is served is proven after an update, without a probe in the manifest.

Real Triton, the command as a user types it, clients that go on asking.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.planning.plan import DeploymentPlan
from reconciler.core.planning.steps import UpdateDeployment
from reconciler.report.plan.json import plan_document, read_plan
from tests.support.hello import SHIFTED, answers_since, ask_for, served, the
from tests.support.here import start_here
from tests.support.proof import BACK, assert_as_before, failed, refused
from tests.support.unguarded import apply_unguarded
from tests.support.workspace import Workspace, make, stop

PLAIN = ["tritonserver", "--model-repository=/opt/ds/model/deployed_model"]
STAYS_UP = [*PLAIN, "--exit-on-error=false", "--strict-readiness=false"]
EXPLICIT = [*PLAIN, "--model-control-mode=explicit", "--load-model=m"]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    workspace = make(tmp_path_factory.mktemp("presence"))
    start_here(workspace.home, control=True)
    yield workspace
    stop(workspace)


@pytest.fixture
def hello(workspace: Workspace) -> Workspace:
    """Two models, by a server that stays up whatever it cannot load."""
    ask(workspace)
    workspace.run("apply", "--yes")
    return workspace


def ask(workspace: Workspace, factor: float = 2, command: Sequence[str] = STAYS_UP, **spec: Any) -> None:
    ask_for(workspace, factor, others={"n": 5}, server={"command": list(command)}, **spec)


def break_n(workspace: Workspace) -> None:
    broken = f'raise RuntimeError("it does not load")\n{SHIFTED}'
    workspace.write("manifests/hello/n/1/model.py", broken.replace("FACTOR", "5"))


def presence(workspace: Workspace, code: int = 0) -> Any:
    (row,) = workspace.run("status", "--probe", "--format", "json", code=code).json["deployments"]
    assert row["healthy"] is (code == 0)
    return row["presence"]


def test_a_server_that_stays_up_over_a_broken_model_is_taken_back(hello: Workspace) -> None:
    old = the(hello)
    assert "its server answers for 2 versions" in hello.run("status", "--probe").out
    ask(hello)
    break_n(hello)
    with served(hello, 14.0) as load:
        done, over = failed(hello)
    assert "hello: the server does not serve n version 1 (503: Request for unknown model: 'n'" in done.err
    assert BACK in done.err
    assert answers_since(load, over) == {"14.0"}
    assert_as_before(hello, old)
    refused(hello)
    assert presence(hello)["served"] == {"m": [1], "n": [1]}


def test_a_model_that_the_new_command_does_not_load_is_missed(hello: Workspace, tmp_path: Path) -> None:
    """The command is put into a saved plan behind the guard's back."""
    saved = tmp_path / "plan.json"
    ask(hello, command=PLAIN)
    hello.run("plan", "--out", str(saved))
    plan = read_plan(json.loads(saved.read_text()), lambda secret: secret)
    forged = replace(plan, deployments=tuple(map(with_explicit_mode, plan.deployments)))
    saved.write_text(json.dumps(plan_document(forged)))
    with served(hello, 14.0):
        told = apply_unguarded(hello, "--plan", str(saved), code=1)
    assert "hello: the server does not serve n version 1 (404: Request for unknown model: 'n'" in told
    assert BACK in told
    environment = the(hello).model_deployment_configuration_details.environment_configuration_details
    assert environment.cmd == STAYS_UP
    assert presence(hello)["missing"] == {}
    ask(hello, command=PLAIN)
    refused(hello)


def with_explicit_mode(item: DeploymentPlan) -> DeploymentPlan:
    def changed(step: Any) -> Any:
        if not isinstance(step, UpdateDeployment):
            return step
        container = replace(step.configuration.container, command=tuple(EXPLICIT))
        return replace(step, configuration=replace(step.configuration, container=container))

    changes = (
        replace(change, new=EXPLICIT) if change.field == "spec.server.command" else change
        for change in item.changes
    )
    return replace(item, steps=tuple(map(changed, item.steps)), changes=tuple(changes))


def test_who_may_not_predict_may_apply_all_the_same(hello: Workspace) -> None:
    """Nothing is undone, it is told, and there is nothing left to do."""
    ask(hello, 3)
    hello.order("not-authorized", operation="predict", lasts=120)
    try:
        done = hello.run("apply", "--yes", "--format", "json")
        seen = presence(hello)
    finally:
        hello.forget_orders()
    (result,) = done.json["deployments"]
    (note,) = result["notes"]
    assert result["result"] == "done"
    assert note.startswith("could not be seen: m version 1, n version 1 (404: ")
    assert "NotAuthorizedOrNotFound" in note
    assert note in done.err
    assert (seen["served"], seen["unseen"]) == ({}, {"m": [1], "n": [1]})
    assert hello.plan()["hello"]["action"] == "nothing"
    assert presence(hello) == {"served": {"m": [1], "n": [1]}, "missing": {}, "unseen": {}, "answers": []}
