"""What clients rely on is kept, whatever a saved plan says."""

from dataclasses import replace

from reconciler.core.model.artifact import Structure, Tensor
from reconciler.core.model.spec import Downtime, VersionChange
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.plan import DeploymentPlan
from reconciler.core.planning.steps import PublishedModel
from tests.support.forge import ACTIVE, JUNE, Forge, planned
from tests.support.reviews import BOTH, IMAGENET, PROBED, TWO, World, models, spec


def without_words(item: DeploymentPlan) -> DeploymentPlan:
    return replace(item, notes=(), dangers=())


def test_another_structure_is_no_update_without_a_stop() -> None:
    """As if the manifest allowed a stop, and the stop had been taken out."""
    content = models("trained in June", TWO)
    allowed = spec(artifact=content, rollout=replace(PROBED, downtime=Downtime.ALLOW))
    item = planned(World().of(spec()).plan(allowed))
    publish, _, _, update, *_ = item.steps
    rolled = replace(item, steps=(publish, update, ACTIVE), rollbacks=())
    forge = Forge(new={content.digest: content.structure})
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
    forge = Forge(World().of(spec()), new={both.digest: both.structure})
    forge.admits(item)
    assert "densenet_onnx version 2 would be new" in forge.refused(without_words(item))

    small = replace(IMAGENET, outputs=(Tensor("fc6_1", "TYPE_FP32", (100,)),))
    other = models("trained in June", tensors=small)
    rollout = replace(PROBED, tensor_changes=("densenet_onnx",))
    item = planned(World().of(spec()).plan(spec(artifact=other, rollout=rollout)))
    forge = Forge(World().of(spec()), new={other.digest: other.structure})
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
