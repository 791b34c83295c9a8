"""Rollbacks on the cloud in memory: how far they go, in which order, and when there is none."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from reconciler.core.model.configuration import Bandwidth, LogRef, Logs
from reconciler.core.model.errors import ReconcilerError, RolledBack, StalePlan, StepFailed
from reconciler.core.model.live import Live, State
from reconciler.core.model.proof.probes import Answer, File, Probe
from reconciler.core.model.spec import Downtime, OnFailure, Rollout, Spec
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.plan import Action
from tests.support.applied import alive, deployed
from tests.support.drive import FakeProber, apply_on, artifact, desired, errors_of, plan_on, spec
from tests.support.memory import MemoryCloud, lost

PROBE = Probe("m", File("in.json", "0" * 64))
RIGHT = Answer(200, b'{"outputs": []}', 1.0)
LOGS = Logs(predict=LogRef("ocid1.loggroup.g", "ocid1.log.l"))
META, CONTAINER, CORE, BANDWIDTH = (
    OptionGroup.METADATA,
    OptionGroup.CONTAINER,
    OptionGroup.CORE,
    OptionGroup.BANDWIDTH,
)
OTHER = frozenset({("m", 2)})


def chain(rollout: Rollout = Rollout(probes=(PROBE,))) -> Spec:  # noqa: B008 - frozen
    """Logs, container, models, bandwidth down: four updates."""
    wanted = spec("a", "new", logs=LOGS, bandwidth=Bandwidth(10))
    container = replace(wanted.configuration.container, image="iad.ocir.io/acme/triton:2")
    return replace(wanted, configuration=replace(wanted.configuration, container=container), rollout=rollout)


def serving() -> MemoryCloud:
    cloud = MemoryCloud()
    deployed(cloud, spec("a", bandwidth=Bandwidth(20)))
    return cloud


def the(cloud: MemoryCloud) -> Live:
    (live,) = alive(cloud)
    return live


def at_update(cloud: MemoryCloud, number: int, act: Callable[[], None], when: str = "after") -> None:
    """Do this around the update of this number, counted from 1."""
    seen = 0

    def fault(moment: str, operation: str) -> None:
        nonlocal seen
        if (moment, operation) == (when, "update_deployment"):
            seen += 1
            if seen == number:
                act()

    cloud.fault = fault


def fail_last_work(cloud: MemoryCloud, ends_in: State | None = None) -> None:
    work = list(cloud.works.values())[-1]
    work.failed = True
    work.ends_in = ends_in or work.ends_in


def failing(status: int = 500) -> FakeProber:
    return FakeProber(lambda url, model: Answer(status, b'{"error": "boom"}', 1.0), {"in.json": b"{}"})


def run(
    cloud: MemoryCloud, wanted: Spec, prober: FakeProber | None = None, **changes: object
) -> ReconcilerError:
    (error,) = errors_of(apply_on(cloud, plan_on(cloud, desired(wanted), **changes), prober))
    return error


def test_updates_are_rolled_back_latest_first_and_logs_stay() -> None:
    cloud = serving()
    before = the(cloud)
    assert isinstance(run(cloud, chain(), answers_until_bandwidth(cloud)), RolledBack)
    assert [set(groups) - {META} for groups in cloud.updates] == [
        *({OptionGroup.LOGS}, {CONTAINER}, {CORE}, {BANDWIDTH}),
        *({BANDWIDTH}, {CORE}, {CONTAINER}),
    ]
    assert before.configuration is not None
    assert the(cloud).configuration == replace(
        before.configuration, logs=LOGS, artifact=artifact("weights").digest
    )
    assert the(cloud).model_id == before.model_id


REFUSING = replace(PROBE, status=400)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "(read back, and the probes answer as before)"),
        (404, "it does not answer as before: m: expected status 400 as before, got 404"),
    ],
)
def test_a_probe_that_is_to_be_refused_is_asked_after_the_rollback_too(status: int, words: str) -> None:
    cloud, asked = serving(), []

    def answer(url: str, model: str) -> Answer:
        asked.append(url)
        statuses = {1: 400, 2: 200}
        return Answer(statuses.get(len(asked), status), b'{"error": "boom"}', 1.0)

    error = run(cloud, chain(Rollout(probes=(REFUSING,))), FakeProber(answer, {"in.json": b"{}"}))
    assert isinstance(error, RolledBack)
    assert len(asked) == 3
    assert words in str(error)


def test_nothing_is_claimed_of_probes_that_had_no_good_answer_before() -> None:
    error = run(serving(), chain(), failing(500))
    assert "(read back)" in str(error)


def answers_until_bandwidth(cloud: MemoryCloud) -> FakeProber:
    """Right while the bandwidth is what it was: the last update breaks it."""

    def answer(url: str, model: str) -> Answer:
        configuration = the(cloud).configuration
        right = configuration is not None and configuration.bandwidth == Bandwidth(20)
        return Answer(200 if right else 500, b'{"outputs": []}', 1.0)

    return FakeProber(answer, {"in.json": b"{}"})


@pytest.mark.parametrize(("number", "rolled_back"), [(1, []), (2, [{CONTAINER}]), (3, [{CORE}, {CONTAINER}])])
def test_only_what_was_reached_is_rolled_back(number: int, rolled_back: list[set[OptionGroup]]) -> None:
    cloud = serving()
    at_update(cloud, number, lambda: fail_last_work(cloud))
    error = run(cloud, chain(Rollout()))
    assert isinstance(error, RolledBack if rolled_back else StepFailed)
    expected = rolled_back or [set()]
    assert [set(groups) - {META} for groups in cloud.updates[number:]] == expected
    assert the(cloud).marks.failed == chain(Rollout()).failed_mark
    cloud.fault = lambda when, operation: None
    assert plan_on(cloud, desired(chain(Rollout()))).blocked


def test_a_plan_that_became_stale_half_way_changes_nothing_more() -> None:
    """Somebody else is at work on it: their change is not ours to take back."""
    cloud = serving()
    ocid = the(cloud).ocid
    at_update(cloud, 3, lambda: cloud.somebody(ocid), "before")
    error = run(cloud, chain(Rollout()))
    assert isinstance(error, StalePlan)
    assert len(cloud.updates) == 2
    assert the(cloud).marks.failed is None


def test_what_was_not_changed_is_not_marked() -> None:
    """Somebody else's update failed, and was only waited for."""
    cloud = serving()
    wanted = spec("a", bandwidth=Bandwidth(20))
    cloud._set(the(cloud).ocid, state=State.UPDATING)
    plan = plan_on(cloud, desired(wanted))
    assert plan.deployments[0].action is Action.WAIT
    cloud._work(the(cloud).ocid, State.NEEDS_ATTENTION)
    writes = list(cloud.writes)
    (error,) = errors_of(apply_on(cloud, plan))
    assert isinstance(error, StalePlan)
    assert cloud.writes == writes
    assert the(cloud).marks.failed is None


