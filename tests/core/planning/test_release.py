"""Our marks come off a deployment, and it runs on: when its manifest goes, or by its name; and what a saved
plan may do of that.
"""

from dataclasses import replace

import pytest

from reconciler.core.model.live import Live, Marks, State
from reconciler.core.model.spec import Policy, Prune
from reconciler.core.model.target import Safety
from reconciler.core.planning.capacity.changes import capacity_of
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.plan import Action, DeploymentPlan, Seen
from reconciler.core.planning.release import plan_release_of_names
from reconciler.core.planning.steps import (
    DeleteDeployment,
    ReleaseModel,
    UpdateDeployment,
    WaitFor,
)
from tests.support.forge import Forge, planned
from tests.support.reviews import OWNER, World, models, spec

STAYS = spec("stays", artifact=models("of another"))
RELEASE = replace(spec(), policy=Policy(prune=Prune.RELEASE, protect=True))


MARKED = Marks(OWNER, "vision", RELEASE.applied_mark, protect=True, prune=Prune.RELEASE)


def world(**changes: object) -> World:
    return World().of(RELEASE, marks=MARKED, **changes).of(STAYS)


def written(item: DeploymentPlan) -> list[UpdateDeployment]:
    return [step for step in item.steps if isinstance(step, UpdateDeployment)]


def test_the_wish_is_marked() -> None:
    item = planned(World().of(spec()).plan(RELEASE))
    assert written(item)[-1].marks.memory == "protect release"
    assert {change.new for change in item.changes if change.field == "spec.policy.prune"} == {"release"}


@pytest.mark.parametrize("state", [State.ACTIVE, State.INACTIVE, State.NEEDS_ATTENTION, State.UPDATING])
def test_when_the_manifest_goes(state: State) -> None:
    there = world(state=state)
    plan = there.plan(STAYS, safety=Safety(max_deletes=0, prune=Prune.CONFIRM))
    assert plan.refusals == ()
    item = planned(plan)
    assert (item.action, item.refusals) == (Action.RELEASE, ())
    assert not any(isinstance(step, DeleteDeployment) for step in item.steps)
    (update,) = written(item)
    assert (update.marks, update.option_groups) == (Marks(), (OptionGroup.METADATA,))
    assert update.configuration.container.environment is None
    (live, _) = there.snapshot.deployments
    assert live.configuration is not None
    assert update.configuration.labels == live.configuration.labels
    assert [step.ocid for step in item.steps if isinstance(step, ReleaseModel)] == [live.model_id]
    ends = State.INACTIVE if state is State.INACTIVE else State.ACTIVE
    assert item.steps[-1] == WaitFor(ends)


def test_a_blocked_deployment_holds_it_not_back() -> None:
    there = World().of(RELEASE, marks=MARKED).of(STAYS, marks=Marks())
    plan = there.plan(STAYS)
    assert planned(plan, "stays").action is Action.BLOCKED
    assert planned(plan).action is Action.RELEASE


def test_nobody_can_release_what_is_failed() -> None:
    item = planned(world(state=State.FAILED).plan(STAYS))
    assert item.action is Action.BLOCKED
    assert "FAILED" in item.refusals[0].reason


def test_what_another_of_ours_runs_stays_ours() -> None:
    there = world()
    (leaves, stays) = there.snapshot.deployments
    shared = replace(there.snapshot, deployments=(leaves, replace(stays, model_id=leaves.model_id)))
    plan = plan_release_of_names("prod", OWNER, ["vision"], shared)
    (item,) = plan.deployments
    assert not any(isinstance(step, ReleaseModel) for step in item.steps)


