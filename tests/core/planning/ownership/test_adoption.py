"""A deployment that is taken over by its OCID (`metadata.adopt`), and what stands in the way of that; catalog
models that manifests name by their OCIDs.
"""

from dataclasses import replace

import pytest

from reconciler.core.model.artifact import Artifact
from reconciler.core.model.live import Marks
from reconciler.core.model.spec import Claim, GivenModel, Policy, Spec
from reconciler.core.model.target import Ownership, Safety
from reconciler.core.planning.plan import Action
from reconciler.core.planning.steps import (
    CreateDeployment,
    DeleteModel,
    KeepModel,
    NamedModel,
    PublishModel,
    UpdateDeployment,
)
from reconciler.core.planning.transition.changes import MARKS_FIELDS
from tests.support.forge import Forge, foreign, planned
from tests.support.reviews import MAY, World, models, spec

JUNE = models("trained in June")
OTHER_MODEL = "ocid1.datasciencemodel.oc1.iad.other"


def unowned() -> World:
    """A deployment that somebody made."""
    return World().of(spec(), marks=Marks())


def adopting(world: World, **changes: object) -> Spec:
    (live, *_) = world.snapshot.deployments
    return replace(spec(), adopt=live.ocid, **changes)


def test_it_takes_over_that_one_whatever_safety_says() -> None:
    world = unowned()
    item = planned(world.plan(adopting(world)))
    assert item.action is Action.UPDATE
    assert {change.field for change in item.changes} <= MARKS_FIELDS
    assert any("metadata.adopt takes over" in note for note in item.notes)
    assert planned(world.plan(spec())).action is Action.BLOCKED


@pytest.mark.parametrize(
    ("marks", "why"),
    [
        (Marks("somebody", "vision"), "belongs to the owner 'somebody'"),
        (Marks("acme-vision", "another"), "is ours already, and is marked as 'another'"),
    ],
)
def test_what_may_not_be_taken_over(marks: Marks, why: str) -> None:
    world = World().of(spec(), marks=marks)
    item = planned(world.plan(adopting(world)))
    assert item.action is Action.BLOCKED
    assert why in item.refusals[0].reason
    assert item.refusals[0].choices


def test_one_that_is_not_there_is_not_made_anew() -> None:
    item = planned(World().plan(replace(spec(), adopt="ocid1.gone")))
    assert item.action is Action.BLOCKED
    assert "is no deployment of the project" in item.refusals[0].reason


def test_two_manifests_cannot_take_over_one() -> None:
    world = unowned()
    (live,) = world.snapshot.deployments
    item = planned(world.plan(adopting(world), others=(Claim("another", adopt=live.ocid),)))
    assert item.action is Action.BLOCKED
    assert "metadata.adopt of another names" in item.refusals[0].reason


def test_once_it_is_ours_the_line_does_nothing() -> None:
    world = World().of(spec())
    assert planned(world.plan(replace(spec(), adopt="ocid1.long.gone"))).action is Action.NOTHING


def test_a_saved_plan_takes_over_only_what_it_says() -> None:
    stranger = foreign(None, "vision")
    forge = Forge(world=World(), more=(stranger,))
    told = forge.update(stranger)
    sentence = f"metadata.adopt takes over {stranger.ocid}, which carries no owner's mark"
    forge.admits(replace(told, notes=(sentence,)))
    assert "carries no owner's mark" in forge.refused(told)
    theirs = foreign("somebody", "vision")
    forge = Forge(world=World(), more=(theirs,))
    assert "belongs to the owner" in forge.refused(replace(forge.update(theirs), notes=(sentence,)))


# -- a catalog model by its OCID


def by_ocid(ocid: str) -> Spec:
    wanted = spec()
    bare = Artifact(ocid, (), frozenset())
    configuration = replace(wanted.configuration, artifact=ocid)
    return replace(wanted, artifact=bare, configuration=configuration, given=GivenModel(ocid, ocid))


