"""`gc`, and the deletions of `destroy`, lose every race with a deployment that needs what they would delete:
each way in which two runs can take turns once, and each place where one of them can die. Every run of the
tests tries every third way; `make properties` tries all.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from reconciler.core.model.errors import RolledBack
from reconciler.core.model.live import CatalogModel, Live, State
from reconciler.core.model.spec import Spec
from reconciler.core.planning.clean_up import plan_clean_up
from reconciler.core.planning.events import Event
from reconciler.core.planning.removal import plan_destroy
from tests.support.applied import alive, deployed
from tests.support.drive import (
    OWNER,
    apply_on,
    artifact,
    desired,
    errors_of,
    plan_on,
    spec,
    whole_snapshot,
)
from tests.support.examples import every_few
from tests.support.memory import MemoryCloud
from tests.support.turns import ALL, Turn
from tests.support.worlds import grouped

RECENT = "2027-01-14T08:00:00Z"
"""A day before the time of the clock."""
KEEP = 1
JUNK = ("junk1", "junk2")

Run = Callable[[Any], list[Event]]


def gc(port: Any) -> list[Event]:
    plan = plan_clean_up("test", OWNER, whole_snapshot(port), KEEP, RECENT)
    return apply_on(port, plan, parallel=1) if plan.sends else []


def destroy(port: Any) -> list[Event]:
    return apply_on(port, plan_destroy("test", OWNER, ["leaving"], port.snapshot()), parallel=1)


def applying(*specs: Spec) -> Run:
    return lambda port: apply_on(port, plan_on(port, desired(*specs, prune=False)), parallel=1)


def put(cloud: MemoryCloud, content: str, day: int, **changes: Any) -> str:
    """An entry of this age, with its content, published for `vision`."""
    digest = artifact(content).digest
    made = CatalogModel(
        f"model-{content}", "vision", True, OWNER, "vision", digest, created=f"2026-12-{day:02}T00:00:00Z"
    )
    cloud.models[made.ocid] = replace(made, **changes)
    cloud.contents[made.ocid] = digest
    return made.ocid


def filled() -> MemoryCloud:
    """What is asked for is in the catalog, unused and past all limits; so is junk. The newest stays."""
    cloud = MemoryCloud(reads=1)
    for day, content in enumerate((*JUNK, "weights"), start=1):
        put(cloud, content, day)
    put(cloud, "newest", 9)
    return cloud


def half_published() -> MemoryCloud:
    cloud = filled()
    whole = cloud.models["model-weights"]
    cloud.models[whole.ocid] = replace(whole, artifact=None, publishing=whole.artifact)
    return cloud


def with_group() -> MemoryCloud:
    cloud = filled()
    digest = grouped(spec()).artifact.digest
    put(cloud, "group", 1, artifact=digest, is_model_group=True, members=("model-weights",))
    return cloud


def running() -> MemoryCloud:
    """`vision` runs another model."""
    cloud = filled()
    deployed(cloud, spec(content="running"), prune=False)
    return aged(cloud, "running")


def shared() -> MemoryCloud:
    """Another deployment runs what is asked for, and is about to be destroyed."""
    cloud = MemoryCloud(reads=1)
    deployed(cloud, spec("leaving"))
    return cloud


def before_a_rollback() -> MemoryCloud:
    """`vision` runs what was last taken up before all others, as after failures."""
    cloud = running()
    cloud.bad_artifacts.add(artifact("bad").digest)
    model = next(model for model in cloud.models.values() if model.artifact == artifact("running").digest)
    cloud.models[model.ocid] = replace(model, created="2026-11-01T00:00:00Z")
    return cloud


def aged(cloud: MemoryCloud, content: str) -> MemoryCloud:
    for ocid, model in cloud.models.items():
        if model.artifact == artifact(content).digest:
            cloud.models[ocid] = replace(model, created="2026-12-08T00:00:00Z")
    return cloud


@dataclass(frozen=True)
class Race:
    """Two runs, and the cloud that they begin with; `ends` is what the deployment runs in the end."""

    cloud: Callable[[], MemoryCloud]
    deletes: Run
    needs: Run
    ends: Spec = field(default_factory=spec)
    rolled_back: bool = False


UPDATED, BAD = spec(), spec(content="bad")
RACES = {
    "a creation": Race(filled, gc, applying(spec())),
    "a creation that goes on with a publication": Race(half_published, gc, applying(spec())),
    "a creation with a model group": Race(with_group, gc, applying(grouped(spec())), grouped(spec())),
    "an update": Race(running, gc, applying(spec())),
    "an update that is rolled back": Race(
        before_a_rollback, gc, applying(BAD), spec(content="running"), rolled_back=True
    ),
    "a creation of what is destroyed": Race(shared, destroy, applying(spec())),
}


@pytest.mark.rounds
@pytest.mark.parametrize("name", RACES)
def test_the_deployment_wins_however_they_take_turns(name: str) -> None:
    race = RACES[name]
    deletes, needs = (length(race, run) for run in (race.deletes, race.needs))
    few = every_few(3)
    for first in range(deletes + 1):
        for second in range(first % few, needs + 1, few):
            for turns in ([(0, first), (1, second), (0, ALL), (1, ALL)], [(1, second), (0, first), (1, ALL)]):
                told = f"{turns} of {deletes} and {needs}"
                cloud = race.cloud()
                one, other = both = [Turn(cloud, race.deletes), Turn(cloud, race.needs)]
                for which, calls in [*turns, (0, ALL)]:
                    both[which].go(calls)
                assert (one.ended, other.ended) == (True, True), told
                assert errors_of(one.result) == [], told
                judged(race, cloud, other.result, told)


@pytest.mark.parametrize("name", RACES)
def test_whoever_deletes_may_die_anywhere(name: str) -> None:
    """What it leaves is no hindrance to the deployment, and goes with the next run."""
    race = RACES[name]
    for calls in range(length(race, race.deletes) + 1):
        cloud = race.cloud()
        dying = Turn(cloud, race.deletes)
        dying.go(calls)
        dying.kill()
        judged(race, cloud, race.needs(cloud), f"it died after {calls} calls")


@pytest.mark.parametrize("name", [name for name, race in RACES.items() if not race.rolled_back])
def test_whoever_needs_it_may_die_anywhere(name: str) -> None:
    race = RACES[name]
    for calls in range(length(race, race.needs) + 1):
        cloud = race.cloud()
        dying = Turn(cloud, race.needs)
        dying.go(calls)
        dying.kill()
        told = f"it died after {calls} calls"
        assert errors_of(race.deletes(cloud)) == [], told
        settled(cloud)
        judged(race, cloud, race.needs(cloud), told)


def test_two_that_clean_up_at_once_delete_each_entry_once_and_both_end_well() -> None:
    total = length(RACES["a creation"], gc)
    for first in range(total + 1):
        for second in range(total + 1):
            cloud = filled()
            one, other = Turn(cloud, gc), Turn(cloud, gc)
            for turn, calls in ((one, first), (other, second), (one, ALL), (other, ALL)):
                turn.go(calls)
            assert errors_of(one.result) == errors_of(other.result) == []
            assert active(cloud) == {"model-newest"}


def length(race: Race, run: Run) -> int:
    """How many calls a run makes by itself."""
    alone = Turn(race.cloud(), run)
    alone.go()
    return len(alone.calls)


def settled(cloud: MemoryCloud) -> None:
    while any(live.state not in (State.ACTIVE, State.DELETED) for live in cloud.deployments.values()):
        cloud.deployment_states()


def judged(race: Race, cloud: MemoryCloud, events: list[Event], told: str) -> None:
    """The deployment is there, and nothing was lost or made twice; what nothing needs goes with the next
    run.
    """
    if race.rolled_back:
        (error,) = errors_of(events)
        assert isinstance(error, RolledBack), (told, error)
        assert "the rollback failed" not in str(error), (told, error)
    else:
        assert errors_of(events) == [], told
    (vision,) = of_vision(cloud)
    assert vision.state is State.ACTIVE, told
    runs = cloud.models[vision.model_id or ""]
    assert (runs.active, runs.artifact) == (True, race.ends.artifact.digest), told
    assert all(cloud.models[member].active for member in runs.members), told
    digests = [model.artifact or model.publishing for model in cloud.models.values() if model.active]
    assert len(digests) == len(set(digests)), told
    if not race.rolled_back:
        assert plan_on(cloud, desired(race.ends, prune=False)).empty, told
    assert errors_of(gc(cloud)) == [], told
    assert not any(f"model-{junk}" in active(cloud) for junk in JUNK), told


def of_vision(cloud: MemoryCloud) -> list[Live]:
    return [live for live in alive(cloud) if live.marks.name == "vision"]


def active(cloud: MemoryCloud) -> set[str]:
    return {model.ocid for model in cloud.models.values() if model.active}
