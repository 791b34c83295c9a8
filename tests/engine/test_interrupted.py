"""A run that is asked to end: the step in hand is brought to its end, and nothing is left stopped
(docs/updates.md, "When a run is to end early"), on the cloud in memory.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from reconciler.core.model.artifact import Artifact
from reconciler.core.model.configuration import LogRef, Logs
from reconciler.core.model.errors import Interrupted, ReconcilerError, RolledBack
from reconciler.core.model.live import Live, State
from reconciler.core.model.proof.probes import Answer, File, Probe
from reconciler.core.model.served.structure import Structure
from reconciler.core.model.spec import Downtime, Rollout, Spec
from reconciler.core.planning.events import DeploymentFailed, DeploymentLeftOut, Event, StepStarted
from reconciler.core.planning.plan import Plan
from reconciler.core.planning.planner import make_plan
from reconciler.core.planning.steps import UpdateDeployment
from reconciler.engine.run import Run
from reconciler.report.apply.events import event_line, left_lines
from tests.support.applied import alive, deployed
from tests.support.drive import FakeProber, FastClock, artifact, desired, errors_of, plan_on, spec
from tests.support.memory import MemoryCloud, Work, lost
from tests.support.served import servings

OTHER = frozenset({("m", 2)})
PROBE = Probe("m", File("in.json", "0" * 64))
LOGS = Logs(predict=LogRef("ocid1.loggroup.g", "ocid1.log.l"))
CALLS = ("deployment_states", "get_deployment", "update_deployment", "deactivate_deployment")
CALLS += ("activate_deployment", "upload", "create_model", "create_deployment", "delete_deployment")


def interrupted(cloud: MemoryCloud, plan: Plan, at: int, prober: FakeProber | None = None) -> list[Event]:
    """Ask it to end at the call of this number, counted from 0."""

    async def collect() -> list[Event]:
        run = Run(cloud, FastClock(), lambda: 0.5, prober or FakeProber(files={"in.json": b"{}"}), parallel=4)
        loop, calls = asyncio.get_running_loop(), 0

        def fault(when: str, operation: str) -> None:
            nonlocal calls
            if when == "before" and operation in CALLS:
                if calls == at:
                    loop.call_soon_threadsafe(run.stop.request)
                calls += 1

        cloud.fault = fault
        found = [event async for event in run.events(plan)]
        if calls <= at:
            raise StopIteration
        return found

    return asyncio.run(collect())


def at_every_call(
    make: Callable[[], tuple[MemoryCloud, Plan]], check: Callable[[MemoryCloud, list[Event]], None]
):
    for at in range(200):
        cloud, plan = make()
        try:
            events = interrupted(cloud, plan, at)
        except RuntimeError:  # what a coroutine makes of StopIteration
            return at
        cloud.fault = lambda when, operation: None
        check(cloud, events)
    raise AssertionError("it does not come to its end")


def started(*names: str) -> MemoryCloud:
    cloud = MemoryCloud()
    deployed(cloud, *(spec(name, f"old {name}") for name in names))
    return cloud


def stopping(name: str = "a", probes: tuple[Probe, ...] = ()) -> Spec:
    rollout = Rollout(downtime=Downtime.ALLOW, probes=probes)
    return replace(spec(name, f"new {name}", logs=LOGS), rollout=rollout)


@pytest.mark.parametrize("probes", [(), (PROBE,)], ids=["plain", "probes"])
def test_a_chain_with_a_stop_is_never_left_stopped(probes: tuple[Probe, ...]) -> None:
    """Wherever the signal comes, it serves when the run has ended, and the next apply goes on."""
    wanted = stopping(probes=probes)

    def make() -> tuple[MemoryCloud, Plan]:
        cloud = started("a")
        return cloud, plan_on(cloud, desired(wanted), OTHER)

    def check(cloud: MemoryCloud, events: list[Event]) -> None:
        assert all(isinstance(error, Interrupted) for error in errors_of(events))
        assert [live.state for live in alive(cloud)] == [State.ACTIVE]
        assert alive(cloud)[0].marks.failed is None
        finish(cloud, wanted)

    assert at_every_call(make, check) > 8


def finish(cloud: MemoryCloud, wanted: Spec) -> None:
    served = OTHER if wanted.rollout.downtime is Downtime.ALLOW else frozenset({("m", 1)})

    async def collect() -> list[Event]:
        prober = FakeProber(lambda url, model: Answer(200, b"{}", 1.0), {"in.json": b"{}"})
        run = Run(cloud, FastClock(), lambda: 0.5, prober, parallel=4)
        return [event async for event in run.events(plan_on(cloud, desired(wanted), served))]

    assert errors_of(asyncio.run(collect())) == []
    assert plan_on(cloud, desired(wanted), served).empty


def test_a_replacement_is_never_left_without_the_new_one() -> None:
    wanted = replace(spec("a", "new a"), rollout=Rollout(downtime=Downtime.ALLOW))

    def make() -> tuple[MemoryCloud, Plan]:
        cloud = started("a")
        cloud._set(alive(cloud)[0].ocid, state=State.FAILED)
        return cloud, plan_on(cloud, desired(wanted))

    def check(cloud: MemoryCloud, events: list[Event]) -> None:
        assert all(isinstance(error, Interrupted) for error in errors_of(events))
        assert len(alive(cloud)) == 1
        finish(cloud, wanted)

    at_every_call(make, check)


def test_an_update_in_hand_is_brought_to_its_end_and_no_other_begun() -> None:
    wanted = replace(stopping(), rollout=Rollout())

    def make() -> tuple[MemoryCloud, Plan]:
        cloud = started("a")
        return cloud, plan_on(cloud, desired(wanted))

    seen: set[int] = set()

    def check(cloud: MemoryCloud, events: list[Event]) -> None:
        assert [live.state for live in alive(cloud)] == [State.ACTIVE]
        assert all(work.done for work in cloud.works.values())
        seen.add(len(cloud.updates))
        finish(cloud, wanted)

    at_every_call(make, check)
    assert seen == {0, 1, 2}


def test_deletes_are_not_begun_and_the_rest_says_what_is_left() -> None:
    cloud = started("a", "old")
    plan = plan_on(cloud, desired(spec("a", "new a")))
    events = interrupted(cloud, plan, 0)
    (failed,) = (event for event in events if isinstance(event, DeploymentFailed))
    assert "steps are left" in str(failed.error)
    assert [event.deployment for event in events if isinstance(event, DeploymentLeftOut)] == ["old"]
    assert {live.display_name for live in alive(cloud)} == {"a", "old"}


def test_what_nobody_has_accepted_is_not_begun_after_a_signal() -> None:
    """The service does not answer, and a signal comes: the write is given up, not waited through."""
    cloud = started("a")
    plan = plan_on(cloud, desired(replace(stopping(), rollout=Rollout())))

    async def collect() -> list[Event]:
        run = Run(cloud, FastClock(), lambda: 0.5, FakeProber(), parallel=4)
        loop = asyncio.get_running_loop()
        tries = 0

        def fault(when: str, operation: str) -> None:
            nonlocal tries
            if (when, operation) == ("before", "update_deployment"):
                tries += 1
                if tries == 2:
                    loop.call_soon_threadsafe(run.stop.request)
                if tries < 20:
                    raise lost(operation)

        cloud.fault = fault
        return [event async for event in run.events(plan)]

    (error,) = errors_of(asyncio.run(collect()))
    assert isinstance(error, Interrupted)
    assert cloud.updates == []


Act = Callable[[Callable[[], object], str, str], None]


def asked_to_end(cloud: MemoryCloud, plan: Plan, act: Act) -> list[ReconcilerError]:
    return errors_of(events_asked_to_end(cloud, plan, act))


def events_asked_to_end(cloud: MemoryCloud, plan: Plan, act: Act) -> list[Event]:
    """What happens; `act` is called around every call, with what asks the run to end."""

    async def collect() -> list[Event]:
        run = Run(cloud, FastClock(), lambda: 0.5, FakeProber(), parallel=4)
        end = partial(asyncio.get_running_loop().call_soon_threadsafe, run.stop.request)
        cloud.fault = partial(act, end)
        return [event async for event in run.events(plan)]

    events = asyncio.run(collect())
    cloud.fault = lambda when, operation: None
    return events


def test_what_the_signal_has_left_out_is_not_held_against_the_spec() -> None:
    """It comes between the stop and the update, and the start of what was there fails."""
    cloud = started("a")

    def act(end: Callable[[], object], when: str, operation: str) -> None:
        if (when, operation) == ("before", "deactivate_deployment"):
            end()
        if (when, operation) == ("after", "activate_deployment") and cloud.writes.count(operation) == 1:
            work = list(cloud.works.values())[-1]
            work.failed, work.ends_in = True, State.INACTIVE

    (error,) = asked_to_end(cloud, plan_on(cloud, desired(stopping()), OTHER), act)
    assert isinstance(error, RolledBack)
    assert [live.state for live in alive(cloud)] == [State.ACTIVE]
    assert alive(cloud)[0].marks.failed is None
    finish(cloud, stopping())


def test_what_was_stopped_is_started_even_if_nobody_answers_at_first() -> None:
    cloud, lost_so_far = started("a"), []

    def act(end: Callable[[], object], when: str, operation: str) -> None:
        if (when, operation) == ("before", "deactivate_deployment"):
            end()
        if (when, operation) == ("before", "activate_deployment") and len(lost_so_far) < 3:
            lost_so_far.append(operation)
            raise lost(operation)

    (error,) = asked_to_end(cloud, plan_on(cloud, desired(stopping()), OTHER), act)
    assert isinstance(error, Interrupted)
    assert [live.state for live in alive(cloud)] == [State.ACTIVE]
    finish(cloud, stopping())


def test_a_rollback_comes_to_its_end_even_if_nobody_answers_at_first() -> None:
    cloud, lost_so_far = started("a"), []
    before, wanted = alive(cloud)[0], spec("a", "new a")
    cloud.bad_artifacts.add(wanted.artifact.digest)

    def act(end: Callable[[], object], when: str, operation: str) -> None:
        back = (when, operation) == ("before", "update_deployment") and cloud.updates
        if back and len(lost_so_far) < 3:
            end()
            lost_so_far.append(operation)
            raise lost(operation)

    (error,) = asked_to_end(cloud, plan_on(cloud, desired(wanted)), act)
    assert isinstance(error, RolledBack)
    after = alive(cloud)[0]
    assert (after.state, after.model_id) == (State.ACTIVE, before.model_id)
    assert after.marks.failed == wanted.failed_mark


# -- a signal, while another run of the same plan has done a part of it


class SlowUpload(MemoryCloud):
    """An upload of `slow` goes on until it is interrupted."""

    slow = ""

    def upload(self, model: str, artifact: Artifact, progress: Callable[[int, int], None]) -> None:
        if artifact.digest == self.slow:
            for _ in range(2000):
                time.sleep(0.01)
                progress(1, 2)
        super().upload(model, artifact, progress)


def first_update_of_another_run(cloud: MemoryCloud, plan: Plan, name: str, reads: int = 2) -> Work:
    item = next(item for item in plan.deployments if item.name == name)
    step = next(step for step in item.steps if isinstance(step, UpdateDeployment))
    live, etag = cloud.get_deployment(step.ocid)
    work = cloud.works[cloud.update_deployment(step, live.model_id or "", etag).work_request]
    work.reads_left = reads
    return work


def test_nothing_is_published_after_a_signal_for_one_that_follows_another_run() -> None:
    cloud = started("a")
    wanted = spec("a", "new a", logs=LOGS)
    plan = plan_on(cloud, desired(wanted))
    first_update_of_another_run(cloud, plan, "a")
    known = len(cloud.models)

    def act(end: Callable[[], object], when: str, operation: str) -> None:
        if operation == "deployment_states":
            end()

    events = events_asked_to_end(cloud, plan, act)
    (error,) = errors_of(events)
    assert isinstance(error, Interrupted)
    assert "4 of 6 steps are left" in str(error)
    (left,) = left_lines(plan, events)
    assert left.startswith("left of a: publish model, update model and instances, name and tags, check that")
    assert len(cloud.models) == known
    finish(cloud, wanted)


def test_what_another_run_has_done_is_told_and_not_left() -> None:
    cloud = started("a")
    plan = plan_on(cloud, desired(spec("a", "new a", logs=LOGS)))
    first_update_of_another_run(cloud, plan, "a")
    events = events_asked_to_end(cloud, plan, lambda end, when, operation: None)
    assert errors_of(events) == []
    lines = [event_line(event) for event in events]
    assert "a  2/6  update logs" in lines
    assert "a  update logs  done (found as it should be)" in lines
    begun = [event.index for event in events if isinstance(event, StepStarted)]
    assert sorted(begun) == [1, 2, 3, 4, 5, 6]


def test_a_publication_that_the_signal_ends_takes_no_other_deployment_along() -> None:
    """`b` uploads what `a` needs too. `a` waits for what another run does with it; and `c` stands still."""
    cloud = SlowUpload()
    deployed(cloud, *(spec(name, f"old {name}") for name in "abc"))
    everything = desired(spec("a", "new", logs=LOGS), spec("b", "new"), stopping("c"))

    def served(live: Live) -> Structure:
        return Structure(frozenset({("m", 2 if live.display_name == "c" else 1)}))

    snapshot = cloud.snapshot()
    plan = make_plan(everything, snapshot, servings(everything, snapshot, served))
    cloud.slow = artifact("new").digest
    others = first_update_of_another_run(cloud, plan, "a", reads=60)
    c = next(live.ocid for live in alive(cloud) if live.display_name == "c")

    def act(end: Callable[[], object], when: str, operation: str) -> None:
        stopped = cloud.deployments[c].state is State.UPDATING
        if operation == "deployment_states" and stopped and others.reads_left > 1:
            others.reads_left = 1
            next(
                work for work in cloud.works.values() if work.deployment == c and not work.done
            ).reads_left = 6
            end()

    errors = asked_to_end(cloud, plan, act)
    assert [type(error) for error in errors] == [Interrupted] * 3
    assert {live.display_name: live.state for live in alive(cloud)} == dict.fromkeys("abc", State.ACTIVE)


def test_a_stray_cancellation_ends_one_deployment_alone() -> None:
    cloud = started("a", "b")
    plan = plan_on(cloud, desired(stopping("a"), stopping("b")), OTHER)
    a = next(live.ocid for live in alive(cloud) if live.display_name == "a")
    update = cloud.update_deployment

    def cancelled(step: UpdateDeployment, model: str, etag: str):
        if step.ocid == a and cloud.deployments[a].state is State.INACTIVE:
            cloud.update_deployment = update
            raise asyncio.CancelledError
        return update(step, model, etag)

    cloud.update_deployment = cancelled
    (error,) = asked_to_end(cloud, plan, lambda end, when, operation: None)
    assert "CancelledError" in str(error)
    assert [live.state for live in alive(cloud)] == [State.ACTIVE] * 2