def test_what_it_runs_already_is_not_changed() -> None:
    world = World().of(spec())
    (live,) = world.snapshot.deployments
    item = planned(world.plan(by_ocid(live.model_id or "")))
    assert "spec.models" not in {change.field for change in item.changes}
    assert {step.model for step in item.steps if isinstance(step, UpdateDeployment)} <= {
        KeepModel(live.model_id or "")
    }


def test_a_new_deployment_gets_it_and_nothing_is_published() -> None:
    item = planned(World().plan(by_ocid(OTHER_MODEL)))
    (create,) = (step for step in item.steps if isinstance(step, CreateDeployment))
    assert create.model == NamedModel(OTHER_MODEL)
    assert not any(isinstance(step, PublishModel) for step in item.steps)


def test_another_one_is_a_change_of_models_that_is_guarded() -> None:
    world = World().of(spec())
    item = planned(world.plan(by_ocid(OTHER_MODEL)))
    assert item.action is Action.BLOCKED, "what it serves is not known here"
    (change,) = (change for change in item.changes if change.field == "spec.models")
    assert (change.old, change.new) == (world.snapshot.deployments[0].model_id, OTHER_MODEL)


def test_content_that_is_in_the_catalog_already_is_not_uploaded() -> None:
    world = World().of(spec())
    (live,) = world.snapshot.deployments
    assert live.configuration is not None
    bare = replace(live, configuration=replace(live.configuration, artifact=None))
    world = replace(world, deployments=((bare, spec()),))
    assert "spec.models" in {change.field for change in planned(world.plan(spec())).changes}
    known = replace(spec(), given=GivenModel(live.model_id or "", MAY.digest))
    assert "spec.models" not in {change.field for change in planned(world.plan(known)).changes}
    changed = replace(spec(artifact=JUNE), given=GivenModel(live.model_id or "", MAY.digest))
    assert "spec.models" in {change.field for change in planned(world.plan(changed)).changes}


def test_what_is_marked_counts_and_not_what_a_manifest_says_of_it() -> None:
    world = World().of(spec())
    (live,) = world.snapshot.deployments
    wrong = replace(spec(artifact=JUNE), given=GivenModel(live.model_id or "", JUNE.digest))
    assert "spec.models" in {change.field for change in planned(world.plan(wrong)).changes}


def test_an_entry_of_ours_that_a_manifest_names_outlives_its_deployment() -> None:
    world = World().of(spec("gone"))
    (model,) = world.snapshot.models
    plan = world.plan(by_ocid(model.ocid))
    deleted = {step.ocid for item in plan.deployments for step in item.steps if isinstance(step, DeleteModel)}
    assert planned(plan, "gone").action in (Action.DELETE, Action.BLOCKED)
    assert model.ocid not in deleted


# -- a deployment that a manifest takes over is no other manifest's, and no orphan

ANYBODYS = Safety(
    max_deletes=9,
    update_ownership=Ownership.ADOPT_UNOWNED,
    prune_ownership=Ownership.ADOPT_UNOWNED,
)


def test_the_manifest_of_its_name_does_not_take_it_too() -> None:
    world = unowned().of(spec("stays")).of(spec("there"))
    taking = replace(adopting(world), name="another", configuration=spec("another").configuration)
    plan = world.plan(taking, spec(), spec("stays"), spec("there"), safety=ANYBODYS)
    assert (plan.refusals, planned(plan, "another").action) == ((), Action.UPDATE)
    item = planned(plan)
    assert item.action is Action.BLOCKED
    assert "metadata.adopt of another takes it over" in item.refusals[0].reason


@pytest.mark.parametrize("marks", [Marks(), Marks("acme-vision", "old")])
def test_one_that_is_named_and_cannot_be_taken_over_is_not_deleted(marks: Marks) -> None:
    world = World().of(spec(), marks=marks)
    (live,) = world.snapshot.deployments
    paused = replace(spec("another"), adopt=live.ocid, policy=Policy(paused=True))
    plan = world.plan(paused, others=(Claim("third", adopt=live.ocid),), safety=ANYBODYS)
    assert [(item.name, item.action) for item in plan.deployments] == [("another", Action.PAUSED)]
