"""The laws, as properties over random manifests and random clouds in memory."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.core.model.live import GONE, Live, Marks, State
from reconciler.core.model.spec import Downtime, Spec
from reconciler.core.model.target import OptionGroupsReading, Safety
from reconciler.core.planning.admission.plan_form import faults
from reconciler.core.planning.plan import Action, Plan
from reconciler.core.planning.withheld.withholding import withhold
from reconciler.core.privacy.redactor import MASK
from tests.support.drive import OWNER, apply_on, desired, errors_of, plan_on, settle_on
from tests.support.examples import examples
from tests.support.memory import MemoryCloud
from tests.support.worlds import clouds, specs

LOOSE = settings(max_examples=examples(50), suppress_health_check=[HealthCheck.too_slow])
STRUCTURES = st.sampled_from([frozenset({("m", 1)}), frozenset({("m", 2)})])
NO_LIMIT = Safety(max_deletes=99)


def untouchable(cloud: MemoryCloud, plan: Plan) -> dict[str, object]:
    """What must stay as it is: what is not ours, and what a rule holds back."""
    held = {item.seen.ocid for item in plan.blocked if item.seen}
    return {
        ocid: (live.marks, live.configuration, live.state)
        for ocid, live in cloud.deployments.items()
        if live.state not in GONE and (ocid in held or live.marks.owner != OWNER)
    }


def released_by(cloud: MemoryCloud, plan: Plan) -> dict[str, object]:
    """What this plan gives up: it is nobody's afterwards, and goes on as it was. The write that
    takes the marks off may end what needed attention.
    """
    given_up = {item.ocid for item in plan.deployments if item.action is Action.RELEASE}
    lives = {ocid: cloud.deployments[ocid] for ocid in given_up}
    healthy = {State.NEEDS_ATTENTION: State.ACTIVE}
    return {
        ocid: (Marks(), live.configuration, healthy.get(live.state, live.state))
        for ocid, live in lives.items()
    }


@LOOSE
@given(specs(), clouds(), STRUCTURES, st.sampled_from(OptionGroupsReading), st.booleans())
def test_apply_then_plan_and_nothing_is_left_but_what_is_blocked(
    wanted, cloud, structure, reading, withheld
) -> None:
    """Law 1, and what is blocked stops no other. On the way laws 3 (outages only where allowed), 4, 5 and 13.
    The cloud in memory refuses what the service refuses, by rules of its own. Half of the plans hold no live
    text at all.
    """
    cloud.documented = reading is OptionGroupsReading.DOCUMENTED
    asked = desired(*wanted, safety=replace(NO_LIMIT, option_groups=reading))
    settle_on(cloud)
    before = {ocid: live.state for ocid, live in cloud.deployments.items()}

    plan = plan_on(cloud, asked, structure)
    if plan.refusals:
        assert not wanted
        assert not plan.sends
        return
    kept = untouchable(cloud, plan) | released_by(cloud, plan)
    if withheld:
        said = {spec.name: spec.configuration for spec in wanted}
        plan = withhold(plan, cloud.deployments, said, lambda text: MASK)
        assert list(faults(plan)) == []
    assert errors_of(apply_on(cloud, plan)) == []

    again = plan_on(cloud, asked, structure)
    assert not again.sends, again
    assert {item.name for item in again.blocked} == {item.name for item in plan.blocked}
    assert again.empty or again.blocked
    blocked = {item.name for item in plan.blocked}
    free = [spec for spec in wanted if spec.name not in blocked]
    for spec in free:
        if not spec.policy.paused:
            assert [live.state for live in ours(cloud, spec)] == [state_asked(spec, plan, before)]
    stopped = {cloud.deployments[ocid].marks.name for ocid in cloud.outages}
    assert stopped <= {spec.name for spec in free if may_stop(spec, plan, before)}
    assert untouchable(cloud, plan) == kept
    assert set(before) <= set(cloud.deployments)
    if any(spec.name in blocked for spec in wanted):
        assert not any(item.action is Action.DELETE for item in plan.deployments)


def ours(cloud: MemoryCloud, spec: Spec) -> list[Live]:
    """The deployments of this manifest that are there."""
    alive = (live for live in cloud.deployments.values() if live.state not in GONE)
    return [live for live in alive if (live.marks.owner, live.marks.name) == (OWNER, spec.name)]


def state_asked(spec: Spec, plan: Plan, before: dict[str, State]) -> State:
    """The state that the manifest asks for; an ignored one stays what it was, replaced or not."""
    item = next(item for item in plan.deployments if item.name == spec.name)
    was = before.get(item.seen.ocid) if item.seen else None
    if "/spec/state" in spec.policy.ignore and was not in (None, State.FAILED):
        return State.INACTIVE if was is State.INACTIVE else State.ACTIVE
    return State.ACTIVE if spec.active else State.INACTIVE


def may_stop(spec: Spec, plan: Plan, before: dict[str, State]) -> bool:
    """A replacement of a deployment that is to stay inactive is created active, and then stopped."""
    inactive = state_asked(spec, plan, before) is State.INACTIVE
    return spec.rollout.downtime is Downtime.ALLOW or inactive or not spec.active


@LOOSE
@given(specs(), clouds(), STRUCTURES)
def test_a_plan_is_the_same_for_the_same_world(wanted, cloud, structure) -> None:
    first, second = (plan_on(cloud, desired(*wanted), structure) for _ in range(2))
    assert first == second
    assert first.digest == second.digest


@LOOSE
@given(specs(), clouds())
def test_another_version_structure_is_never_sent_to_what_serves(wanted, cloud) -> None:
    """Law 4: a changed model with another structure is blocked, or stopped first where the manifest allows
    it.
    """
    plan = plan_on(cloud, desired(*wanted), frozenset({("m", 2)}))
    for item in plan.deployments:
        updates = [step for step in item.steps if type(step).__name__ == "UpdateDeployment"]
        moved = any(change.field == "spec.models" for change in item.changes)
        live = cloud.deployments.get(item.seen.ocid) if item.seen else None
        if (
            item.action is Action.UPDATE
            and moved
            and live
            and live.state in {State.ACTIVE, State.NEEDS_ATTENTION}
        ):
            names = [type(step).__name__ for step in item.steps]
            first = next(name for name in names if not name.startswith("Publish"))
            assert first == "DeactivateDeployment"
            assert len(updates) == 1


@LOOSE
@given(specs(), clouds())
def test_more_deletes_than_the_limit_are_refused_and_then_nothing_is_sent(wanted, cloud) -> None:
    plan = plan_on(cloud, desired(*wanted, safety=Safety(max_deletes=1)))
    if sum(item.action is Action.DELETE for item in plan.deployments) > 1:
        assert plan.refusals
        assert not plan.sends
