"""`reconcile apply` dies in the middle of a chain of three updates, at each of them: nothing is lost, nobody
who asks notices, and the next apply completes it.

Real Triton, and SIGKILL for the command.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.examples import examples
from tests.support.hello import LOGS, answers_since, ask_for, served, the
from tests.support.here import start_here
from tests.support.proof import model_of, variables_of
from tests.support.updates import UPDATE, work_requests
from tests.support.workspace import Workspace, make, stop, wait_until


@dataclass
class World:
    """A deployment that multiplies by `factor`."""

    workspace: Workspace
    factor: int = 2

    def ask_for_more(self) -> dict[str, Any]:
        """Another manifest that takes three updates: logs, then a variable, then the model."""
        self.factor += 1
        log = {**LOGS["access"], "log": f"ocid1.log.oc1.iad.{self.factor:04}"}
        spec = {
            "logs": {"access": log, "predict": log},
            "server": {"env": {"LEVEL": str(self.factor)}},
        }
        ask_for(self.workspace, self.factor, **spec)
        return spec

    def updates(self) -> int:
        """How many there ever were."""
        return sum(one.operation_type == UPDATE for one in work_requests(self.workspace))

    def catalog(self) -> set[str]:
        return {model.id for model in self.workspace.catalog()}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    workspace = make(tmp_path_factory.mktemp("killed"))
    start_here(workspace.home, control=True)
    ask_for(workspace)
    workspace.run("apply", "--yes")
    yield World(workspace)
    stop(workspace)


STEPS = (2, 1, 3)
"""After which of its steps it dies. Every run tries the first; `make properties` all of them."""


@pytest.mark.rounds
@pytest.mark.parametrize("step", STEPS[: examples(1)])
def test_the_next_apply_completes_what_a_dead_one_began(world: World, step: int) -> None:
    """What the service has accepted goes on by itself; the next apply waits for that, and plans the rest."""
    workspace, old = world.workspace, 7.0 * world.factor
    before, models, updates = the(workspace), world.catalog(), world.updates()
    spec = world.ask_for_more()
    new = 7.0 * world.factor

    with served(workspace, old, new) as load:
        workspace.order("hold", times=step)
        dying = workspace.begin("apply", "--yes")
        for number in range(updates + 1, updates + step):
            hold(world, number)
            workspace.release()
        hold(world, updates + step)
        dying.kill()

        following = workspace.begin("apply", "--yes")
        wait_until(lambda: "wait for what is under way to end" in following.told, "it says that it waits")
        workspace.release()
        following.end()
        ended = time.time()

    assert answers_since(load, ended) == {str(new)}
    live = the(workspace)
    assert (live.id, live.lifecycle_state) == (before.id, "ACTIVE")
    assert live.category_log_details.access.log_id == spec["logs"]["access"]["log"]
    assert variables_of(live)["LEVEL"] == spec["server"]["env"]["LEVEL"]
    assert world.catalog() - models == {model_of(live)}, "one entry for the new content"
    assert world.updates() == updates + 3, "none was sent twice"
    assert workspace.plan()["hello"]["action"] == "nothing"


def hold(world: World, number: int) -> None:
    """Wait until this update was accepted and stands still."""
    held = world.workspace.held
    wait_until(lambda: world.updates() == number and held(), f"update {number} is held")
