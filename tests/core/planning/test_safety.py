"""Whose deployments are touched, how many at once, and what is never deleted."""

from dataclasses import replace

import pytest

from reconciler.core.model.configuration import FixedScaling
from reconciler.core.model.desired import Desired
from reconciler.core.model.live import CatalogModel, Marks, State, join_tags, split_tags
from reconciler.core.model.spec import Downtime, Policy, Prune, Rollout
from reconciler.core.model.target import Ownership, Safety
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan
from reconciler.core.planning.planner import make_plan
from reconciler.core.planning.removal import plan_destroy
from reconciler.core.planning.steps import DeleteModel
from tests.support.reviews import HERE, OWNER, SUBNET, World, models, spec

THEIRS = {"nobody's": Marks(), "theirs": Marks("other", "vision"), "ours": Marks(OWNER, "vision")}
MATCH, UNOWNED, ALL = Ownership.MATCH, Ownership.ADOPT_UNOWNED, Ownership.ADOPT_ALL
MORE = FixedScaling(3)


def actions(plan: Plan) -> dict[str, Action]:
    return {item.name: item.action for item in plan.deployments}


def the(plan: Plan, name: str = "vision") -> DeploymentPlan:
    return next(item for item in plan.deployments if item.name == name)


def serving(count: int, **changes: object) -> World:
    """`vision0`, `vision1` and so on."""
    world = World()
    for number in range(count):
        world = world.of(spec(f"vision{number}"), **changes)
    return world


# -- whose they are


@pytest.mark.parametrize(
    ("policy", "whose", "may"),
    [
        (MATCH, "ours", True),
        (MATCH, "nobody's", False),
        (MATCH, "theirs", False),
        (UNOWNED, "ours", True),
        (UNOWNED, "nobody's", True),
        (UNOWNED, "theirs", False),
        (ALL, "ours", True),
        (ALL, "nobody's", True),
        (ALL, "theirs", True),
    ],
)
def test_who_owns_it_decides_what_may_be_updated_and_pruned(policy: Ownership, whose: str, may: bool) -> None:
    """Law 5. The two policies are apart: the one that is not asked about allows everything, or nothing."""
    for other in Ownership:
        updating = Safety(update_ownership=policy, prune_ownership=other)
        plan = World().of(spec(), marks=THEIRS[whose]).plan(spec(description="new"), safety=updating)
        assert the(plan).action is (Action.UPDATE if may else Action.BLOCKED)

        pruning = Safety(update_ownership=other, prune_ownership=policy)
        world = World().of(spec(), marks=THEIRS[whose]).of(spec("kept"))
        assert actions(world.plan(spec("kept"), safety=pruning)) == (
            {"kept": Action.NOTHING, "vision": Action.DELETE} if may else {"kept": Action.NOTHING}
        )


def test_ours_under_another_name_is_another_manifests() -> None:
    """Its display name was changed by hand to one that a new manifest uses."""
    world = World().of(spec("old"), display_name="vision")
    plan = world.plan(spec(), safety=Safety(update_ownership=ALL, prune_ownership=MATCH))
    assert actions(plan) == {"old": Action.BLOCKED, "vision": Action.BLOCKED}
    assert the(plan).seen is None


def test_a_mark_of_our_name_by_another_owner_is_not_ours() -> None:
    world = World().of(spec(), marks=Marks("other", "vision"), display_name="theirs")
    plan = world.plan(spec(description="new"))
    assert the(plan).action is Action.CREATE


def test_destroy_takes_only_ours() -> None:
    world = World().of(spec(), marks=Marks("other", "vision"), display_name="x").of(spec("mine"))
    plan = plan_destroy("t", OWNER, ["vision", "mine"], world.snapshot)
    assert actions(plan) == {"mine": Action.DELETE, "vision": Action.NOTHING}


# -- how many


@pytest.mark.parametrize(("limit", "refused"), [(1, True), (2, False), (3, False)])
def test_as_many_deletes_as_the_limit_and_no_more(limit: int, refused: bool) -> None:
    plan = serving(3).plan(spec("vision2"), safety=Safety(max_deletes=limit))
    gone = Action.DELETE
    assert actions(plan) == {"vision0": gone, "vision1": gone, "vision2": Action.NOTHING}
    assert bool(plan.refusals) is refused


