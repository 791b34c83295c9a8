"""Two runs of one commit at the same time, and other people's edits between the updates of a chain
(docs/updates.md, "When somebody else is at work"), on the cloud in memory.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from reconciler.core.model.configuration import CONTAINER_TYPE, TRITON, Bandwidth, FixedScaling, LogRef, Logs
from reconciler.core.model.errors import ReconcilerError, StalePlan
from reconciler.core.model.live import State
from reconciler.core.model.proof.probes import Answer, File, Probe
from reconciler.core.model.spec import Downtime, Rollout, Spec
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.events import Event
from reconciler.core.planning.plan import Plan
from reconciler.core.planning.steps import UpdateDeployment
from reconciler.engine.run import Run
from tests.support.applied import alive, deployed
from tests.support.drive import FakeProber, FastClock, artifact, desired, errors_of, plan_on, spec
from tests.support.memory import Killed, MemoryCloud

PROBE = Probe("m", File("in.json", "0" * 64))
LOGS = Logs(predict=LogRef("ocid1.loggroup.g", "ocid1.log.l"))


def wanted(name: str = "a", rollout: Rollout = Rollout()) -> Spec:  # noqa: B008 - frozen
    """Logs, bandwidth, variables, models, and what rides along: four updates."""
    one = spec(
        name, f"new {name}", bandwidth=Bandwidth(20), logs=LOGS, description="new", labels=(("team", "x"),)
    )
    container = replace(one.configuration.container, environment=((CONTAINER_TYPE, TRITON), ("LEVEL", "2")))
    return replace(one, configuration=replace(one.configuration, container=container), rollout=rollout)


def started(*names: str) -> MemoryCloud:
    cloud = MemoryCloud()
    deployed(cloud, *(spec(name, f"old {name}", bandwidth=Bandwidth(10)) for name in names))
    return cloud


async def collect(cloud: MemoryCloud, plan: Plan, clock: FastClock, after: float = 0.0) -> list[Event]:
    for _ in range(int(after)):
        await asyncio.sleep(0)
    run = Run(cloud, clock, lambda: 0.5, FakeProber(files={"in.json": b"{}"}), parallel=4)
    return [event async for event in run.events(plan)]


def both(cloud: MemoryCloud, first: Plan, second: Plan, after: int) -> list[ReconcilerError]:
    """What went wrong in two runs, of which the second begins that many turns of the loop later."""

    async def together() -> list[Event]:
        clock = FastClock()
        ends = await asyncio.gather(collect(cloud, first, clock), collect(cloud, second, clock, after))
        return [event for events in ends for event in events]

    return errors_of(asyncio.run(together()))


@pytest.mark.parametrize("after", [0, 10, 40, 80, 160])
@pytest.mark.parametrize("rollout", [Rollout(), Rollout(probes=(PROBE,))], ids=["plain", "probes"])
def test_two_applies_of_one_commit_both_end_well(after: int, rollout: Rollout) -> None:
    cloud = started("a", "b")
    specs = (wanted("a", rollout), wanted("b", rollout))
    plan = plan_on(cloud, desired(*specs))
    assert both(cloud, plan, plan, after) == []
    assert plan_on(cloud, desired(*specs)).empty
    assert {live.marks.failed for live in alive(cloud)} == {None}
    assert len(cloud.models) == 4, "each content is in the catalog once"
    steps = sum(isinstance(step, UpdateDeployment) for item in plan.deployments for step in item.steps)
    assert len(cloud.updates) == steps, "no update was sent twice, none rolled back"


@pytest.mark.parametrize("updates", [1, 2, 3])
def test_a_second_apply_may_begin_in_the_middle(updates: int) -> None:
    """It plans what is left, from what it finds, while the first one goes on."""
    cloud = started("a")
    first = plan_on(cloud, desired(wanted()))
    begun: list[Plan] = []

    def fault(when: str, operation: str) -> None:
        at_rest = all(live.state is State.ACTIVE for live in alive(cloud))
        if (when, operation) == ("after", "get_deployment") and at_rest and len(cloud.updates) == updates:
            begun.append(plan_on(cloud, desired(wanted())))

    cloud.fault = fault

    async def together() -> list[Event]:
        clock = FastClock()
        one = asyncio.create_task(collect(cloud, first, clock))
        while not begun and not one.done():
            await asyncio.sleep(0.001)
        other = await collect(cloud, begun[0], clock)
        return [*await one, *other]

    assert errors_of(asyncio.run(together())) == []
    assert plan_on(cloud, desired(wanted())).empty
    assert len(cloud.updates) == 4


@pytest.mark.parametrize("content", ["new a", "old a"], ids=["published-first", "updated-first"])
def test_a_value_that_another_run_has_set_since_the_plan_is_not_set_again(content: str) -> None:
    """Plans do not tell the values of variables, so what they saw does not show that one has changed."""
    cloud = MemoryCloud()
    deployed(cloud, with_level(spec("a", "old a", scaling=FixedScaling(2)), "1"))
    other = with_level(spec("a", content, scaling=FixedScaling(1)), "2")
    plan = plan_on(cloud, desired(other))
    (live,) = alive(cloud)
    container = replace(live.configuration.container, environment=(("LEVEL", "2"),))
    cloud.somebody(live.ocid, configuration=replace(live.configuration, container=container))
    assert errors_of(asyncio.run(collect(cloud, plan, FastClock()))) == []
    assert [OptionGroup.CONTAINER in groups for groups in cloud.updates] == [False]
    assert plan_on(cloud, desired(other)).empty


def with_level(one: Spec, level: str) -> Spec:
    container = replace(one.configuration.container, environment=(("LEVEL", level),))
    return replace(one, configuration=replace(one.configuration, container=container))


@pytest.mark.parametrize("after", [0, 20, 60, 120])
def test_two_applies_create_one_deployment(after: int) -> None:
    cloud = MemoryCloud()
    plan = plan_on(cloud, desired(spec("a"), replace(spec("b"), rollout=Rollout(probes=(PROBE,)))))
    assert both(cloud, plan, plan, after) == []
    assert sorted(live.display_name for live in alive(cloud)) == ["a", "b"]


@pytest.mark.parametrize("after", [0, 20, 60, 120])
def test_two_applies_with_a_stop_stop_it_once(after: int) -> None:
    cloud = started("a")
    stopping = wanted(rollout=Rollout(downtime=Downtime.ALLOW))
    plan = plan_on(cloud, desired(stopping), frozenset({("m", 2)}))
    assert both(cloud, plan, plan, after) == []
    assert len(cloud.outages) == 1
    assert plan_on(cloud, desired(stopping), frozenset({("m", 2)})).empty


@pytest.mark.parametrize("after", [0, 20, 60, 120])
def test_two_applies_delete_it_once(after: int) -> None:
    cloud = started("a", "b")
    plan = plan_on(cloud, desired(spec("a", "old a", bandwidth=Bandwidth(10))))
    assert both(cloud, plan, plan, after) == []
    assert [live.display_name for live in alive(cloud)] == ["a"]


# -- other people's edits


def describe(cloud: MemoryCloud, ocid: str) -> None:
    known = cloud.deployments[ocid].configuration
    cloud.somebody(ocid, configuration=replace(known, description="theirs"))


def label(cloud: MemoryCloud, ocid: str) -> None:
    known = cloud.deployments[ocid].configuration
    cloud.somebody(ocid, configuration=replace(known, labels=(("team", "theirs"),)))


def tag(cloud: MemoryCloud, ocid: str) -> None:
    known = cloud.deployments[ocid].configuration
    cloud.somebody(ocid, configuration=replace(known, defined_tags=(("ns.cost", "theirs"),)))


def variable(cloud: MemoryCloud, ocid: str) -> None:
    known = cloud.deployments[ocid].configuration
    cloud.somebody(
        ocid,
        configuration=replace(known, container=replace(known.container, environment=(("THEIRS", "1"),))),
    )


def model(cloud: MemoryCloud, ocid: str) -> None:
    cloud.somebody(ocid, model_id="ocid1.model.theirs")


def stop(cloud: MemoryCloud, ocid: str) -> None:
    cloud.somebody(ocid, state=State.INACTIVE)


def delete(cloud: MemoryCloud, ocid: str) -> None:
    cloud.somebody(ocid, state=State.DELETED)


def nothing(cloud: MemoryCloud, ocid: str) -> None:
    """An update that shows in nothing that we compare."""
    cloud.somebody(ocid)


EDITS = [describe, label, tag, variable, model, stop, delete]


def before_update(cloud: MemoryCloud, number: int, act: Callable[[], None]) -> None:
    seen: list[str] = []

    def fault(when: str, operation: str) -> None:
        if (when, operation) == ("before", "update_deployment"):
            seen.append(operation)
            if len(seen) == number:
                act()

    cloud.fault = fault


@pytest.mark.parametrize("number", [2, 3, 4])
@pytest.mark.parametrize("edit", [*EDITS, nothing], ids=lambda edit: edit.__name__)
def test_what_somebody_changes_between_two_updates_stands(
    edit: Callable[[MemoryCloud, str], None], number: int
) -> None:
    cloud = started("a")
    ocid = alive(cloud)[0].ocid
    plan = plan_on(cloud, desired(wanted()))
    theirs = []

    def act() -> None:
        edit(cloud, ocid)
        theirs.append((cloud.deployments[ocid], cloud.etags[ocid]))

    before_update(cloud, number, act)
    (error,) = errors_of(asyncio.run(collect(cloud, plan, FastClock())))
    assert isinstance(error, StalePlan)
    assert "changed meanwhile" in str(error)
    assert theirs == [(cloud.deployments[ocid], cloud.etags[ocid])], "nothing was sent after it"


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_what_somebody_changes_right_after_our_update_stands(
    edit: Callable[[MemoryCloud, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the end of our work and our look at it."""
    cloud = started("a")
    ocid = alive(cloud)[0].ocid
    plan = plan_on(cloud, desired(wanted()))
    theirs: list[object] = []
    states = cloud.deployment_states

    def and_then() -> object:
        found = states()
        if len(cloud.updates) == 2 and cloud.deployments[ocid].state is State.ACTIVE and not theirs:
            edit(cloud, ocid)
            theirs.append(cloud.deployments[ocid])
        return found

    monkeypatch.setattr(cloud, "deployment_states", and_then)
    (error,) = errors_of(asyncio.run(collect(cloud, plan, FastClock())))
    assert isinstance(error, StalePlan)
    assert theirs == [cloud.deployments[ocid]]
    assert cloud.deployments[ocid].marks.failed is None


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_what_somebody_changes_before_a_rollback_stands(edit: Callable[[MemoryCloud, str], None]) -> None:
    """Our update failed, and before we look again somebody has mended it."""
    cloud = started("a")
    ocid = alive(cloud)[0].ocid
    cloud.bad_artifacts.add(artifact("new a").digest)
    plan = plan_on(cloud, desired(wanted()))
    theirs: list[object] = []
    trouble = cloud.trouble

    def meanwhile(work_request: str) -> object:
        if not theirs:
            edit(cloud, ocid)
            theirs.append(cloud.deployments[ocid])
        return trouble(work_request)

    cloud.trouble = meanwhile
    (error,) = errors_of(asyncio.run(collect(cloud, plan, FastClock())))
    assert isinstance(error, StalePlan)
    assert "not rolled back" in str(error)
    assert theirs == [cloud.deployments[ocid]]


