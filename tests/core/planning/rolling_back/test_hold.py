"""Holds: how long one lasts, what is said of it, where it stands in the marks, and in a saved plan."""

import json
from dataclasses import replace
from typing import Any

import pytest

from reconciler.core.model.configuration import Secret, to_json
from reconciler.core.model.images.image import ImageRequest
from reconciler.core.model.live import LONGEST_TAG, Marks, State, join_tags, split_tags
from reconciler.core.model.proof.probes import File, Probe
from reconciler.core.model.spec import Hold, Policy, Prune, Rollout, Spec
from reconciler.core.planning.capacity.changes import capacity_of
from reconciler.core.planning.diff.comparison import Change
from reconciler.core.planning.diff.option_groups import Impact, OptionGroup
from reconciler.core.planning.explain.explain import explain
from reconciler.core.planning.explain.explanation import FieldStanding, LastApplied
from reconciler.core.planning.images.resolving import with_sight
from reconciler.core.planning.plan import Action, DeploymentPlan
from reconciler.core.planning.rolling_back.ending import plan_end_of_holds
from reconciler.core.planning.rolling_back.hold import HOLD_FIELD, held
from reconciler.core.planning.run_scope import to_guard
from reconciler.report.plan.words import summary
from tests.support.drive import desired
from tests.support.forge import Forge
from tests.support.memory_registry import facts
from tests.support.reviews import OWNER, World, spec
from tests.support.transitions import JUNE, fields, kinds, the, updates, with_variables

COMMIT = "c" * 40
PROBE = Probe("m", File("/here/in.json", "0" * 64))
GOOD, BAD = spec(), spec(artifact=JUNE, rollout=Rollout(probes=(PROBE,)))
HOLD = Hold(BAD.refused_mark, COMMIT)


def kept(wanted: Spec = BAD, **changes: Any) -> World:
    """A deployment of the good spec that is held there, with what was refused."""
    marks = Marks(OWNER, "vision", GOOD.applied_mark, COMMIT, hold=Hold(wanted.refused_mark, COMMIT))
    return World().of(GOOD, marks=replace(marks, **changes.pop("marks", {})), **changes)


def test_a_held_deployment_plans_to_nothing_and_says_why() -> None:
    plan = kept().plan(BAD)
    assert plan.empty
    assert the(plan).reason == (
        "held at revision cccccccccccccccc by a rollback: what its manifest asks for was refused; it ends "
        "with another manifest, or with reconcile rollback --resume vision"
    )


@pytest.mark.parametrize("state", [State.INACTIVE, State.FAILED, State.NEEDS_ATTENTION, State.UPDATING])
def test_whatever_state_it_is_in(state: State) -> None:
    item = the(kept(state=state).plan(BAD))
    assert (item.action, item.steps) == (Action.NOTHING, ())
    assert f"it is {state}" in item.reason


def test_it_is_not_said_to_be_as_its_manifest_says() -> None:
    assert summary(kept().plan(BAD)) == "Nothing to do; 1 deployment left as it is."


def test_its_end_changes_nothing_that_runs() -> None:
    there = kept().snapshot
    plan = plan_end_of_holds("test", OWNER, there.deployments, there)
    assert plan.sends
    assert capacity_of(plan).total.empty


def test_secrets_that_are_not_set_here_block_nothing() -> None:
    """They make no other spec: a runner without them keeps the hold as well."""
    hidden = spec(artifact=JUNE, **with_variables(TOKEN=Secret("env.TOKEN", None)))
    known = spec(artifact=JUNE, **with_variables(TOKEN=Secret("env.TOKEN", "hunter2")))
    plan = kept(known).plan(hidden, applying=True)
    assert plan.empty
    assert not plan.blocked


ENDS: dict[str, Spec] = {
    "the manifest": replace(BAD, configuration=replace(BAD.configuration, description="another")),
    "its files": replace(spec(), rollout=BAD.rollout),
    "its probes": replace(BAD, rollout=Rollout(probes=(replace(PROBE, input=File("x", "1" * 64)),))),
    "its state": replace(BAD, active=False),
}


