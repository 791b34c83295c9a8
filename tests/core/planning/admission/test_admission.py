"""Saved plans, checked against the settings and what is live: what the planner makes is admitted, as far as
limits, the project and secrets that are not known do not hold it back.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given

from reconciler.core.model.configuration import Secret
from reconciler.core.model.live import Project, Snapshot
from reconciler.core.model.target import Ownership, Safety
from reconciler.core.planning.admission.admission import admitted, not_this_project
from reconciler.core.planning.admission.conditions import Conditions
from reconciler.core.planning.admission.new_content import serving_states
from reconciler.core.planning.plan import Action, DeploymentPlan
from reconciler.core.planning.snapshot_index import index_of
from tests.support.drive import desired, plan_on
from tests.support.forge import JUNE, SERVED, Forge, foreign, planned
from tests.support.growth import growth
from tests.support.reviews import CONTAINER, MAY, PROJECT, REVIEWS, World, spec
from tests.support.served import structure_of
from tests.support.worlds import clouds, specs

LINEAR = 1.01


@given(specs(), clouds())
def test_what_the_planner_makes_is_admitted(wanted, cloud) -> None:
    """As it is, save that protection which its manifest takes back is taken back by an apply of its own."""
    adopting = Safety(
        max_deletes=9, update_ownership=Ownership.ADOPT_ALL, prune_ownership=Ownership.ADOPT_UNOWNED
    )
    structures = {one.artifact.digest: structure_of(one.artifact) for one in wanted}
    for safety in (Safety(), adopting):
        plan = plan_on(cloud, desired(*wanted, safety=safety, retry_failed=True))
        snapshot = cloud.snapshot()
        index = index_of(snapshot, plan.owner)
        states = serving_states(plan, index)
        served = {state: structures.get(state.content, SERVED) for state in states}
        every = {live.ocid for live in snapshot.deployments}
        found = admitted(plan, Conditions(index, safety, every, served))
        protected = {live.ocid for live in snapshot.deployments if live.marks.protect}
        changed = [
            (before, after)
            for before, after in zip(plan.deployments, found.plan.deployments, strict=True)
            if before != after and before.action is not Action.DELETE
        ]
        assert all(before.action is Action.REPLACE for before, _ in changed), changed
        assert all(before.seen.ocid in protected for before, _ in changed), changed
        assert changed or found.plan == plan
        assert not found.stale


def test_limits_are_those_of_the_settings() -> None:
    forge = Forge(safety=Safety(max_deletes=1))
    found = forge.apply(forge.delete(forge.live("vision")), forge.delete(forge.live("other")))
    assert [refusal.reason for refusal in found.plan.refusals] == [
        "2 deployments would be deleted or replaced; at most 1 may be at once"
    ]
    forge = Forge(safety=Safety(max_changed_percent=50))
    found = forge.apply(forge.update(forge.live("vision")), forge.update(forge.live("other")))
    assert [refusal.reason for refusal in found.plan.refusals] == [
        "2 of 2 deployments would change; at most 50% may at once"
    ]


def test_a_refusal_of_the_plan_itself_stays() -> None:
    plan = REVIEWS["too_many_deletes"]()
    world = World().of(spec()).of(spec("old")).of(spec("older"))
    found = admitted(plan, Conditions(index_of(world.snapshot, plan.owner), Safety(max_deletes=9)))
    assert found.plan.refusals == plan.refusals


def test_deletes_come_last_whatever_the_file_says() -> None:
    forge = Forge()
    stopped = replace(forge.update(forge.live("vision")), action=Action.BLOCKED, steps=())
    found = forge.apply(stopped, forge.delete(forge.live("other"))).plan.deployments[1]
    assert found.action is Action.BLOCKED
    assert "deletes come after everything else" in found.refusals[0].reason


def test_one_that_is_refused_holds_back_no_update() -> None:
    forge = Forge(World().of(spec("other")), (foreign(),))
    refused, other = forge.update(foreign()), forge.update(forge.live("other"))
    found = forge.apply(refused, other)
    assert found.plan.deployments[0].action is Action.BLOCKED
    assert found.plan.deployments[1] == other
    assert found.plan.refusals == ()


def unset(item: DeploymentPlan) -> DeploymentPlan:
    return replace(item, unset=("HF_TOKEN",))


@pytest.mark.parametrize("action", [Action.NOTHING, Action.UPDATE])
def test_one_whose_secrets_were_not_looked_at_is_left_alone_and_no_other(action: Action) -> None:
    forge = Forge()
    item, other = unset(forge.update(forge.live("vision"))), forge.update(forge.live("other"))
    item = item if action is Action.UPDATE else replace(item, action=action, steps=())
    found = forge.apply(item, other).plan
    assert [one.action for one in found.deployments] == [Action.BLOCKED, Action.UPDATE]
    assert found.deployments[0].refusals[0].reason == (
        "HF_TOKEN was not set where the plan was made, so what comes from it was not looked at"
    )
    assert found.refusals == ()


def test_one_that_needs_a_secret_that_is_not_set_is_left_alone_and_no_other() -> None:
    forge = Forge(World().of(spec("other")))
    container = replace(CONTAINER, environment=(("HF_TOKEN", Secret("env.HF_TOKEN")),))
    item = replace(planned(World().plan(spec(container=container))), unset=())
    found = forge.apply(item, forge.update(forge.live("other"))).plan
    assert [one.action for one in found.deployments] == [Action.BLOCKED, Action.UPDATE]
    assert "secrets from the environment that are not set here, or empty: HF_TOKEN" in (
        found.deployments[0].refusals[0].reason
    )


@pytest.mark.parametrize("action", [Action.PAUSED, Action.BLOCKED])
def test_what_is_left_alone_anyway_needs_no_secrets(action: Action) -> None:
    forge = Forge()
    still = unset(replace(forge.update(forge.live("vision")), action=action, steps=()))
    other = forge.update(forge.live("other"))
    assert forge.apply(still, other).plan.deployments == (still, other)


def test_secrets_that_are_not_known_hold_back_deletes() -> None:
    forge = Forge()
    still = unset(replace(forge.update(forge.live("vision")), action=Action.NOTHING, steps=()))
    found = forge.apply(still, forge.delete(forge.live("other"))).plan.deployments[1]
    assert found.action is Action.BLOCKED
    assert "deletes come after everything else" in found.refusals[0].reason


def test_it_is_of_the_project_of_the_target() -> None:
    plan = REVIEWS["new_content"]()
    here = World().snapshot
    assert not_this_project(plan, here) == ""
    assert not_this_project(REVIEWS["new_deployment"](), here) == "", "it has been made since"
    other = replace(here, project=replace(PROJECT, name="other"))
    assert "the target has other" in not_this_project(plan, other)
    other = replace(here, project=replace(PROJECT, ocid="ocid1.datascienceproject.other"))
    assert "ocid1.datascienceproject.other" in not_this_project(plan, other)
    gone = replace(here, project=Project("ml-serving", None, create=True))
    assert not_this_project(replace(plan, project=replace(PROJECT, ocid=None)), gone).endswith(
        "since it was made"
    )


def test_a_project_is_made_only_where_the_target_says_so() -> None:
    plan = REVIEWS["new_deployment"]()
    found = admitted(plan, Conditions(index_of(Snapshot(Project("ml-serving", None)), plan.owner)))
    assert [refusal.reason for refusal in found.plan.refusals] == [
        "there is no project named 'ml-serving' in the target's compartment"
    ]


def test_many_are_admitted_at_once() -> None:
    """Each is looked up, not searched for."""

    def make(number: int) -> Callable[[], object]:
        world = World()
        for one in range(number):
            world = world.of(spec(f"d{one}"))
        plan = world.plan(*(spec(f"d{one}", artifact=JUNE) for one in range(number)))

        def act() -> None:
            index = index_of(world.snapshot, plan.owner)
            states = serving_states(plan, index)
            assert len(states) == number + 1
            new, old = structure_of(JUNE), structure_of(MAY)
            served = {state: new if state.content == JUNE.digest else old for state in states}
            assert admitted(plan, Conditions(index, served=served)).plan == plan

        return act

    assert growth(make) < LINEAR
