"""Deployments that carry our marks twice, because somebody copied one: told apart, taken away one by one."""

from dataclasses import replace

import pytest

from reconciler.core.model.desired import Desired
from reconciler.core.model.live import CatalogModel, Live, Marks, Snapshot, State
from reconciler.core.model.spec import Prune
from reconciler.core.model.target import Ownership, Safety
from reconciler.core.planning.plan import Action, Plan
from reconciler.core.planning.planner import make_plan
from reconciler.core.planning.removal import plan_destroy
from reconciler.core.planning.steps import DeleteDeployment, DeleteModel
from tests.support.reviews import OWNER, World, models, spec

COPY = "ocid1.datasciencemodeldeployment.oc1.iad.copy"
FIRST = "ocid1.datasciencemodeldeployment.oc1.iad.vision"
MODEL = "ocid1.datasciencemodel.oc1.iad.vision"


def twice(**changes: object) -> World:
    world = World().of(spec(), created="2026-11-27T22:00:00.000Z")
    return world.of(spec(), **{"ocid": COPY, "created": "2026-11-28T09:30:00Z", "url": "", **changes})


def snapshot_of(world: World, *more: CatalogModel) -> Snapshot:
    """With each catalog model once, also one that two deployments run."""
    models = {model.ocid: model for model in (*world.snapshot.models, *more)}
    return replace(world.snapshot, models=tuple(models.values()))


def destroyed(world: World, *names: str, more: tuple[CatalogModel, ...] = ()) -> Plan:
    return plan_destroy("prod", OWNER, names, snapshot_of(world, *more))


def deletes(plan: Plan) -> list[str]:
    steps = [step for item in plan.deployments for step in item.steps]
    return [step.ocid for step in steps if isinstance(step, DeleteDeployment | DeleteModel)]


def test_a_manifest_of_both_is_blocked_and_told_what_there_is() -> None:
    (item,) = twice().plan(spec()).deployments
    (refusal,) = item.refusals
    assert refusal.reason == (
        f"2 deployments go by 'vision': {FIRST} (ACTIVE, created 2026-11-27 22:00 UTC, "
        f"https://modeldeployment.example/{FIRST}/predict); {COPY} (ACTIVE, created 2026-11-28 09:30 UTC, "
        "no endpoint)"
    )
    assert refusal.choices == ("reconcile destroy OCID, for each that is to go",)


def test_of_those_that_are_not_ours_none_can_be_destroyed_from_here() -> None:
    world = World().of(spec(), marks=Marks()).of(spec(), marks=Marks(), ocid=COPY)
    (item,) = world.plan(spec(), safety=Safety(update_ownership=Ownership.ADOPT_UNOWNED)).deployments
    assert item.refusals[0].choices == ("delete all but one of them in the console",)


def test_when_it_was_created_is_nothing_that_a_plan_relies_on() -> None:
    live = Live("d", "vision", World().of(spec()).snapshot.deployments[0].state, None, None)
    assert replace(live, created="2026-11-27T22:00:00Z").fingerprint == live.fingerprint


def test_a_name_of_two_is_not_destroyed() -> None:
    (item,) = destroyed(twice(), "vision").deployments
    assert (item.action, item.steps) == (Action.BLOCKED, ())
    assert "2 deployments go by 'vision'" in item.refusals[0].reason


def test_an_ocid_is_that_one_alone_and_models_that_the_other_has_stay() -> None:
    earlier = CatalogModel(
        "ocid1.datasciencemodel.oc1.iad.earlier", "vision", True, OWNER, "vision", "sha256:1"
    )
    plan = destroyed(twice(), COPY, more=(earlier,))
    (item,) = plan.deployments
    assert (item.name, item.action) == ("vision", Action.DELETE)
    assert item.seen is not None
    assert item.seen.ocid == COPY
    assert COPY in item.reason
    assert deletes(plan) == [COPY]


def test_a_model_that_only_the_copy_runs_goes_with_it() -> None:
    own = CatalogModel("ocid1.datasciencemodel.oc1.iad.own", "vision", True, OWNER, "vision", "sha256:1")
    assert deletes(destroyed(twice(model_id=own.ocid), COPY, more=(own,))) == [COPY, own.ocid]


def test_all_of_them_by_their_ocids() -> None:
    plan = destroyed(twice(), FIRST, COPY)
    assert {item.action for item in plan.deployments} == {Action.DELETE}
    assert sorted(deletes(plan)) == sorted([FIRST, COPY, MODEL])


def test_the_last_one_by_its_ocid_is_as_by_its_name() -> None:
    earlier = CatalogModel(
        "ocid1.datasciencemodel.oc1.iad.earlier", "vision", True, OWNER, "vision", "sha256:1"
    )
    one = World().of(spec())
    by_name, by_ocid = (destroyed(one, asked, more=(earlier,)) for asked in ("vision", FIRST))
    assert deletes(by_name) == deletes(by_ocid)
    assert earlier.ocid in deletes(by_ocid)