def test_by_name_or_ocid() -> None:
    there = world()
    (live, stays) = there.snapshot.deployments
    for word in (live.name, live.ocid):
        (item,) = plan_release_of_names("prod", OWNER, [word], there.snapshot).deployments
        assert (item.name, item.action) == ("vision", Action.RELEASE)
    plan = plan_release_of_names("prod", OWNER, ["vision", "nobody"], there.snapshot)
    assert [item.action for item in plan.deployments] == [Action.NOTHING, Action.RELEASE]
    theirs = replace(stays, marks=Marks("somebody", "stays"))
    foreign = replace(there.snapshot, deployments=(live, theirs))
    (item,) = plan_release_of_names("prod", OWNER, ["stays"], foreign).deployments
    assert item.action is Action.BLOCKED
    twins = replace(there.snapshot, deployments=(live, replace(live, ocid="twin")))
    (item,) = plan_release_of_names("prod", OWNER, ["vision"], twins).deployments
    assert item.action is Action.BLOCKED
    assert "2 deployments go by 'vision'" in item.refusals[0].reason


def test_what_nobody_owns_is_nothing_to_do() -> None:
    """As the same command finds it that was killed right after its update."""
    there = World().of(spec(), marks=Marks()).of(STAYS)
    (live, _) = there.snapshot.deployments
    for word in (live.display_name, live.ocid):
        plan = plan_release_of_names("prod", OWNER, [word], there.snapshot)
        (item,) = plan.deployments
        assert (item.action, item.ocid) == (Action.NOTHING, live.ocid)


def test_it_runs_on_with_what_it_has() -> None:
    there = world()
    by_name = plan_release_of_names("prod", OWNER, ["vision"], there.snapshot)
    for plan in (by_name, there.plan(STAYS)):
        assert capacity_of(plan).total.empty


# -- saved plans


def forged(forge: Forge, live: Live, *models: str, **changes: object) -> DeploymentPlan:
    update = forge.update(live, marks=Marks(), **changes)
    entries = tuple(ReleaseModel(model) for model in models)
    seen = Seen(live.ocid, live.fingerprint)
    return DeploymentPlan(live.name, Action.RELEASE, "", seen=seen, steps=(*entries, *update.steps))


def test_a_saved_plan_is_admitted() -> None:
    forge = Forge(world=world())
    live = forge.live("vision")
    forge.admits(forged(forge, live, live.model_id or ""))


def test_a_saved_plan_releases_only_what_is_marked_so() -> None:
    forge = Forge()
    assert "not marked to be released" in forge.refused(forged(forge, forge.live("vision")))


def test_a_saved_plan_changes_nothing_else_with_it() -> None:
    forge = Forge(world=world())
    live = forge.live("vision")
    assert "metadata.description would change" in forge.refused(forged(forge, live, description="new"))
    other = forge.live("stays").model_id or ""
    assert "is of another deployment" in forge.refused(forged(forge, live, other))
    item = forged(forge, live)
    (update, wait) = item.steps
    assert isinstance(update, UpdateDeployment)
    kept = replace(item, steps=(replace(update, marks=Marks(OWNER, "vision")), wait))
    assert "it would keep some of our marks" in forge.refused(kept)


def test_the_wish_is_not_taken_back_without_a_word() -> None:
    forge = Forge(world=world())
    live = forge.live("vision")
    silent = forge.update(live, marks=replace(live.marks, prune=Prune.AUTO))
    assert "spec.policy.prune would change" in forge.refused(silent)


def test_a_display_name_that_somebody_gave_it_is_not_the_name_of_another_owner() -> None:
    there = world().snapshot
    renamed = tuple(replace(live, display_name=f"new {live.name}") for live in there.deployments)
    plan = plan_release_of_names("test", OWNER, ["new vision"], replace(there, deployments=renamed))
    (refusal,) = planned(plan, "new vision").refusals
    assert refusal.reason.endswith("has this display name, and is marked as 'vision'")
    assert refusal.choices == ("reconcile release vision, if that one is meant",)


def test_what_runs_on_is_no_more_and_no_less() -> None:
    by_name = plan_release_of_names("test", OWNER, ["vision"], world().snapshot)
    for plan in (by_name, world().plan(STAYS)):
        assert planned(plan).action is Action.RELEASE
        assert capacity_of(plan).total.empty
