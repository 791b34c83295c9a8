"""A deployment that is called otherwise: what `metadata.renamedFrom` does, when it does nothing, and what is
told where it could help.
"""

from dataclasses import replace

import pytest

from reconciler.core.model.configuration import FixedScaling
from reconciler.core.model.desired import Desired
from reconciler.core.model.live import CatalogModel, Live, Marks, Snapshot, State
from reconciler.core.model.spec import Policy, Rollout, Spec
from reconciler.core.model.target import Ownership, Safety
from reconciler.core.planning.diff.option_groups import Impact
from reconciler.core.planning.explain.explain import explain
from reconciler.core.planning.explain.explanation import FieldStanding, LastApplied
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan
from reconciler.core.planning.planner import make_plan
from reconciler.core.planning.steps import RenameModel, UpdateDeployment
from tests.support.reviews import OWNER, World, models, spec

JUNE = models("trained in June")
NONE = Safety(max_deletes=0)


def the(plan: Plan, name: str) -> DeploymentPlan:
    return next(item for item in plan.deployments if item.name == name)


def actions(plan: Plan) -> dict[str, Action]:
    return {item.name: item.action for item in plan.deployments}


def renamed(**changes: object) -> Spec:
    """`new`, which was called `old`."""
    return replace(spec("new", rollout=Rollout(), **changes), renamed_from="old")


def old_one(**changes: object) -> World:
    return World().of(spec("old"), **changes)


def updates(item: DeploymentPlan) -> list[UpdateDeployment]:
    return [step for step in item.steps if isinstance(step, UpdateDeployment)]


def test_it_is_an_update_of_names_alone_and_no_delete() -> None:
    world = old_one()
    plan = world.plan(renamed(), safety=NONE)
    assert plan.refusals == ()
    assert actions(plan) == {"new": Action.UPDATE}
    item = the(plan, "new")
    assert item.reason == "it is renamed from old"
    assert {change.impact for change in item.changes} == {Impact.METADATA}
    assert {change.field for change in item.changes} >= {"metadata.name", "metadata.renamedFrom"}
    (update,) = updates(item)
    (live,) = world.snapshot.deployments
    assert (update.ocid, update.configuration.name, update.marks.name) == (live.ocid, "new", "new")
    assert item.seen is not None
    assert item.seen.ocid == live.ocid


def test_its_models_go_along_after_it() -> None:
    world = old_one()
    held = CatalogModel("group-1", "old", True, OWNER, "old", "sha256:g", is_model_group=True)
    others = (
        replace(held, ocid="theirs", owner="other"),
        replace(held, ocid="gone", active=False),
        replace(held, ocid="another", name="kept"),
    )
    snapshot = replace(world.snapshot, models=(held, *world.snapshot.models, *others))
    steps = the(made(snapshot, renamed()), "new").steps
    (model,) = world.snapshot.models
    assert steps[-2:] == (RenameModel(model.ocid, "new"), RenameModel("group-1", "new", is_model_group=True))
    assert sum(isinstance(step, RenameModel) for step in steps) == 2


def made(snapshot: Snapshot, *specs: Spec) -> Plan:
    return make_plan(Desired("prod", OWNER, specs, prune=True), snapshot, {})


def test_what_a_killed_run_has_left_of_the_models_is_seen_by_their_marks() -> None:
    """Law 6: the deployment has its new name, its models have not."""
    world = World().of(renamed())
    model = replace(world.snapshot.models[0], name="old", display_name="old")
    item = the(made(replace(world.snapshot, models=(model,)), renamed()), "new")
    assert item.action is Action.UPDATE
    assert item.reason == "its catalog models still go by old"
    assert item.steps == (RenameModel(model.ocid, "new"),)


def test_once_done_it_is_a_no_op() -> None:
    plan = World().of(renamed()).plan(renamed())
    assert actions(plan) == {"new": Action.NOTHING}
    assert plan.empty