@pytest.mark.parametrize("seed", range(5))
def test_it_does_not_matter_when_a_second_run_begins(seed: int) -> None:
    random = Random(seed)
    cloud = started("a", "b", "c")
    cloud.reads = random.randint(1, 4)
    specs = tuple(wanted(name) for name in "abc")
    plan = plan_on(cloud, desired(*specs))
    assert both(cloud, plan, plan, random.randrange(200)) == []
    assert plan_on(cloud, desired(*specs)).empty


def test_probes_of_both_runs_are_answered() -> None:
    """The second one does not prove less because the first one has updated."""
    cloud = started("a")
    prober = FakeProber(lambda url, model: Answer(200, b"{}", 1.0), {"in.json": b"{}"})
    plan = plan_on(cloud, desired(wanted(rollout=Rollout(probes=(PROBE,)))))

    async def one_then_other() -> list[Event]:
        clock = FastClock()
        found: list[Event] = []
        for _ in range(2):
            run = Run(cloud, clock, lambda: 0.5, prober, parallel=4)
            found += [event async for event in run.events(plan)]
        return found

    assert errors_of(asyncio.run(one_then_other())) == []


def test_content_that_another_run_has_published_meanwhile_is_found() -> None:
    """The second run catches up past its own upload, and its first look was before the other's."""
    cloud = started("a")
    plan = plan_on(cloud, desired(wanted()))
    snapshot, looked = cloud.snapshot, []

    def first_look_is_old() -> object:
        if not looked:
            looked.append(old)
            return old
        return snapshot()

    old = snapshot()
    others = plan_on(cloud, desired(wanted()))
    before_update(cloud, 3, kill)
    with pytest.raises(Killed):
        asyncio.run(collect(cloud, others, FastClock()))
    cloud.fault = lambda when, operation: None
    for _ in range(cloud.reads):
        cloud.deployment_states()
    cloud.snapshot = first_look_is_old
    assert errors_of(asyncio.run(collect(cloud, plan, FastClock()))) == []
    cloud.snapshot = snapshot
    assert plan_on(cloud, desired(wanted())).empty