@pytest.mark.parametrize("what", ENDS)
def test_a_hold_ends_with(what: str) -> None:
    item = the(kept().plan(ENDS[what], retry_failed=True))
    assert item.action is not Action.NOTHING
    assert HOLD_FIELD in fields(item)
    assert updates(item.steps)[-1].marks.hold is None


STAYS: dict[str, Spec] = {
    "where it is checked out": replace(
        BAD, rollout=Rollout(probes=(replace(PROBE, input=File("/x", "0" * 64)),))
    ),
    "what may be deleted": replace(BAD, policy=Policy(protect=True, prune=Prune.CONFIRM)),
    "what is done when it fails": replace(BAD, rollout=replace(BAD.rollout, tensor_changes=("m",))),
}


@pytest.mark.parametrize("what", STAYS)
def test_a_hold_stays_whatever(what: str) -> None:
    assert the(kept().plan(STAYS[what])).action is Action.NOTHING


def test_a_hold_stays_when_the_tag_of_an_image_moves() -> None:
    tagged = replace(BAD, image=ImageRequest("iad.ocir.io/acme/triton", "1", None))
    assert len({with_sight(tagged, sight).refused_mark for sight in (None, facts("one"), facts("two"))}) == 1


def test_when_the_revert_is_merged_only_the_mark_goes() -> None:
    item = the(kept().plan(GOOD))
    assert (item.reason, kinds(item.steps)) == ("it is as the manifest says: its hold ends", ["METADATA"])
    (update,) = updates(item.steps)
    assert (update.marks.hold, update.marks.applied) == (None, GOOD.applied_mark)


def test_what_is_so_already_is_only_marked() -> None:
    item = the(World().of(GOOD).plan(replace(GOOD, hold=HOLD)))
    assert item.reason == "it is as the manifest said at that revision, and is held so"
    assert kinds(item.steps) == ["METADATA"]


def test_a_manifest_that_is_gone_deletes_it() -> None:
    plan = kept().of(spec("other")).plan(spec("other"))
    assert {item.name: item.action for item in plan.deployments} == {
        "vision": Action.DELETE,
        "other": Action.NOTHING,
    }


def test_nothing_is_read_of_what_is_held() -> None:
    world = kept()
    assert to_guard(desired(BAD, owner=OWNER), world.snapshot) == ()
    assert to_guard(desired(GOOD, owner=OWNER), World().of(BAD).snapshot) != ()


@pytest.mark.parametrize("rollout", [Rollout(), Rollout(probes=(PROBE,))], ids=["plain", "probes"])
def test_the_hold_begins_with_the_first_update_and_all_count_as_applied_after_the_last(
    rollout: Rollout,
) -> None:
    good = spec(rollout=rollout, **with_variables(LEVEL="1"))
    item = the(World().of(BAD).plan(replace(good, hold=HOLD)))
    first, *_, last = [
        update for update in updates(item.steps) if OptionGroup.METADATA in update.option_groups
    ]
    assert updates(item.steps)[0] is first
    assert (first.marks.hold, first.marks.applied) == (HOLD, None)
    assert (last.marks.hold, last.marks.applied) == (HOLD, good.applied_mark)
    backs = [update for back in item.rollbacks for update in updates(back.steps)]
    assert {update.marks.hold for update in backs} == {None}, "what is taken back is not held"


def test_one_that_did_not_end_is_kept_too_and_the_way_on_is_told() -> None:
    item = the(kept(marks={"applied": None}).plan(BAD))
    assert item.action is Action.NOTHING
    assert f"that rollback did not end: reconcile rollback vision --to {COMMIT} --now" in item.reason