def test_other_changes_ride_in_their_usual_updates_and_the_name_with_the_last() -> None:
    item = the(old_one().plan(renamed(scaling=FixedScaling(3), artifact=JUNE)), "new")
    assert item.reason == "it is renamed from old, and 2 fields differ from the manifest"
    assert [update.marks.name for update in updates(item)][-1] == "new"
    assert {rollback.steps[0].marks.name for rollback in item.rollbacks} == {"old"}
    assert isinstance(item.steps[-1], RenameModel)


@pytest.mark.parametrize("state", [State.INACTIVE, State.NEEDS_ATTENTION, State.UPDATING])
def test_in_every_state_that_can_be_updated(state: State) -> None:
    item = the(old_one(state=state).plan(renamed(), safety=NONE), "new")
    assert item.action is Action.UPDATE
    assert updates(item)[-1].marks.name == "new"


def test_one_that_is_renamed_by_hand_already_gets_its_mark() -> None:
    """Somebody typed the new name into the console."""
    item = the(old_one(display_name="new").plan(renamed()), "new")
    assert (item.action, item.reason) == (Action.UPDATE, "it is renamed from old")


def test_it_does_not_act_while_something_of_ours_has_the_new_name() -> None:
    """Then the old one is an orphan like any other, and takes its models along."""
    plan = old_one().of(renamed(artifact=JUNE)).plan(renamed(artifact=JUNE))
    assert actions(plan) == {"new": Action.NOTHING, "old": Action.DELETE}


def test_models_of_an_old_one_that_is_gone_go_along_with_a_new_one() -> None:
    """Found by the law: the next plan renamed them."""
    left = old_one().snapshot.models
    steps = the(made(Snapshot(World().project, (), left), renamed()), "new").steps
    assert steps[-1] == RenameModel(left[0].ocid, "new")


def test_models_that_outlive_an_old_one_that_goes_get_the_new_name() -> None:
    """Their content is asked for elsewhere, so they are not deleted with it."""
    world = old_one().of(renamed(artifact=JUNE))
    plan = world.plan(renamed(artifact=JUNE), spec("other"))
    kept = world.snapshot.models[0].ocid
    assert the(plan, "old").action is Action.DELETE
    assert the(plan, "new").steps == (RenameModel(kept, "new"),)
    stays = old_one(marks=Marks(OWNER, "old", protect=True)).of(renamed(artifact=JUNE))
    assert the(stays.plan(renamed(artifact=JUNE)), "new").action is Action.NOTHING


EARLIER = "2026-11-01T10:00:00.000Z"


def test_one_that_could_not_be_created_under_the_new_name_is_in_nobodys_way() -> None:
    """Whoever had not said that it is a rename, and was out of room, says so now; and a run that is killed
    before the failed one is gone has not renamed in vain.
    """
    expected = {
        "before": (old_one(), (Action.UPDATE, "it is renamed from old")),
        "after": (World().of(renamed(), created=EARLIER), (Action.NOTHING, "as it should be")),
    }
    for world, its in expected.values():
        later = {"state": State.FAILED, "ocid": "failed", "created": "2026-11-02T10:00:00.000Z"}
        plan = world.of(renamed(), **later).plan(renamed())
        assert plan.refusals == ()
        told = {item.seen.ocid: (item.action, item.reason) for item in plan.deployments if item.seen}
        gone = (Action.DELETE, "it is FAILED, and another deployment has its name now: metadata.renamedFrom")
        assert told.pop("failed") == gone
        assert list(told.values()) == [its]


def test_a_copy_that_is_younger_than_the_failed_one_is_not_taken_for_it() -> None:
    """Somebody copied in the console what could not be created."""
    world = World().of(renamed(), state=State.FAILED, created="2026-11-01T10:00:00.000Z")
    plan = world.of(renamed(), ocid="copy", created="2026-11-02T10:00:00.000Z").plan(renamed())
    assert actions(plan) == {"new": Action.BLOCKED}


