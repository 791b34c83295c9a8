"""What clients rely on is kept, whatever a saved plan says."""

from dataclasses import replace

from reconciler.core.model.live import State
from reconciler.core.model.served.contract import Tensor
from reconciler.core.model.served.structure import Structure
from reconciler.core.model.spec import Downtime, VersionChange
from reconciler.core.planning.admission.conditions import Conditions
from reconciler.core.planning.admission.new_content import guard_refusals
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.plan import DeploymentPlan, Rollback
from reconciler.core.planning.snapshot_index import index_of
from reconciler.core.planning.steps import ActivateDeployment, DeactivateDeployment, PublishedModel, WaitFor
from tests.support.forge import ACTIVE, JUNE, Forge, planned
from tests.support.reviews import BOTH, IMAGENET, OWNER, PROBED, TWO, World, models, spec
from tests.support.served import structure_of


def without_words(item: DeploymentPlan) -> DeploymentPlan:
    return replace(item, notes=(), dangers=())


def test_another_structure_is_no_update_without_a_stop() -> None:
    """As if the manifest allowed a stop, and the stop had been taken out."""
    content = models("trained in June", TWO)
    allowed = spec(artifact=content, rollout=replace(PROBED, downtime=Downtime.ALLOW))
    item = planned(World().of(spec()).plan(allowed))
    publish, _, _, update, *_ = item.steps
    rolled = replace(item, steps=(publish, update, ACTIVE), rollbacks=())
    forge = Forge(new={content.digest: structure_of(content)})
    told = forge.refused(rolled)
    assert "the version structure would change while it serves: densenet_onnx version 1" in told


def test_a_structure_is_that_of_the_content_whatever_the_plan_says_of_it() -> None:
    item = planned(World().of(spec()).plan(spec(artifact=JUNE)))
    Forge(World().of(spec())).admits(item)
    forge = Forge(new={JUNE.digest: Structure(TWO)})
    assert "the version structure would change while it serves" in forge.refused(item)
    forge = Forge(new={JUNE.digest: None})
    assert f"what would be served from {JUNE.digest} cannot be read" in forge.refused(item)


def test_what_a_manifest_may_allow_is_told_or_refused() -> None:
    both = models("trained in June", BOTH)
    rollout = replace(PROBED, versions=VersionChange.ADDITIVE)
    item = planned(World().of(spec()).plan(spec(artifact=both, rollout=rollout)))
    forge = Forge(World().of(spec()), new={both.digest: structure_of(both)})
    forge.admits(item)
    assert "densenet_onnx version 2 would be new" in forge.refused(without_words(item))

    small = replace(IMAGENET, outputs=(Tensor("fc6_1", "FP32", (100,)),))
    other = models("trained in June", contract=small)
    rollout = replace(PROBED, tensor_changes=("densenet_onnx",))
    item = planned(World().of(spec()).plan(spec(artifact=other, rollout=rollout)))
    forge = Forge(World().of(spec()), new={other.digest: structure_of(other)})
    forge.admits(item)
    assert "clients of densenet_onnx version 1: output fc6_1" in forge.refused(without_words(item))


def test_two_contents_one_after_the_other_are_refused() -> None:
    forge = Forge(World().of(spec()))
    live = forge.live("vision")
    july = models("trained in July")
    first = planned(World().of(spec()).plan(spec(artifact=JUNE)))
    back = forge.update(live, OptionGroup.CORE, model=PublishedModel(july.digest))
    item = replace(first, rollbacks=(replace(first.rollbacks[0], steps=back.steps),))
    assert "it would get 2 contents of its models" in forge.refused(item)


def test_one_content_that_is_sent_before_a_stop_and_after_it_is_counted_once() -> None:
    forge = Forge(World().of(spec()))
    live = forge.live("vision")
    july = PublishedModel(models("trained in July").digest)
    first = planned(World().of(spec()).plan(spec(artifact=JUNE)))
    halt = (DeactivateDeployment(live.ocid), WaitFor(State.INACTIVE))
    (update, _) = forge.update(live, OptionGroup.CORE, model=PublishedModel(JUNE.digest)).steps
    again = (ActivateDeployment(live.ocid), ACTIVE)
    stopped = Rollback(0, (*halt, update, WaitFor(State.INACTIVE), *again))
    other = Rollback(0, forge.update(live, OptionGroup.CORE, model=july).steps)
    assert "it would get 2 contents" in told(forge, replace(first, rollbacks=(stopped, other)))


def told(forge: Forge, item: DeploymentPlan) -> str:
    """Why it would be refused, whatever its form is."""
    conditions = Conditions(index_of(forge.snapshot, OWNER))
    return "; ".join(refusal.reason for refusal in guard_refusals(item, conditions))


def additive() -> tuple[Forge, DeploymentPlan]:
    both = models("trained in June", BOTH)
    rollout = replace(PROBED, versions=VersionChange.ADDITIVE)
    item = planned(World().of(spec()).plan(spec(artifact=both, rollout=rollout)))
    return Forge(World().of(spec()), new={both.digest: structure_of(both)}), item


def other_tensors() -> tuple[Forge, DeploymentPlan]:
    small = replace(IMAGENET, outputs=(Tensor("fc6_1", "FP32", (100,)),))
    content = models("trained in June", contract=small)
    rollout = replace(PROBED, tensor_changes=("densenet_onnx",))
    item = planned(World().of(spec()).plan(spec(artifact=content, rollout=rollout)))
    return Forge(World().of(spec()), new={content.digest: structure_of(content)}), item


def test_the_sentences_by_which_a_saved_plan_allows_something() -> None:
    """Plans that were saved before are read by them: who rewords one makes those plans be refused."""
    _, item = additive()
    assert item.notes == (
        "additive: densenet_onnx version 2 would be new. Clients that name a version are served by it "
        "throughout; those that name none get the newest one as soon as their request meets a new instance; "
        "the new ones answer everywhere when all are replaced",
    )
    _, item = other_tensors()
    assert item.dangers == (
        "densenet_onnx version 1: output fc6_1 FP32[1000] becomes FP32[100], as rollout.tensorChanges allows",
    )


def test_only_the_very_sentence_allows_it() -> None:
    """Not one that holds its words, of another version or with another end."""
    forge, item = additive()
    forge.admits(item)
    for note in (
        item.notes[0].replace("version 2", "version 3"),
        item.notes[0].removeprefix("additive: densenet_onnx version 2 would be new. "),
        f"Do not believe it: {item.notes[0]}",
    ):
        assert "densenet_onnx version 2 would be new" in forge.refused(replace(item, notes=(note,)))
    forge, item = other_tensors()
    forge.admits(item)
    (danger,) = item.dangers
    for other in (f"{danger} no more", danger.replace("allows", "may allow")):
        assert "clients of densenet_onnx version 1" in forge.refused(replace(item, dangers=(other,)))
