"""A plan beside itself is covered in any world; with one thing taken out of the review it is not."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from reconciler.core.model.configuration import FixedScaling
from reconciler.core.model.spec import Policy, Prune
from reconciler.core.planning.diff.option_groups import Impact
from reconciler.core.planning.plan import Plan, Refusal
from reconciler.core.planning.review.compared import (
    Comparison,
    ReviewedPlan,
    SeenInReview,
    compare_with_reviewed,
)
from reconciler.core.planning.review.promises import BOOKKEEPING, CREATING, promises_of
from reconciler.core.planning.steps import (
    BuildImage,
    DeactivateDeployment,
    DeleteModel,
    ReleaseModel,
    RenameModel,
)
from tests.support.applied import deployed
from tests.support.drive import desired, plan_on, spec
from tests.support.examples import examples
from tests.support.memory import MemoryCloud
from tests.support.reviews import REVIEWS
from tests.support.worlds import clouds, specs


def compared(plan: Plan, *reviewed: Plan) -> Comparison:
    named = [ReviewedPlan(f"{number}/plan.json", one) for number, one in enumerate(reviewed)]
    return compare_with_reviewed(plan, named)


REVIEWED_STEPS = {BuildImage, DeactivateDeployment, DeleteModel, ReleaseModel, RenameModel}
"""What somebody should have seen that no change tells."""


def with_item(plan: Plan, at: int, **changes: object) -> Plan:
    items = list(plan.deployments)
    items[at] = replace(items[at], **changes)
    return replace(plan, deployments=tuple(items))


def without_one_thing(plan: Plan) -> Iterator[Plan]:
    """The plan in every way in which one thing is missing that somebody should have seen."""
    if plan.project_step:
        yield replace(plan, project_step=None)
    for at, item in enumerate(plan.deployments):
        if not item.steps or not list(promises_of(item)):
            continue
        yield replace(plan, deployments=(*plan.deployments[:at], *plan.deployments[at + 1 :]))
        yield with_item(plan, at, steps=())
        for change in item.changes:
            if change.field not in BOOKKEEPING:
                left = tuple(one for one in item.changes if one is not change)
                yield with_item(plan, at, changes=left)
        for danger in item.dangers:
            yield with_item(plan, at, dangers=tuple(one for one in item.dangers if one != danger))
        for kind in {type(step) for step in item.steps} & REVIEWED_STEPS:
            if kind is DeactivateDeployment and item.action in CREATING:
                continue  # what is created without it ends otherwise
            left = tuple(step for step in item.steps if type(step) is not kind)
            yield with_item(plan, at, steps=left)


def with_one_thing_changed(plan: Plan) -> Iterator[Plan]:
    """The plan in every way in which one field has another old or new value."""
    for at, item in enumerate(plan.deployments):
        for number, change in enumerate(item.changes if item.steps else ()):
            if change.field not in BOOKKEEPING:
                for other in (replace(change, old="another"), replace(change, new="another")):
                    changes = (*item.changes[:number], other, *item.changes[number + 1 :])
                    yield with_item(plan, at, changes=changes)


def hold(plan: Plan) -> int:
    """The laws; gives how many things can be taken out of the plan."""
    whole = replace(plan, refusals=())
    assert compared(plan, whole).unreviewed == ()
    assert compared(plan, replace(whole, deployments=()), whole).covered
    ways = list(without_one_thing(whole))
    for less in ways:
        assert not compared(plan, less).covered, less
        assert compared(less, whole).covered
    for other in with_one_thing_changed(whole):
        assert not compared(plan, other).covered, other
    return len(ways)


@settings(max_examples=examples(20), deadline=None, suppress_health_check=list(HealthCheck))
@given(specs(), clouds(), st.booleans())
def test_in_any_world_a_plan_is_covered_by_itself_and_by_nothing_less(wanted, cloud, prune) -> None:
    plan = plan_on(cloud, desired(*wanted, prune=prune))
    assume(any(item.steps for item in plan.deployments))
    hold(plan)


def released() -> Plan:
    """With the catalog model that is its own."""
    cloud = MemoryCloud(reads=1)
    deployed(cloud, spec("a"), replace(spec("b", "b"), policy=Policy(prune=Prune.RELEASE)))
    return plan_on(cloud, desired(spec("a")))


PLANS = REVIEWS | {"released": released}


@pytest.mark.parametrize("name", PLANS)
def test_so_it_is_with_every_plan_that_a_reviewer_meets(name: str) -> None:
    plan = PLANS[name]()
    assert bool(hold(plan)) is any(item.steps for item in plan.deployments)


def test_a_smaller_impact_is_less_and_a_larger_one_is_more() -> None:
    cloud = MemoryCloud(reads=1)
    deployed(cloud, spec("a"))
    plan = plan_on(cloud, desired(spec("a", scaling=FixedScaling(2))))
    (change,) = (one for one in plan.deployments[0].changes if one.field == "spec.scaling.instances")
    stopping = with_item(plan, 0, changes=(replace(change, impact=Impact.STOP),))
    assert compared(plan, stopping).covered
    assert not compared(stopping, plan).covered


def test_what_was_refused_in_one_review_may_stand_in_another() -> None:
    plan = plan_on(MemoryCloud(), desired(spec("a")))
    refused = replace(plan, refusals=(Refusal("too many"),))
    (whole, *_) = compared(plan, refused).unreviewed
    assert [(seen.refused, seen.promises) for seen in whole.seen] == [(True, ())]
    assert compared(plan, refused, plan).covered


def test_one_that_cannot_be_read_covers_nothing_and_nothing_is_covered_beside_it() -> None:
    plan = plan_on(MemoryCloud(), desired(spec("a")))
    broken = ReviewedPlan("broken/plan.json", None, "it is no plan")
    comparison = compare_with_reviewed(plan, [ReviewedPlan("plan.json", plan), broken])
    (one,) = comparison.unreviewed
    assert one.seen == (SeenInReview("broken/plan.json", unread="it is no plan"),)


def test_of_a_new_deployment_that_nobody_reviewed_its_settings_are_not_listed() -> None:
    comparison = compared(plan_on(MemoryCloud(), desired(spec("a"))))
    assert [one.promise.kind for one in comparison.unreviewed] == ["deployment"]


def test_a_new_deployment_without_what_it_had_in_review_is_another_one() -> None:
    wanted, less = spec("a", labels=(("team", "x"),)), spec("a")
    with_label, without = (plan_on(MemoryCloud(), desired(one)) for one in (wanted, less))
    (one,) = compared(without, with_label).unreviewed
    assert (one.promise.what, one.promise.new) == ("metadata.labels.team", None)
    assert compared(without, with_label, without).covered


@pytest.mark.parametrize(
    "other",
    [
        {"policy": Policy(protect=True)},
        {"policy": Policy(prune=Prune.CONFIRM)},
        {"active": False},
    ],
)
def test_a_new_deployment_is_created_with_what_is_said_of_its_end_and_its_state(
    other: dict[str, Any],
) -> None:
    plain, differs = spec("a"), replace(spec("a"), **other)
    plans = [plan_on(MemoryCloud(), desired(one)) for one in (plain, differs)]
    for now, then in (plans, reversed(plans)):
        (one,) = compared(now, then).unreviewed
        assert one.promise.kind == "setting"


def test_what_goes_or_stops_is_told_first() -> None:
    cloud = MemoryCloud(reads=1)
    deployed(cloud, spec("a"), spec("z", "z"))
    plan = plan_on(cloud, desired(spec("a", scaling=FixedScaling(2))))
    names = [one.promise.deployment for one in compared(plan).unreviewed]
    assert names[0] == "z"
    assert set(names) == {"a", "z"}
