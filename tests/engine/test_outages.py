"""What could not be looked at is not what failed: what is healthy is neither rolled back nor marked for it
(docs/updates.md, "When the service cannot be asked").

On the cloud in memory, with time that passes at once.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from reconciler.core.model.configuration import FixedScaling
from reconciler.core.model.errors import CloudError, NotAllowed, NotSeen, RolledBack, StalePlan, Transient
from reconciler.core.model.live import Project, State
from reconciler.core.model.proof.probes import Answer, File, Probe
from reconciler.core.model.spec import Downtime, Rollout, Spec
from reconciler.core.model.work_requests import WorkProgress
from reconciler.core.planning.events import Event, StepProgress
from reconciler.core.planning.plan import Plan
from reconciler.engine.retry import OUTAGE_SECONDS
from reconciler.engine.run import Run
from tests.support.applied import alive, deployed
from tests.support.drive import FakeProber, FastClock, artifact, desired, errors_of, plan_on, spec
from tests.support.memory import MemoryCloud, lost
from tests.support.memory_catalog import answer

PROBE = Probe("m", File("in.json", "0" * 64))
NAMES = ("a", "b", "c", "d", "e")


def run(cloud: MemoryCloud, plan: Plan, clock: FastClock, prober: FakeProber | None = None) -> list[Event]:
    async def collect() -> list[Event]:
        run = Run(cloud, clock, lambda: 0.5, prober or FakeProber(), parallel=4)
        return [event async for event in run.events(plan)]

    return asyncio.run(collect())


def outage(
    cloud: MemoryCloud,
    clock: FastClock,
    seconds: float,
    fail: Callable[[str], CloudError],
    operations: tuple[str, ...] = ("deployment_states",),
    after: str = "update_deployment",
) -> None:
    """From the first write of this kind on, these operations are not answered for so long."""
    began: list[float] = []

    def fault(when: str, operation: str) -> None:
        if (when, operation) == ("after", after) and not began:
            began.append(clock.now())
        out = began and clock.now() - began[0] < seconds
        if when == "before" and out and operation in operations:
            raise fail(operation)

    cloud.fault = fault


def unavailable(operation: str) -> Transient:
    return Transient(answer(operation, 503, "ServiceUnavailable"))


def expired(operation: str) -> NotAllowed:
    return NotAllowed(answer(operation, 401, "NotAuthenticated"))


@pytest.mark.parametrize(
    "operation", ["ensure_project", "snapshot", "create_model", "has_content", "upload", "mark_published"]
)
def test_an_outage_before_anything_is_deployed_is_told_too(operation: str) -> None:
    cloud, clock = MemoryCloud(project=Project("ml", None, create=True)), FastClock()
    plan = plan_on(cloud, desired(spec("a")))
    tries: list[str] = []

    def strike(*_: object, **__: object) -> object:
        tries.append(operation)
        if len(tries) < 6:
            raise lost(operation)
        return works(*_, **__)

    works = getattr(cloud, operation)
    setattr(cloud, operation, strike)
    events = run(cloud, plan, clock)
    assert errors_of(events) == []
    told = [event for event in events if isinstance(event, StepProgress) and "trying again" in event.message]
    assert told
    assert {event.deployment for event in told} == {"" if operation == "ensure_project" else "a"}


def rolling(*names: str) -> tuple[Spec, ...]:
    """New content for each, in one update."""
    return tuple(spec(name, f"new {name}") for name in names)


def started(*names: str) -> MemoryCloud:
    cloud = MemoryCloud()
    deployed(cloud, *(spec(name, f"old {name}") for name in names))
    return cloud


def assert_as_asked(cloud: MemoryCloud, *wanted: Spec) -> None:
    assert {live.configuration.artifact for live in alive(cloud)} == {one.artifact.digest for one in wanted}
    assert {live.marks.failed for live in alive(cloud)} == {None}
    assert plan_on(cloud, desired(*wanted)).empty


def test_a_list_that_is_out_for_a_minute_undoes_nothing() -> None:
    cloud, clock = started(*NAMES), FastClock()
    plan = plan_on(cloud, desired(*rolling(*NAMES)))
    outage(cloud, clock, 60.0, unavailable)
    events = run(cloud, plan, clock)
    assert errors_of(events) == []
    assert len(cloud.updates) == len(NAMES), "each was sent once"
    assert_as_asked(cloud, *rolling(*NAMES))
    told = [event.message for event in events if isinstance(event, StepProgress)]
    assert any("could not be looked at for" in message for message in told), "the wait is explained"


EVERY_CALL = (
    "deployment_states",
    "get_deployment",
    "update_deployment",
    "snapshot",
    "create_model",
    "upload",
)


@pytest.mark.parametrize("seconds", [30.0, 300.0])
def test_a_service_that_is_out_altogether_is_waited_out(seconds: float) -> None:
    cloud, clock = started(*NAMES), FastClock()
    wanted = tuple(
        replace(one, configuration=replace(one.configuration, scaling=FixedScaling(2)))
        for one in rolling(*NAMES)
    )
    plan = plan_on(cloud, desired(*wanted))
    outage(cloud, clock, seconds, unavailable, EVERY_CALL)
    assert errors_of(run(cloud, plan, clock)) == []
    assert_as_asked(cloud, *wanted)


def test_an_outage_without_end_is_not_seen_after_a_quarter_of_an_hour() -> None:
    cloud, clock = started("a"), FastClock()
    plan = plan_on(cloud, desired(*rolling("a")))
    outage(cloud, clock, 10 * OUTAGE_SECONDS, unavailable)
    began = clock.now()
    (error,) = errors_of(run(cloud, plan, clock))
    assert isinstance(error, NotSeen)
    assert OUTAGE_SECONDS <= clock.now() - began < 2 * OUTAGE_SECONDS
    assert len(cloud.updates) == 1, "nothing was rolled back, nothing marked"
    after_it(cloud, *rolling("a"))


def test_one_good_look_begins_the_quarter_of_an_hour_anew() -> None:
    """Nine minutes out of ten, for an hour."""
    cloud, clock = started("a"), FastClock()
    cloud.reads = 80
    plan = plan_on(cloud, desired(*rolling("a")))

    def fault(when: str, operation: str) -> None:
        sent = "update_deployment" in cloud.writes[-1:]
        if when == "before" and operation == "deployment_states" and sent and clock.now() % 600 > 60:
            raise unavailable(operation)

    cloud.fault = fault
    assert errors_of(run(cloud, plan, clock)) == []
    assert clock.now() > 2 * OUTAGE_SECONDS, "or it has ended before that counts"


@pytest.mark.parametrize("fail", [unavailable, expired], ids=["503", "401"])
def test_a_work_request_that_cannot_be_read_goes_on(
    fail: Callable[[str], CloudError], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is in no list, and the service does not tell it at first: nobody has said that it failed."""
    cloud, asked = started("a"), []
    cloud.reads = 5
    plan = plan_on(cloud, desired(*rolling("a")))
    told = cloud.work_request

    def work_request(ocid: str) -> WorkProgress:
        asked.append(ocid)
        if len(asked) < 5:
            raise fail("get_work_request")
        return told(ocid)

    monkeypatch.setattr(cloud, "work_progress", dict)
    monkeypatch.setattr(cloud, "work_request", work_request)
    assert errors_of(run(cloud, plan, FastClock())) == []
    assert len(cloud.updates) == 1
    assert_as_asked(cloud, *rolling("a"))


