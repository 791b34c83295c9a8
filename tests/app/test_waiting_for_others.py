"""Which changes of others `apply` waits for before it plans."""

from dataclasses import replace

import pytest

from reconciler.app.desired import PlanRequest
from reconciler.app.live import reading_live
from reconciler.app.live.reading_live import in_flight
from reconciler.app.planning import plan
from reconciler.app.workspace import workspace_at
from reconciler.core.model.desired import Desired
from reconciler.core.model.live import Marks, State
from reconciler.core.model.spec import Policy
from reconciler.core.planning.events import StepFinished
from reconciler.core.planning.plan import Action
from reconciler.core.planning.steps import Settle
from tests.support.drive import FastClock, apply_on
from tests.support.hello import write_hello
from tests.support.memory import MemoryCloud
from tests.support.reaching import reaches
from tests.support.reviews import OWNER, World, spec
from tests.support.workspace import make


def desired(*specs, prune: bool = True) -> Desired:
    return Desired("prod", OWNER, specs, prune=prune)


@pytest.mark.parametrize("state", [State.CREATING, State.UPDATING])
def test_deployments_of_the_plan_that_others_change_are_waited_for(state: State) -> None:
    world = World().of(spec(), state=state).of(spec("old"), state=state).of(spec("calm"))
    names = {live.ocid: live.display_name for live in world.snapshot.deployments}
    busy = in_flight(desired(spec(), spec("calm")), world.snapshot)
    assert busy == {ocid: name for ocid, name in names.items() if name != "calm"}
    only = in_flight(desired(spec(), prune=False), world.snapshot)
    assert list(only.values()) == ["vision"]


@pytest.mark.parametrize(
    ("asked", "changes"),
    [
        (spec(), {"state": State.DELETING}),
        (spec(), {"state": State.ACTIVE}),
        (spec(policy=Policy(paused=True)), {"state": State.UPDATING}),
        (spec(), {"state": State.UPDATING, "marks": Marks("somebody else", "vision")}),
    ],
    ids=["going", "calm", "paused", "foreign"],
)
def test_what_is_not_waited_for(asked, changes) -> None:
    assert in_flight(desired(asked), World().of(spec(), **changes).snapshot) == {}


@pytest.fixture
def busy(tmp_path, monkeypatch):
    """A deployment that somebody is updating, and a manifest that has moved on."""
    made, cloud = make(tmp_path), MemoryCloud()
    reaches(monkeypatch, cloud)
    write_hello(made, description="one")
    apply_on(cloud, planned(made).plan)
    (live,) = cloud.deployments.values()
    cloud.put(replace(live, state=State.UPDATING))
    write_hello(made, description="two")
    return made, cloud


def planned(made, tell=None):
    workspace, target = workspace_at(made.root, "local", {})
    return plan(workspace, target, PlanRequest(), lambda message: None, tell)


def test_apply_waits_and_then_plans_anew(busy) -> None:
    made, _ = busy
    events = []
    (item,) = planned(made, events.append).plan.deployments
    assert item.action is Action.UPDATE
    assert not any(isinstance(step, Settle) for step in item.steps)
    assert {event.deployment for event in events} == {"hello"}


@pytest.mark.parametrize("minutes", [7, 29, 10_000], ids=["short", "long", "endless"])
def test_all_that_others_do_is_waited_for_half_an_hour_and_no_more(busy, minutes, monkeypatch) -> None:
    """One after the other may begin something: each of it takes some minutes, and it never ends."""
    made, cloud = busy
    clock, begun = FastClock(), [0.0]
    (ocid,) = cloud.deployments
    snapshot = cloud.snapshot
    cloud.works.clear()

    def begins_the_next():
        begun.append(clock.now())
        cloud._set(ocid, state=State.UPDATING)
        return snapshot()

    def ends(when, operation) -> None:
        if operation == "deployment_states" and clock.now() >= begun[-1] + 60 * minutes:
            cloud._set(ocid, state=State.ACTIVE)

    monkeypatch.setattr(cloud, "snapshot", begins_the_next)
    monkeypatch.setattr(reading_live, "RealClock", lambda: clock)
    cloud.fault = ends
    events = []
    (item,) = planned(made, events.append).plan.deployments
    assert isinstance(item.steps[0], Settle)
    assert 29 * 60 <= clock.now() <= 31 * 60
    assert [event for event in events if isinstance(event, StepFinished)][-1].note.startswith(
        "still UPDATING"
    )


def test_plan_shows_the_wait_as_a_step(busy) -> None:
    made, _ = busy
    (item,) = planned(made).plan.deployments
    assert isinstance(item.steps[0], Settle)
    assert "UPDATING now" in item.notes[0]
