"""Which images a saved plan may build and deploy: the rules by which it was made, by the settings of now."""

from collections.abc import Iterator

from reconciler.core.model.images.image import ImageFacts, ImageRequest, platform_of
from reconciler.core.model.target import ImageBuilds, ImagePins
from reconciler.core.planning.admission.conditions import Conditions, all_writes, checked_again
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.images.resolving import Wanted
from reconciler.core.planning.plan import DeploymentPlan, Plan, Refusal
from reconciler.core.planning.steps import BuildImage, CreateDeployment, UpdateDeployment


def images_to_make(plan: Plan) -> frozenset[Wanted]:
    """The images of which it has to be known what the registry has under their names."""
    return frozenset(_wanted(step, item) for item in plan.deployments for step in _making(item))


def wrong_images(item: DeploymentPlan, conditions: Conditions) -> Iterator[Refusal]:
    """Why the image of a deployment may not be built, or not be deployed so."""
    making = _making(item)
    if making and conditions.image_builds is ImageBuilds.NEVER:
        choice = "set images.build: onApply in reconciler.yaml, or build it before: reconcile image build"
        yield checked_again("it builds an image, and images.build in reconciler.yaml is never", choice)
    for step in making:
        facts = conditions.sights.get(_wanted(step, item))
        if isinstance(facts, ImageFacts) and not _is_of(facts, step):
            yield checked_again(f"the registry has another image under {step.image} by now")
    pinned = conditions.safety.images is ImagePins.PINNED
    if pinned and any(map(_leaves_digest_open, all_writes(item))):
        choice = "reconcile image resolve --write, and plan again"
        yield checked_again(
            "its image is not pinned, and safety.images in reconciler.yaml asks for that", choice
        )


def _making(item: DeploymentPlan) -> tuple[BuildImage, ...]:
    return tuple(step for step in item.steps if isinstance(step, BuildImage))


def _wanted(step: BuildImage, item: DeploymentPlan) -> Wanted:
    repository, _, tag = step.image.rpartition(":")
    shapes = (write.configuration.instance.shape for write in all_writes(item))
    return ImageRequest(repository, tag, build=step.build), platform_of(next(shapes, ""))


def _is_of(facts: ImageFacts, step: BuildImage) -> bool:
    return facts.composition is not None and facts.composition.build == step.build.digest


def _leaves_digest_open(write: CreateDeployment | UpdateDeployment) -> bool:
    changed = not isinstance(write, UpdateDeployment) or OptionGroup.CONTAINER in write.option_groups
    return changed and write.configuration.container.digest is None