def test_an_expired_session_ends_it_at_once_and_undoes_nothing() -> None:
    cloud, clock = started(*NAMES), FastClock()
    plan = plan_on(cloud, desired(*rolling(*NAMES)))
    outage(cloud, clock, 1e9, expired, EVERY_CALL)
    began = clock.now()
    errors = errors_of(run(cloud, plan, clock))
    assert errors
    assert clock.now() - began < 60
    assert {error.exit_code for error in errors} == {1}
    assert not any(isinstance(error, RolledBack) for error in errors)
    after_it(cloud, *rolling(*NAMES))


def after_it(cloud: MemoryCloud, *wanted: Spec) -> None:
    """The service answers again: the next apply finishes what is left."""
    cloud.fault = lambda when, operation: None
    for _ in range(cloud.reads):
        cloud.deployment_states()
    assert {live.marks.failed for live in alive(cloud)} == {None}
    assert errors_of(run(cloud, plan_on(cloud, desired(*wanted)), FastClock())) == []
    assert_as_asked(cloud, *wanted)


@pytest.mark.parametrize("fail", [unavailable, expired], ids=["503", "401"])
@pytest.mark.parametrize("operation", ["get_deployment", "deployment_states", "update_deployment"])
def test_whatever_cannot_be_asked_any_more_in_a_chain_leaves_it_for_the_next_run(
    fail: Callable[[str], CloudError], operation: str
) -> None:
    cloud, clock = started("a"), FastClock()
    wanted = two_updates("a")
    plan = plan_on(cloud, desired(wanted))
    outage(cloud, clock, 1e9, fail, (operation,))
    (error,) = errors_of(run(cloud, plan, clock))
    assert isinstance(error, NotSeen)
    assert len(cloud.updates) == 1
    after_it(cloud, wanted)


