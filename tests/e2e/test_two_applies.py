"""Two `reconcile apply` of one commit at the same time, as when two jobs overlap: both end well, and every
update is sent once (docs/updates.md, "When somebody else is at work").

Without model servers; all work takes a second. ROUNDS says how many commits, SEED makes the same delays.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

import pytest

from datascience_emulator.lifecycle.progression import Seconds
from tests.support.bare import (
    all_live,
    ask_for_one,
    nothing_remembered,
    nothing_to_do,
    start_bare,
    write_model,
)
from tests.support.updates import commit, work_requests
from tests.support.workspace import Workspace, make, stop

ROUNDS = int(os.environ.get("ROUNDS", "2"))
SEED = int(os.environ.get("SEED", str(Random().randrange(1_000_000))))
LATEST_SECONDS = 3.0
WORK = ("create", "update", "deactivate", "activate", "delete")


@dataclass
class World:
    """What is asked for has the number of its round in all its parts."""

    workspace: Workspace
    random: Random = field(default_factory=lambda: Random(SEED))
    version: int = 1

    def ask(self, number: int) -> None:
        """Every fourth round makes a deployment in place of another; every fourth has to stop one."""
        write_model(self.workspace, "manifests/plain", str(number))
        self._write("plain", number)
        self.version += number % 4 == 2
        folder = f"stopping-{self.version}"
        write_model(self.workspace, f"manifests/{folder}", str(number), self.version)
        self._write("stopping", number, folder, rollout={"downtime": "allow"})
        if number % 4 == 1:
            for old in (self.workspace.root / "manifests").glob("new-*.yaml"):
                old.unlink()
            self._write(f"new-{number}", number)
        commit(self.workspace, f"Round {number}")

    def _write(self, name: str, number: int, repository: str = "plain", **more: object) -> None:
        metadata = {"name": name, "description": f"round {number}", "labels": {"round": str(number)}}
        ask_for_one(
            self.workspace,
            f"manifests/{name}.yaml",
            repository,
            metadata,
            server={"env": {"ROUND": str(number)}},
            bandwidthMbps={"min": 10 + number % 90, "max": 20 + number % 90},
            **more,
        )

    def work(self) -> dict[str, int]:
        """How much of each kind there ever was."""
        kinds = [one.operation_type for one in work_requests(self.workspace)]
        return {kind: kinds.count(f"MODEL_DEPLOYMENT_{kind.upper()}") for kind in WORK}

    def planned(self) -> dict[str, int]:
        """How much of each kind the plan will do."""
        steps = [step["step"] for item in self.workspace.plan().values() for step in item["steps"]]
        return {kind: steps.count(f"{kind}Deployment") for kind in WORK}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    workspace = make(tmp_path_factory.mktemp("two-applies"))
    start_bare(workspace, progression=Seconds(1))
    made = World(workspace)
    made.ask(0)
    workspace.run("apply", "--yes")
    yield made
    stop(workspace)


@pytest.mark.parametrize("number", range(1, ROUNDS + 1))
def test_both_end_well_and_nothing_is_done_twice(world: World, number: int) -> None:
    workspace, after = world.workspace, world.random.uniform(0.0, LATEST_SECONDS)
    print(f"SEED={SEED}, round {number}: the second one begins {after:.2f} s after the first")
    world.ask(number)
    planned, before = world.planned(), world.work()

    first = workspace.begin("apply", "--yes")
    time.sleep(after)  # how far the first one has come by then is left to chance
    second = workspace.begin("apply", "--yes")
    told = first.end() + second.end()

    assert "going back" not in told
    assert world.work() == {kind: before[kind] + planned[kind] for kind in WORK}
    assert nothing_remembered(workspace)
    assert {live.lifecycle_state for live in all_live(workspace).values()} == {"ACTIVE"}
    assert nothing_to_do(workspace)