def test_what_is_kept_does_not_count_as_deleted() -> None:
    protected = Marks(OWNER, "vision9", protect=True)
    world = serving(2).of(spec("vision9"), marks=protected)
    assert actions(world.plan(spec("vision0"))) == {
        "vision0": Action.NOTHING,
        "vision1": Action.DELETE,
        "vision9": Action.BLOCKED,
    }


@pytest.mark.parametrize(
    ("state", "refused"), [(State.ACTIVE, True), (State.INACTIVE, True), (State.FAILED, False)]
)
def test_what_is_replaced_counts_as_deleted_unless_it_had_failed(state: State, refused: bool) -> None:
    wanted = spec(network=HERE, rollout=Rollout(downtime=Downtime.ALLOW))
    plan = World().of(spec(network=SUBNET), state=state).plan(wanted, safety=Safety(max_deletes=0))
    assert the(plan).action is Action.REPLACE
    assert bool(plan.refusals) is refused


@pytest.mark.parametrize(("percent", "refused"), [(33, True), (34, False), (100, False), (0, True)])
def test_a_share_up_to_the_limit_may_change(percent: int, refused: bool) -> None:
    """One of three is 33.3 %."""
    wanted = [spec("vision0", scaling=MORE), spec("vision1"), spec("vision2")]
    plan = serving(3).plan(*wanted, safety=Safety(max_changed_percent=percent))
    assert the(plan, "vision0").action is Action.UPDATE
    assert bool(plan.refusals) is refused
    if refused:
        (refusal,) = plan.refusals
        assert "1 of 3 deployments would change" in refusal.reason
        assert "safety.maxChangedPercent: 34" in refusal.choices[0]
        assert refusal.choices[1].endswith("reconcile apply PATH… or --only NAME")


def test_the_very_share_is_allowed() -> None:
    wanted = [spec("vision0", scaling=MORE), spec("vision1")]
    plan = serving(2).plan(*wanted, safety=Safety(max_changed_percent=50))
    assert the(plan, "vision0").action is Action.UPDATE
    assert plan.refusals == ()


def test_deletes_are_changes_and_creations_are_not() -> None:
    half = Safety(max_changed_percent=49)
    assert serving(2).plan(spec("vision0"), safety=half).refusals
    plan = serving(2).plan(spec("vision0"), spec("vision1"), spec("new"), safety=half)
    assert the(plan, "new").action is Action.CREATE
    assert plan.refusals == ()


# -- what stays


def test_protection_and_the_wish_to_be_asked_survive_their_lines() -> None:
    """Law 7: they are marked on the deployment, not in a file."""
    marks = Marks(OWNER, "vision", spec().applied_mark, protect=True, prune=Prune.CONFIRM)
    plan = World().of(spec(), marks=marks).plan(spec(description="new"))
    (update,) = (step for step in the(plan).steps if hasattr(step, "marks"))
    assert (update.marks.protect, update.marks.prune) == (True, Prune.CONFIRM)


@pytest.mark.parametrize(
    ("policy", "field"),
    [(Policy(protect=True), "spec.policy.protect"), (Policy(prune=Prune.CONFIRM), "spec.policy.prune")],
)
def test_asking_for_it_is_a_change_of_its_own(policy: Policy, field: str) -> None:
    item = the(World().of(spec()).plan(spec(policy=policy)))
    assert [change.field for change in item.changes] == [field]
    assert item.action is Action.UPDATE


def test_what_is_marked_comes_back_as_it_was() -> None:
    """Law 7: the cloud's own tags are all the memory there is."""
    labels = (("team", "vision"),)
    for marks in (
        Marks(OWNER, "vision", "a" * 64, "b" * 40, failed="c" * 64, protect=True, prune=Prune.CONFIRM),
        Marks(OWNER, "vision", protect=True),
        Marks(OWNER, "vision", prune=Prune.CONFIRM),
        Marks(OWNER, "vision", failed="c" * 64),
        Marks(OWNER, "vision", "a" * 64),
        Marks(),
    ):
        assert split_tags(join_tags(labels, marks)) == (labels, marks)


