"""Whether an apply makes the image of a deployment first: builds it, and pushes it to its registry.

It makes only what the registry does not have. Whether another image may be under the name is judged in
`transition.image_verdict`.
"""

from reconciler.core.model.images.image import NoSuchImage
from reconciler.core.model.target import ImageBuilds
from reconciler.core.planning.steps import BuildImage, PushImage, Step
from reconciler.core.planning.transition.transition import NOT_THERE, Transition


def image_steps(transition: Transition) -> tuple[Step, ...]:
    """The steps that make the image, before the models are published; none where it need not be made."""
    spec, desired = transition.spec, transition.desired
    build = spec.image.build
    if desired.image_builds is ImageBuilds.NEVER or build is None or spec.image.digest:
        return ()
    missing = isinstance(spec.sight, NoSuchImage) and not spec.sight.taken
    if not missing or not has_new_image(transition):
        return ()
    image = spec.image.reference
    return (BuildImage(image, build, desired.revision), PushImage(image))


def has_new_image(transition: Transition) -> bool:
    """Whether the deployment gets an image by another name than that of the one which it runs. Under the
    same name it would keep the digest that it has (`diff.merge.fill`).
    """
    if transition.after.container.image != transition.spec.configuration.container.image:
        return False  # spec.policy.ignore leaves it as it is
    new = transition.live is NOT_THERE or transition.live.configuration is None
    return new or transition.before.container.image != transition.after.container.image