@pytest.mark.parametrize("fail", [unavailable, expired], ids=["503", "401"])
def test_a_rollback_that_cannot_be_asked_for_is_not_seen(fail: Callable[[str], CloudError]) -> None:
    """It has not failed: what came of it is for the next run to find out."""
    cloud, clock = started("a"), FastClock()
    cloud.bad_artifacts.add(artifact("new a").digest)
    plan = plan_on(cloud, desired(*rolling("a")))
    outage(cloud, clock, 1e9, fail, ("update_deployment",))
    (error,) = errors_of(run(cloud, plan, clock))
    assert isinstance(error, NotSeen)
    assert "how the rollback ended could not be seen" in str(error)


def two_updates(name: str) -> Spec:
    wanted = spec(name, f"new {name}")
    container = replace(wanted.configuration.container, image="iad.ocir.io/acme/triton:2")
    return replace(wanted, configuration=replace(wanted.configuration, container=container))


def test_retry_after_is_honoured_within_bounds() -> None:
    for asked, least, most in ((30.0, 30.0, 60.0), (86_400.0, 100.0, 200.0)):
        cloud, clock = started("a"), FastClock()
        plan = plan_on(cloud, desired(*rolling("a")))
        times: list[float] = []

        def fault(when: str, operation: str, times: list[float] = times, asked: float = asked) -> None:
            if when == "before" and operation == "update_deployment":
                times.append(clock.now())  # noqa: B023 - called in this round only
                if len(times) == 1:
                    raise Transient(replace(answer(operation, 429, "TooManyRequests"), retry_after=asked))

        cloud.fault = fault
        assert errors_of(run(cloud, plan, clock)) == []
        assert least <= times[1] - times[0] <= most


# -- what is held against a spec


def refused(code: str, status: int = 400) -> Callable[[str, str], None]:
    seen: list[str] = []

    def fault(when: str, operation: str) -> None:
        if (when, operation) == ("before", "update_deployment"):
            seen.append(operation)
            if len(seen) == 2:
                raise CloudError(answer(operation, status, code))

    return fault


@pytest.mark.parametrize("code", ["LimitExceeded", "QuotaExceeded"])
def test_what_passes_by_itself_is_rolled_back_and_not_remembered(code: str) -> None:
    cloud = started("a")
    before = alive(cloud)[0]
    plan = plan_on(cloud, desired(two_updates("a")))
    cloud.fault = refused(code)
    (error,) = errors_of(run(cloud, plan, FastClock()))
    assert isinstance(error, RolledBack)
    assert "not held against the spec" in str(error)
    assert alive(cloud)[0].marks.failed is None
    assert alive(cloud)[0].configuration == before.configuration
    after_it(cloud, two_updates("a"))


def test_a_refusal_for_good_is_remembered_with_its_time_and_its_reason() -> None:
    cloud = started("a")
    plan = plan_on(cloud, desired(two_updates("a")))
    cloud.fault = refused("InvalidParameter")
    assert isinstance(errors_of(run(cloud, plan, FastClock()))[0], RolledBack)
    marks = alive(cloud)[0].marks
    assert marks.failed == two_updates("a").failed_mark
    assert (marks.failed_why, marks.failed_at[:4]) == ("refused: 400 InvalidParameter, updating core", "2027")
    assert plan_on(cloud, desired(two_updates("a"))).blocked


class NoCapacity(MemoryCloud):
    """Work requests fail for want of room."""

    def trouble(self, work_request: str):
        text = "There is currently no capacity for the specified shape. Choose a different shape or region"
        return replace(super().trouble(work_request), errors=(text,))


def test_no_capacity_is_not_held_against_the_spec() -> None:
    cloud = NoCapacity()
    deployed(cloud, spec("a"))
    cloud.bad_artifacts.add(artifact("bad").digest)
    (error,) = errors_of(run(cloud, plan_on(cloud, desired(spec("a", "bad"))), FastClock()))
    assert isinstance(error, RolledBack)
    assert alive(cloud)[0].marks.failed is None
    assert not plan_on(cloud, desired(spec("a", "bad"))).blocked


def test_what_failed_before_is_still_remembered_after_a_failure_for_want_of_room() -> None:
    """Or the spec that is known to fail would be tried again."""
    cloud = NoCapacity()
    deployed(cloud, spec("a"))
    cloud.bad_artifacts.add(artifact("bad").digest)
    known = {"failed": "another spec", "failed_at": "2026-11-27T22:00:31Z", "failed_why": "the probes failed"}
    live = alive(cloud)[0]
    cloud._set(live.ocid, marks=replace(live.marks, **known))
    (error,) = errors_of(run(cloud, plan_on(cloud, desired(spec("a", "bad"))), FastClock()))
    assert isinstance(error, RolledBack)
    marks = alive(cloud)[0].marks
    assert {name: getattr(marks, name) for name in known} == known