@pytest.mark.parametrize("state", [State.ACTIVE, State.INACTIVE, State.FAILED])
def test_a_protected_one_is_neither_pruned_nor_destroyed(state: State) -> None:
    world = World().of(spec(), marks=Marks(OWNER, "vision", protect=True), state=state).of(spec("kept"))
    assert actions(world.plan(spec("kept")))["vision"] is Action.BLOCKED
    assert actions(plan_destroy("t", OWNER, ["vision"], world.snapshot)) == {"vision": Action.BLOCKED}


@pytest.mark.parametrize(("protect", "action"), [(None, Action.BLOCKED), (False, Action.REPLACE)])
def test_a_protected_one_is_replaced_only_when_the_manifest_gives_it_up(
    protect: bool | None, action: Action
) -> None:
    marks = Marks(OWNER, "vision", "another", protect=True)
    world = World().of(spec(), marks=marks, state=State.FAILED)
    wanted = spec(artifact=models("trained in June"), policy=Policy(protect=protect))
    assert the(world.plan(wanted)).action is action


def orphan(prune: Prune) -> World:
    return World().of(spec(), marks=Marks(OWNER, "vision", prune=prune)).of(spec("kept"))


@pytest.mark.parametrize(
    ("marked", "everywhere", "asked"),
    [
        (Prune.AUTO, Prune.AUTO, False),
        (Prune.CONFIRM, Prune.AUTO, True),
        (Prune.AUTO, Prune.CONFIRM, True),
        (Prune.CONFIRM, Prune.CONFIRM, True),
    ],
)
def test_what_wants_to_be_asked_goes_when_it_is_confirmed(
    marked: Prune, everywhere: Prune, asked: bool
) -> None:
    world, safety = orphan(marked), Safety(prune=everywhere)
    plan = world.plan(spec("kept"), safety=safety)
    assert the(plan).action is (Action.BLOCKED if asked else Action.DELETE)
    if asked:
        assert "--confirm vision" in the(plan).refusals[0].choices[0]
    other = world.plan(spec("kept"), safety=safety, confirmed=frozenset({"another"}))
    assert the(other).action is the(plan).action
    confirmed = world.plan(spec("kept"), safety=safety, confirmed=frozenset({"vision"}))
    assert the(confirmed).action is Action.DELETE


@pytest.mark.parametrize("state", [State.ACTIVE, State.INACTIVE, State.UPDATING, State.FAILED])
def test_what_is_paused_is_left_alone_in_every_state(state: State) -> None:
    world = World().of(spec(), state=state, marks=Marks(OWNER, "vision", "another"))
    plan = world.plan(spec(policy=Policy(paused=True), scaling=MORE))
    assert (the(plan).action, the(plan).steps) == (Action.PAUSED, ())
    assert plan.empty


def test_nothing_is_deleted_when_there_is_no_manifest_at_all() -> None:
    plan = World().of(spec()).plan(safety=Safety(max_deletes=99))
    assert actions(plan) == {"vision": Action.DELETE}
    assert not plan.sends


def test_a_deployment_of_another_project_is_not_there() -> None:
    assert actions(World().of(spec(), project_id="another").plan(spec("kept"))) == {"kept": Action.CREATE}


def test_a_member_of_a_group_that_nobody_runs_any_more_stays_with_its_group() -> None:
    """The service keeps a model that a group holds, so its delete would be refused."""
    world = World().of(spec()).of(spec("kept", models("other")))
    held = next(live.model_id for live in world.snapshot.deployments if live.display_name == "vision")
    group = CatalogModel(
        "group-1", "old", True, OWNER, "old", "sha256:x", is_model_group=True, members=(held or "",)
    )
    snapshot = replace(world.snapshot, models=(*world.snapshot.models, group))
    made = make_plan(Desired("prod", OWNER, (spec("kept", models("other")),), prune=True), snapshot, {})
    assert the(made).action is Action.DELETE
    assert not any(isinstance(step, DeleteModel) for step in the(made).steps)


def test_limits_are_told_of_one_as_of_one() -> None:
    plan = serving(1).plan(spec("other"), safety=Safety(max_deletes=0, max_changed_percent=10))
    told = [refusal.reason for refusal in plan.refusals]
    assert "1 deployment would be deleted or replaced; at most 0 may be at once" in told
    assert "1 of 1 deployment would change; at most 10% may at once" in told