def test_an_ocid_of_one_that_is_gone_is_what_is_left_of_it() -> None:
    """A run that was interrupted after the deletion says so: `destroy OCID` completes it."""
    own = CatalogModel("ocid1.datasciencemodel.oc1.iad.own", "vision", True, OWNER, "vision", "sha256:1")
    gone = World().of(spec(), state=State.DELETED)
    assert deletes(destroyed(gone, FIRST)) == deletes(destroyed(gone, "vision")) == [MODEL]
    copy = twice(model_id=own.ocid, state=State.DELETED)
    plan = destroyed(copy, COPY, more=(own,))
    assert deletes(plan) == [own.ocid]
    assert [item.name for item in plan.deployments] == [COPY], "by its name the other one would be destroyed"


@pytest.mark.parametrize("changes", [{"marks": Marks("other", "vision")}, {"project_id": "another"}])
def test_of_one_that_is_gone_and_not_ours_nothing_is_deleted(changes: dict[str, object]) -> None:
    plan = destroyed(World().of(spec(), **{"state": State.DELETED, **changes}), FIRST)
    assert [item.action for item in plan.deployments] == [Action.NOTHING]
    (item,) = destroyed(twice(state=State.DELETED), COPY).deployments
    assert (item.name, item.action) == (COPY, Action.NOTHING)


def test_an_ocid_of_somebody_else_is_not_ours_to_destroy() -> None:
    world = World().of(spec(), marks=Marks("other", "vision")).of(spec("mine"))
    (item,) = destroyed(world, FIRST).deployments
    assert (item.name, item.action) == (FIRST, Action.BLOCKED)


def test_a_protected_copy_stays() -> None:
    world = twice(marks=Marks(OWNER, "vision", protect=True))
    (item,) = destroyed(world, COPY).deployments
    assert item.action is Action.BLOCKED
    assert "protected" in item.refusals[0].reason


KEPT = spec("kept", models("kept"))


def orphans(world: World, prune: Prune = Prune.AUTO, **asked: frozenset[str]) -> Plan:
    safety = Safety(max_deletes=2, prune=prune)
    wanted = Desired("prod", OWNER, (KEPT,), prune=True, safety=safety, **asked)
    return make_plan(wanted, snapshot_of(world.of(KEPT)), {})


def test_orphans_of_one_name_both_stay() -> None:
    """Both went, the copy and the one that it was made from."""
    plan = orphans(twice())
    assert deletes(plan) == []
    stay = [item for item in plan.deployments if item.name == "vision"]
    assert [item.action for item in stay] == [Action.BLOCKED, Action.BLOCKED]
    for item in stay:
        (refusal,) = item.refusals
        assert f"2 deployments go by 'vision': {FIRST} (" in refusal.reason
        assert "reconcile apply --confirm OCID" in refusal.choices[0]


@pytest.mark.parametrize("prune", Prune)
def test_their_name_confirms_none_of_them(prune: Prune) -> None:
    """One --confirm covered them all."""
    assert deletes(orphans(twice(), prune, confirmed=frozenset({"vision"}))) == []


@pytest.mark.parametrize("prune", Prune)
def test_the_one_that_is_confirmed_by_its_ocid_goes_alone(prune: Prune) -> None:
    plan = orphans(twice(), prune, confirmed=frozenset({COPY}))
    assert deletes(plan) == [COPY]
    (goes,) = plan.with_action(Action.DELETE)
    assert goes.reason == f"no manifest names {COPY} any more"
    both = orphans(twice(), prune, confirmed=frozenset({COPY, FIRST}))
    assert sorted(deletes(both)) == sorted([FIRST, COPY, MODEL])


def test_the_one_that_is_meant_by_its_ocid_is_planned_alone() -> None:
    plan = orphans(twice(), only=frozenset({COPY}))
    assert [(item.name, item.action) for item in plan.deployments if item.name != "kept"] == [
        ("vision", Action.DELETE)
    ]
    assert deletes(plan) == [COPY]


def test_that_it_is_meant_confirms_nothing() -> None:
    """Nor does its name, which the other has too."""
    for confirmed in (frozenset[str](), frozenset({"vision"})):
        plan = orphans(twice(), Prune.CONFIRM, only=frozenset({COPY}), confirmed=confirmed)
        assert deletes(plan) == []
        (item,) = plan.blocked
        assert f"reconcile apply --confirm {COPY}" in item.refusals[0].choices[0]


def test_the_only_one_goes_by_its_ocid_as_by_its_name() -> None:
    for word in ("vision", FIRST):
        asked = {"only": frozenset({word}), "confirmed": frozenset({word})}
        assert deletes(orphans(World().of(spec()), Prune.CONFIRM, **asked)) == [FIRST, MODEL]


def test_a_protected_copy_is_told_to_be_protected_whatever_is_confirmed() -> None:
    world = twice(marks=Marks(OWNER, "vision", protect=True))
    plan = orphans(world, confirmed=frozenset({COPY, FIRST}))
    assert deletes(plan) == [FIRST]
    (item,) = plan.blocked
    assert "protected" in item.refusals[0].reason