# -- probes


def probed(name: str = "a", content: str = "new a") -> Spec:
    return replace(spec(name, content), rollout=Rollout(probes=(PROBE,)))


def answering(answers: Callable[[int], Answer]) -> FakeProber:
    asked: list[int] = []

    def answer(url: str, model: str) -> Answer:
        asked.append(1)
        return answers(len(asked))

    return FakeProber(answer, {"in.json": b"{}"})


RIGHT = Answer(200, b'{"outputs": []}', 1.0)


@pytest.mark.parametrize(
    "silence",
    [
        Answer(401, b'{"code": "NotAuthenticated", "message": ""}', 1.0),
        Answer(429, b'{"code": "TooManyRequests", "message": ""}', 1.0),
        Answer(404, b'{"code": "NotAuthorizedOrNotFound", "message": ""}', 1.0),
    ],
    ids=["401", "429", "404"],
)
def test_a_probe_that_is_not_let_through_undoes_nothing(silence: Answer) -> None:
    cloud = started("a")
    prober = answering(lambda number: RIGHT if number == 1 else silence)
    (error,) = errors_of(run(cloud, plan_on(cloud, desired(probed())), FastClock(), prober))
    assert isinstance(error, NotSeen)
    live = alive(cloud)[0]
    assert live.configuration.artifact == probed().artifact.digest
    assert live.marks.failed is None
    proven = answering(lambda number: RIGHT)
    assert errors_of(run(cloud, plan_on(cloud, desired(probed())), FastClock(), proven)) == []
    assert plan_on(cloud, desired(probed())).empty


def test_a_private_endpoint_that_never_answered_us_undoes_nothing() -> None:
    cloud = started("a")

    def unreachable(url: str, model: str) -> Answer:
        raise lost("predict")

    prober = FakeProber(unreachable, {"in.json": b"{}"})
    (error,) = errors_of(run(cloud, plan_on(cloud, desired(probed())), FastClock(), prober))
    assert isinstance(error, NotSeen)
    assert alive(cloud)[0].configuration.artifact == probed().artifact.digest


def test_one_that_somebody_stops_while_it_is_asked_is_stale() -> None:
    """No answer is no wonder then, and no outage."""
    cloud = started("a")

    def stopping(url: str, model: str) -> Answer:
        live = alive(cloud)[0]
        if cloud.updates and live.state is State.ACTIVE:
            cloud.somebody(live.ocid, state=State.INACTIVE)
        raise lost("predict")

    prober = FakeProber(stopping, {"in.json": b"{}"})
    (error,) = errors_of(run(cloud, plan_on(cloud, desired(probed())), FastClock(), prober))
    assert isinstance(error, StalePlan)
    assert [live.state for live in alive(cloud)] == [State.INACTIVE]


def test_an_endpoint_that_answered_before_and_does_not_any_more_is_a_failure() -> None:
    cloud = started("a")
    before = alive(cloud)[0]

    def silent_now(url: str, model: str) -> Answer:
        if alive(cloud)[0].configuration.artifact == probed().artifact.digest:
            raise lost("predict")
        return RIGHT

    prober = FakeProber(silent_now, {"in.json": b"{}"})
    (error,) = errors_of(run(cloud, plan_on(cloud, desired(probed())), FastClock(), prober))
    assert isinstance(error, RolledBack)
    assert alive(cloud)[0].model_id == before.model_id


def test_an_outage_while_it_is_stopped_is_ended_by_the_next_apply() -> None:
    cloud, clock = started("a"), FastClock()
    wanted = replace(spec("a", "new a"), rollout=Rollout(downtime=Downtime.ALLOW))
    other = frozenset({("m", 2)})
    plan = plan_on(cloud, desired(wanted), other)
    outage(cloud, clock, 1e9, expired, EVERY_CALL, after="deactivate_deployment")
    (error,) = errors_of(run(cloud, plan, clock))
    assert isinstance(error, NotSeen)
    cloud.fault = lambda when, operation: None
    for _ in range(cloud.reads):
        cloud.deployment_states()
    assert errors_of(run(cloud, plan_on(cloud, desired(wanted), other), FastClock())) == []
    assert [live.state for live in alive(cloud)] == [State.ACTIVE]