def test_one_that_failed_under_the_new_name_counts_where_there_is_no_other() -> None:
    plan = World().of(renamed(), state=State.FAILED).plan(renamed())
    assert actions(plan) == {"new": Action.BLOCKED}


def test_two_of_ours_with_the_old_name_are_not_guessed_between() -> None:
    plan = old_one().of(spec("old"), ocid="twin").plan(renamed())
    assert the(plan, "new").action is Action.BLOCKED
    assert "2 deployments go by 'old'" in the(plan, "new").refusals[0].reason


def test_without_an_old_one_it_is_created() -> None:
    assert actions(World().plan(renamed())) == {"new": Action.CREATE}
    theirs = World().of(spec("old"), marks=Marks("other", "old"))
    assert actions(theirs.plan(renamed())) == {"new": Action.CREATE}


@pytest.mark.parametrize("policy", list(Ownership))
def test_a_stranger_of_the_new_name_blocks_it(policy: Ownership) -> None:
    """Law 5: whatever may be adopted, two would go by one name."""
    world = old_one().of(spec("new"), marks=Marks("other", "x"))
    plan = world.plan(renamed(), safety=Safety(update_ownership=policy))
    assert the(plan, "new").action is Action.BLOCKED
    assert "old cannot be renamed" in the(plan, "new").refusals[0].reason
    assert "old" not in actions(plan), "it is not taken for an orphan"


def test_it_is_left_alone_while_paused() -> None:
    item = the(old_one().plan(renamed(policy=Policy(paused=True))), "new")
    assert (item.action, item.steps) == (Action.PAUSED, ())


# -- what is told


def test_what_looks_like_a_rename_is_told_on_both() -> None:
    plan = old_one().plan(spec("new"))
    how = "`metadata.renamedFrom: old` keeps its OCID and endpoint"
    assert the(plan, "new").notes == (f"probably a rename of old: {how}",)
    assert the(plan, "old").notes == (f"probably renamed to new: {how}",)


@pytest.mark.parametrize(
    "world",
    [
        old_one(state=State.FAILED),
        old_one(marks=Marks(OWNER, "old", protect=True)),
        World().of(spec("old", JUNE)),
        World().of(spec("old"), marks=Marks("other", "old")),
    ],
    ids=["failed", "it stays", "another content", "not ours"],
)
def test_what_is_no_rename_is_not_told(world: World) -> None:
    plan = world.plan(spec("new"), safety=Safety(prune_ownership=Ownership.ADOPT_ALL))
    assert all(not note.startswith("probably") for item in plan.deployments for note in item.notes)


def test_of_several_each_is_told_one() -> None:
    plan = World().of(spec("old1")).of(spec("old2")).plan(spec("new1"), spec("new2"), spec("new3"))
    notes = {item.name: item.notes for item in plan.deployments}
    assert "rename of old1" in notes["new1"][0]
    assert "rename of old2" in notes["new2"][0]
    assert notes["new3"] == ()


def explained(world: World, live: Live | None, asked: Spec) -> tuple[FieldStanding, str]:
    item = the(world.plan(asked), "new")
    stories = {story.field: story for story in explain(item, OWNER, asked, live, LastApplied()).fields}
    story = stories["metadata.renamedFrom"]
    return story.standing, story.why


def test_explain_tells_of_it() -> None:
    world = old_one()
    standing, why = explained(world, world.snapshot.deployments[0], renamed())
    assert (standing, why) == (FieldStanding.PLANNED, "in update 1 of 1: live is not what the manifest says")
    world = World().of(renamed())
    done = explained(world, world.snapshot.deployments[0], renamed())
    assert done == (FieldStanding.EQUAL, "it has its new name: the line can go")
    assert explained(World(), None, renamed())[0] is FieldStanding.EQUAL
