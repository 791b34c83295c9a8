"""Holds, on the cloud in memory: what an emergency rollback leaves, wherever it is killed, and its laws."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from reconciler.core.model.configuration import Bandwidth
from reconciler.core.model.live import Live
from reconciler.core.model.proof.probes import Answer, File, Probe
from reconciler.core.model.spec import Hold, OnFailure, Rollout, Spec
from reconciler.core.model.target import Safety
from reconciler.core.planning.plan import Action
from tests.support.applied import alive
from tests.support.drive import FakeProber, apply_on, desired, errors_of, plan_on, settle_on, spec
from tests.support.examples import examples
from tests.support.memory import Killed, MemoryCloud
from tests.support.worlds import clouds, specs

PROBE = Probe("m", File("in.json", "0" * 64))
LOOSE = settings(max_examples=examples(15), suppress_health_check=[HealthCheck.too_slow])
NO_LIMIT = Safety(max_deletes=99)
COMMIT = "c" * 40


def back(good: Spec, bad: Spec) -> Spec:
    """The spec of the earlier revision, as an emergency rollback from the other one applies it."""
    return replace(good, hold=Hold(bad.refused_mark, COMMIT))


def pair(rollout: Rollout = Rollout()) -> tuple[Spec, Spec]:  # noqa: B008 - frozen
    """The good one, and the one that was refused: it takes several updates from one to the other."""
    good = replace(spec("a", "good", bandwidth=Bandwidth(10)), rollout=rollout)
    bad = spec("a", "bad", bandwidth=Bandwidth(20), description="bad")
    container = replace(bad.configuration.container, image="iad.ocir.io/acme/triton:2")
    return good, replace(bad, configuration=replace(bad.configuration, container=container), rollout=rollout)


def prober(answer: Answer = Answer(200, b'{"outputs": []}', 1.0)) -> FakeProber:  # noqa: B008 - frozen
    return FakeProber(lambda url, model: answer, {"in.json": b"{}"})


def started(bad: Spec) -> MemoryCloud:
    cloud = MemoryCloud()
    assert errors_of(apply_on(cloud, plan_on(cloud, desired(bad)), prober())) == []
    return cloud


def the(cloud: MemoryCloud) -> Live:
    (live,) = alive(cloud)
    return live


@pytest.mark.parametrize("rollout", [Rollout(), Rollout(probes=(PROBE,))], ids=["plain", "probes"])
def test_killed_at_any_write_it_stays_held_and_another_run_brings_it_to_its_end(rollout: Rollout) -> None:
    good, bad = pair(rollout)
    wanted = desired(back(good, bad), prune=False)
    for number in range(20):
        cloud = started(bad)
        plan, seen = plan_on(cloud, wanted), 0

        def fault(when: str, operation: str, number: int = number) -> None:
            nonlocal seen
            if (when, operation) == ("after", "update_deployment"):
                seen += 1
                if seen > number:
                    raise Killed

        cloud.fault = fault
        try:
            apply_on(cloud, plan, prober())
        except Killed:
            pass
        else:
            break
        cloud.fault = lambda when, operation: None
        settle_on(cloud)
        assert plan_on(cloud, desired(bad)).empty, "the next reconcile of main leaves it"
        assert the(cloud).marks.hold is not None
        assert errors_of(apply_on(cloud, plan_on(cloud, wanted), prober())) == []
        assert_held(cloud, good, bad)
    assert number > 2, "it took several updates"
    assert_held(cloud, good, bad)


def assert_held(cloud: MemoryCloud, good: Spec, bad: Spec) -> None:
    assert plan_on(cloud, desired(back(good, bad), prune=False)).empty
    assert plan_on(cloud, desired(bad)).empty
    assert the(cloud).marks.applied == good.applied_mark
    assert the(cloud).configuration.container.image == good.configuration.container.image


def test_one_whose_probes_fail_is_taken_back_and_nothing_is_held() -> None:
    good, bad = pair(Rollout(probes=(PROBE,)))
    cloud = started(bad)
    wrong = prober(Answer(500, b'{"error": "no"}', 1.0))
    assert errors_of(apply_on(cloud, plan_on(cloud, desired(back(good, bad), prune=False)), wrong)) != []
    live = the(cloud)
    assert (live.marks.hold, live.marks.failed) == (None, good.failed_mark)
    assert live.configuration.container.image == bad.configuration.container.image


def test_left_as_it_is_by_its_own_wish_it_stays_held() -> None:
    good, bad = pair(Rollout(probes=(PROBE,), on_failure=OnFailure.STOP))
    cloud = started(bad)
    wrong = prober(Answer(500, b'{"error": "no"}', 1.0))
    assert errors_of(apply_on(cloud, plan_on(cloud, desired(back(good, bad), prune=False)), wrong)) != []
    assert plan_on(cloud, desired(bad)).empty
    assert (
        errors_of(
            apply_on(
                cloud, plan_on(cloud, desired(back(good, bad), prune=False, retry_failed=True)), prober()
            )
        )
        == []
    )
    assert_held(cloud, good, bad)


def test_an_update_that_fails_on_its_way_out_of_a_hold_leaves_the_hold() -> None:
    good, bad = pair(Rollout(probes=(PROBE,)))
    cloud = started(bad)
    apply_on(cloud, plan_on(cloud, desired(back(good, bad), prune=False)), prober())
    fixed = replace(bad, configuration=replace(bad.configuration, description="fixed"))
    wrong = prober(Answer(500, b'{"error": "no"}', 1.0))
    assert errors_of(apply_on(cloud, plan_on(cloud, desired(fixed)), wrong)) != []
    assert the(cloud).marks.hold is not None
    assert plan_on(cloud, desired(fixed)).blocked, "it has failed"
    assert plan_on(cloud, desired(bad)).empty, "it is refused"
    assert errors_of(apply_on(cloud, plan_on(cloud, desired(fixed, retry_failed=True)), prober())) == []
    assert (the(cloud).marks.hold, plan_on(cloud, desired(fixed)).empty) == (None, True)


@LOOSE
@given(specs(), specs(), clouds())
def test_the_laws_hold_for_what_is_held(then, now, cloud) -> None:
    """Whatever the two revisions and the cloud are: after the rollback both plan to nothing, where no rule
    forbade it; and another manifest ends the hold.
    """
    settle_on(cloud)
    refused = {one.name: one for one in now}
    wanted = [back(one, refused[one.name]) for one in then if one.name in refused]
    wanted = [one for one in wanted if one.refused_mark != one.hold.refused and not one.policy.paused]
    asked = desired(*wanted, prune=False, safety=NO_LIMIT)
    plan = plan_on(cloud, asked)
    assert errors_of(apply_on(cloud, plan)) == []
    free = {item.name for item in plan.deployments} - {item.name for item in plan.blocked}
    assert not plan_on(cloud, asked).sends
    mains = [refused[name] for name in sorted(free) if not refused[name].policy.paused]
    main = desired(*mains, prune=False, safety=NO_LIMIT)
    still = plan_on(cloud, main)
    assert [item.action for item in still.deployments] == [Action.NOTHING] * len(mains)
    assert all("held at revision" in item.reason for item in still.deployments)

    others = [replace(one, configuration=replace(one.configuration, description="another")) for one in mains]
    other = desired(*others, prune=False, safety=NO_LIMIT)
    last = plan_on(cloud, other)
    assert errors_of(apply_on(cloud, last)) == []
    blocked = {item.name for item in last.blocked}
    marks = [live.marks for live in alive(cloud) if live.marks.name in free - blocked]
    assert {one.hold for one in marks if one.name in {spec.name for spec in mains}} <= {None}
    assert not plan_on(cloud, other).sends
