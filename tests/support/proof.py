"""What becomes of an update that fails: what is said, what is there afterwards, and what is refused."""

import time
from typing import Any

from tests.support.hello import the
from tests.support.updates import updates
from tests.support.workspace import Done, Workspace

AGAIN = "--retry-failed"
BACK = "rolled back to what was there when this run began"
REMEMBERED = "the last try failed"


def failed(workspace: Workspace, *arguments: str) -> tuple[Done, float]:
    """An apply that fails, and the moment when its last update was over."""
    began = time.time()
    done = workspace.run("apply", "--yes", *arguments, code=1)
    return done, updates(workspace, began)[-1].ended


def refused(workspace: Workspace) -> None:
    """The same again is refused, the way to try it is named, and nothing at all is sent."""
    before = workspace.state()
    done = workspace.run("apply", "--yes", code=5)
    assert AGAIN in done.out
    assert workspace.state() == before


def assert_as_before(workspace: Workspace, old: Any, remembered: bool = True) -> None:
    """The deployment runs what it ran, the catalog has it, and the failure is remembered, or not."""
    live = the(workspace)
    assert live.id == old.id
    assert live.lifecycle_state == "ACTIVE"
    assert live.model_deployment_configuration_details == old.model_deployment_configuration_details
    assert live.model_deployment_system_data == old.model_deployment_system_data
    (its,) = (model for model in workspace.catalog() if model.id == model_of(old))
    assert its.lifecycle_state == "ACTIVE"
    assert (REMEMBERED in workspace.run("status").out) is remembered


def model_of(live: Any) -> str:
    return str(live.model_deployment_configuration_details.model_configuration_details.model_id)


def variables_of(live: Any) -> dict[str, str]:
    details = live.model_deployment_configuration_details.environment_configuration_details
    return dict(details.environment_variables)