def test_the_memory_holds_all_of_it_and_gives_up_the_end_of_a_reason() -> None:
    marks = Marks(OWNER, "vision", "a" * 64, COMMIT, protect=True, prune=Prune.CONFIRM, hold=HOLD)
    marks = marks.remembering(f"{'f' * 64}-{'1' * 16}", "2026-01-01T00:00:00Z", "refused: 409 " + "x" * 87)
    assert len(marks.memory or "") <= LONGEST_TAG
    assert marks.failed_why.startswith("refused: 409")
    assert split_tags(join_tags((), marks))[1] == marks, "it is read back as it was sent"


def test_explain_says_of_each_field_that_it_is_held() -> None:
    world = kept()
    (live,) = world.snapshot.deployments
    told = explain(the(world.plan(BAD)), OWNER, BAD, live, LastApplied(unknown="-"))
    by_field = {story.field: story for story in told.fields}
    assert by_field["spec.models"].standing is FieldStanding.HELD
    assert by_field[HOLD_FIELD].live == HOLD.words


def test_the_one_function_for_others() -> None:
    assert held(BAD, kept().snapshot.deployments[0].marks) == HOLD
    assert held(GOOD, kept().snapshot.deployments[0].marks) is None
    assert held(replace(BAD, hold=HOLD), kept().snapshot.deployments[0].marks) is None, (
        "it is a rollback itself"
    )


# -- the end on demand


def test_the_end_on_demand_takes_the_mark_off_and_changes_nothing_else() -> None:
    world = kept()
    (live,) = world.snapshot.deployments
    (item,) = plan_end_of_holds("prod", OWNER, (live,), world.snapshot).deployments
    assert kinds(item.steps) == ["METADATA"]
    (update,) = updates(item.steps)
    assert update.marks == replace(live.marks, hold=None)
    assert live.configuration is not None
    container = replace(live.configuration.container, environment=None)
    assert update.configuration == replace(live.configuration, container=container)


def test_live_variables_are_in_no_plan_that_ends_a_hold() -> None:
    """They may be secrets that were declared in a manifest which is gone."""
    held_with_token = spec(**with_variables(TOKEN="hunter2"))
    marks = Marks(OWNER, "vision", GOOD.applied_mark, COMMIT, hold=HOLD)
    there = World().of(held_with_token, marks=marks).snapshot
    plan = plan_end_of_holds("prod", OWNER, there.deployments, there)
    assert plan.sends
    assert "hunter2" in repr(there)
    assert "hunter2" not in json.dumps(to_json(plan))


@pytest.mark.parametrize(
    ("world", "action"), [(World().of(GOOD), Action.NOTHING), (kept(state=State.FAILED), Action.BLOCKED)]
)
def test_what_cannot_be_ended(world: World, action: Action) -> None:
    plan = plan_end_of_holds("prod", OWNER, world.snapshot.deployments, world.snapshot)
    assert the(plan).action is action


# -- saved plans


def test_a_saved_plan_begins_and_ends_no_hold_without_a_word() -> None:
    forge = Forge(kept())
    live = forge.live("vision")
    for hold in (None, Hold("0" * 32, COMMIT)):
        silent = forge.update(live, marks=replace(live.marks, hold=hold))
        assert f"{HOLD_FIELD} would change" in forge.refused(silent)
        forge.admits(_telling(silent, hold))
    free = Forge(World().of(GOOD))
    silent = free.update(free.live("vision"), marks=replace(free.live("vision").marks, hold=HOLD))
    assert f"{HOLD_FIELD} would change" in free.refused(silent)


def _telling(item: DeploymentPlan, hold: Hold | None) -> DeploymentPlan:
    change = Change(HOLD_FIELD, HOLD.words, hold and hold.words, OptionGroup.METADATA, Impact.METADATA, "-")
    return replace(item, changes=(change,))


def test_a_plan_made_before_the_rollback_is_stale() -> None:
    before, after = World().of(GOOD).snapshot.deployments[0], kept().snapshot.deployments[0]
    assert before.fingerprint != replace(after, marks=replace(after.marks)).fingerprint