def test_one_that_is_not_at_rest_is_left_alone() -> None:
    cloud = serving()
    at_update(cloud, 2, lambda: fail_last_work(cloud, State.FAILED))
    error = run(cloud, chain(Rollout()))
    assert "the rollback failed too: it is FAILED, and only a deployment at rest can be changed" in str(error)
    assert len(cloud.updates) == 2


def test_it_says_so_when_the_old_answers_do_not_come_back() -> None:
    cloud = serving()
    asked = 0

    def answer(url: str, model: str) -> Answer:
        nonlocal asked
        asked += 1
        return RIGHT if asked == 1 else Answer(404, b'{"error": "unknown model"}', 1.0)

    error = run(cloud, chain(), FakeProber(answer, {"in.json": b"{}"}))
    assert isinstance(error, RolledBack)
    assert "it does not answer as before: m: expected status 200 as before, got 404" in str(error)


def test_after_a_stop_what_is_stopped_already_is_not_stopped_again() -> None:
    cloud = serving()
    before = the(cloud)
    wanted = replace(spec("a", "new", bandwidth=Bandwidth(20)), rollout=Rollout(downtime=Downtime.ALLOW))
    at_update(cloud, 1, lambda: fail_last_work(cloud))
    assert isinstance(run(cloud, wanted, versions=OTHER), RolledBack)
    after = the(cloud)
    assert (after.state, after.model_id) == (State.ACTIVE, before.model_id)
    assert cloud.writes.count("deactivate_deployment") == 1
    assert after.marks.failed == wanted.failed_mark


def test_one_that_was_inactive_is_inactive_again() -> None:
    cloud = serving()
    cloud._set(the(cloud).ocid, state=State.INACTIVE)
    before = the(cloud)
    error = run(cloud, replace(spec("a", "new"), rollout=Rollout(probes=(PROBE,))), failing())
    assert isinstance(error, RolledBack)
    after = the(cloud)
    assert (after.state, after.model_id) == (State.INACTIVE, before.model_id)


def test_with_on_failure_stop_only_the_mark_is_written() -> None:
    cloud = serving()
    error = run(cloud, chain(Rollout(probes=(PROBE,), on_failure=OnFailure.STOP)), failing())
    assert "left as it is" in str(error)
    assert [set(groups) for groups in cloud.updates[3:]] == [{META}]
    live = the(cloud)
    assert live.configuration is not None
    assert live.configuration.artifact == artifact("new").digest


def test_an_update_whose_answer_was_lost_is_rolled_back_too() -> None:
    cloud = serving()
    before = the(cloud)

    def lose() -> None:
        raise lost("update_deployment")

    at_update(cloud, 1, lose)
    wanted = replace(spec("a", "new", bandwidth=Bandwidth(20)), rollout=Rollout(probes=(PROBE,)))
    assert isinstance(run(cloud, wanted, failing()), RolledBack)
    after = the(cloud)
    assert (after.state, after.model_id) == (State.ACTIVE, before.model_id)
    assert after.marks.failed == wanted.failed_mark


def test_an_answer_that_was_lost_casts_no_doubt_on_the_updates_after_it() -> None:
    """Their work is ours, and so is its failure."""
    cloud = serving()
    before = the(cloud)

    def fault(when: str, operation: str) -> None:
        if (when, operation) == ("after", "update_deployment"):
            if len(cloud.updates) == 1:
                raise lost(operation)
            if len(cloud.updates) == 3:
                fail_last_work(cloud)

    cloud.fault = fault
    assert isinstance(run(cloud, chain(Rollout())), RolledBack)
    assert the(cloud).model_id == before.model_id
    assert [set(groups) - {META} for groups in cloud.updates[3:]] == [{CORE}, {CONTAINER}]