def kill() -> None:
    raise Killed


@pytest.mark.parametrize("after", [0, 20, 60])
def test_two_applies_of_a_drift_with_probes_both_end_well(after: int) -> None:
    """The mark *last applied* fits, and goes with the first update: it must not be expected after it."""
    cloud = started("a")
    probing = replace(spec("a", "old a", bandwidth=Bandwidth(10)), rollout=Rollout(probes=(PROBE,)))
    live = alive(cloud)[0]
    drifted = replace(live.configuration, bandwidth=Bandwidth(30))
    drifted = replace(drifted, container=replace(drifted.container, environment=(("LEVEL", "9"),)))
    cloud._set(live.ocid, configuration=drifted, marks=replace(live.marks, applied=probing.applied_mark))
    plan = plan_on(cloud, desired(probing))
    assert sum(isinstance(step, UpdateDeployment) for step in plan.deployments[0].steps) == 3
    assert both(cloud, plan, plan, after) == []
    assert plan_on(cloud, desired(probing)).empty


@pytest.mark.parametrize("after", [0, 20, 60])
def test_two_commits_that_create_at_the_same_moment_make_one_deployment(after: int) -> None:
    cloud = MemoryCloud()
    one, other = (plan_on(cloud, desired(spec("a", description=text))) for text in ("one", "two"))
    errors = both(cloud, one, other, after)
    assert len(alive(cloud)) == 1
    assert all(isinstance(error, StalePlan) for error in errors)
    assert len(errors) == 1


@pytest.mark.parametrize("edit", [describe, label, tag, variable], ids=lambda edit: edit.__name__)
def test_what_somebody_changes_while_two_runs_share_a_creation_stands(
    edit: Callable[[MemoryCloud, str], None],
) -> None:
    """The first run has created it and was killed; the second one finds it, and then somebody edits it."""
    cloud = MemoryCloud()
    plan = plan_on(cloud, desired(replace(spec("a"), rollout=Rollout(probes=(PROBE,)))))

    def killed(when: str, operation: str) -> None:
        if (when, operation) == ("after", "create_deployment"):
            raise Killed

    cloud.fault = killed
    with pytest.raises(Killed):
        asyncio.run(collect(cloud, plan, FastClock()))
    (ocid,) = (live.ocid for live in alive(cloud))

    def edited(when: str, operation: str) -> None:
        if (when, operation) == ("after", "deployments_named"):
            cloud.fault = lambda when, operation: None
            cloud._set(ocid, state=State.ACTIVE)
            edit(cloud, ocid)

    cloud.fault = edited
    (error,) = errors_of(asyncio.run(collect(cloud, plan, FastClock())))
    assert isinstance(error, StalePlan), error
    assert cloud.updates == []
