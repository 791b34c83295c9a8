"""What the image of a deployment means for its plan: what is refused, what is a danger, and what is told.

Whether an image fits is judged where the container or the models change, and whether it is there and pinned
where servers are started. What stays as it is, is never refused.
"""

from collections.abc import Iterator
from dataclasses import replace

from reconciler.core.model.images.image import ImageFacts, ImageRequest, NoSuchImage, NotLookedUp, platform_of
from reconciler.core.model.target import ImageBuilds, ImagePins
from reconciler.core.planning.diff.fields import DIGEST, DIGEST_POINTER, MODELS_FIELD
from reconciler.core.planning.diff.merge import ignored
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.images import fit
from reconciler.core.planning.plan import Action, DeploymentPlan, Refusal
from reconciler.core.planning.refusals import NOT_PINNED, blocked
from reconciler.core.planning.steps import ActivateDeployment, BuildImage, CreateDeployment, UpdateDeployment
from reconciler.core.planning.transition.batches import ROLLING
from reconciler.core.planning.transition.changes import carried_by_none
from reconciler.core.planning.transition.image_steps import has_new_image
from reconciler.core.planning.transition.transition import NOT_THERE, Transition

BUILD_AND_PUSH = "reconcile image build, and reconcile image push"
PIN = "reconcile image resolve --write, which pins it in the manifest"
STARTS_SERVERS = ROLLING | {OptionGroup.SCALING}
"""Option groups whose update starts servers, for which the service pulls the image."""

DECIDES_FIT = (MODELS_FIELD, "spec.instance.shape")
"""Fields outside of the container by which an image may come not to fit any more."""


def with_image(transition: Transition, plan: DeploymentPlan) -> DeploymentPlan:
    """The plan, with all that its image means for it."""
    there = transition.live is not NOT_THERE
    if there and ignored(DIGEST_POINTER, transition.spec.policy.ignore):
        return plan
    plan = _not_looked_up(transition, plan)
    if plan.action is Action.NOTHING and (what := _other_build(transition)):
        then = "reconcile image resolve --write" if transition.spec.image.digest else "plan again"
        return replace(plan, reason=f"{plan.reason}, but {what}: {BUILD_AND_PUSH}, then {then}")
    if not _starts_servers(plan):
        return plan
    refusals = (
        *_not_pinned(transition),
        *_not_there(transition, plan),
        *_not_moved(transition),
        *_two_contents(transition, plan),
    )
    notes, dangers = (*plan.notes, *_moved(transition, plan)), (*plan.dangers, *_only_told(transition))
    if _fit_may_change(plan):
        refusals, dangers = (*refusals, *_unfit(transition)), (*dangers, *_doubts(transition))
    plan = replace(plan, notes=notes, dangers=dangers)
    return blocked(carried_by_none(plan), *refusals) if refusals else plan


def _starts_servers(plan: DeploymentPlan) -> bool:
    return any(
        isinstance(step, CreateDeployment | ActivateDeployment)
        or (isinstance(step, UpdateDeployment) and bool(STARTS_SERVERS & set(step.option_groups)))
        for step in plan.steps
    )


def _fit_may_change(plan: DeploymentPlan) -> bool:
    return plan.action in (Action.CREATE, Action.REPLACE) or any(
        change.option_group is OptionGroup.CONTAINER or change.field in DECIDES_FIT for change in plan.changes
    )


# -- what a registry did not tell


def _not_looked_up(transition: Transition, plan: DeploymentPlan) -> DeploymentPlan:
    """Not seen changes nothing: the plan says so, and goes on with the image that is live."""
    image, sight = transition.spec.image, transition.spec.sight
    if not isinstance(sight, NotLookedUp):
        return plan
    if not image.digest and not has_new_image(transition):
        return replace(plan, unseen=sight.why)
    if not _fit_may_change(plan):
        return plan
    what = "the image" if image.digest else tag_words(image)
    rest = "" if image.digest else "the service itself resolves it, and "
    note = f"{what} could not be looked up ({sight.why}): {rest}whether it fits is not known"
    return replace(plan, notes=(*plan.notes, note))


def _moved(transition: Transition, plan: DeploymentPlan) -> Iterator[str]:
    moved = any(change.field == DIGEST for change in plan.changes)
    if moved and transition.spec.looked_up and not has_new_image(transition):
        tag = tag_words(transition.spec.image)
        yield f"{tag} has moved: another image stands behind it than the live one"


def tag_words(image: ImageRequest) -> str:
    """Its tag, for people."""
    return f"tag {image.reference.removeprefix(image.repository).removeprefix(':')}"


# -- what is refused


def _not_pinned(transition: Transition) -> Iterator[Refusal]:
    pins = transition.desired.safety.images
    if pins is ImagePins.PINNED and not transition.spec.image.digest:
        yield Refusal(NOT_PINNED, (PIN,))


def _not_there(transition: Transition, plan: DeploymentPlan) -> Iterator[Refusal]:
    """In a tenancy nothing starts without its image."""
    image, sight = transition.spec.image, transition.spec.sight
    made = any(isinstance(step, BuildImage) for step in plan.steps)
    if not isinstance(sight, NoSuchImage) or made or not transition.desired.tenancy:
        return
    yield Refusal(_absent(image, sight), tuple(_ways_to_it(transition)))


def _absent(image: ImageRequest, sight: NoSuchImage) -> str:
    pinned = f"@{image.digest}" if image.digest else ""
    return f"the registry has no image {image.reference}{pinned}: {sight.why}"


def _ways_to_it(transition: Transition) -> Iterator[str]:
    image = transition.spec.image
    if image.build and not image.digest:
        yield BUILD_AND_PUSH
        if transition.desired.image_builds is ImageBuilds.NEVER:
            yield "set images.build: onApply in reconciler.yaml, and apply does both"
    elif image.digest:
        yield "push that image, or pin another one: reconcile image resolve --write"
    else:
        yield "push it, or check the name and the tag in spec.image"


def _not_moved(transition: Transition) -> Iterator[Refusal]:
    """An apply moves no tag that somebody has given to another image."""
    if transition.desired.image_builds is ImageBuilds.ON_APPLY and (what := _other_build(transition)):
        choices = ("leave spec.image.tag out: then it is made from the build", "give it a new tag")
        if transition.spec.image.digest:
            choices = (
                "take spec.image.digest out",
                "pin the image of this build: reconcile image resolve --write",
            )
        yield Refusal(f"{what}, and apply moves no tag", choices)


def _two_contents(transition: Transition, plan: DeploymentPlan) -> Iterator[Refusal]:
    """An image that is built has one content, whichever of its deployments is built for first."""
    if not any(isinstance(step, BuildImage) for step in plan.steps):
        return
    image = transition.spec.image
    for other in transition.desired.specs:
        name = other.image.reference
        if name == image.reference and other.image.build not in (None, image.build):
            reason = f"{other.name!r} asks for {name} with another content"
            yield Refusal(reason, ("give them different tags", "leave the tags out: the content decides"))
            return


def _content(transition: Transition) -> ImageFacts | None:
    """What the registry says of the image, if it has its content: the local cloud's has digests alone."""
    sight = transition.spec.sight
    return sight if isinstance(sight, ImageFacts) and sight.size else None


def _unfit(transition: Transition) -> Iterator[Refusal]:
    spec, facts = transition.spec, _content(transition)
    if facts is None:
        return
    shape, container = spec.configuration.instance.shape, transition.after.container
    for unfit in (
        *fit.unfit_for_shape(facts, platform_of(shape), shape),
        *fit.unfit_to_start(facts, container),
    ):
        yield Refusal(unfit.reason, unfit.choices)
    for lack in _missing(transition):
        if lack.certain:
            yield Refusal(_lack_words(lack, facts), (_remedy(lack, spec.image),))


def _missing(transition: Transition) -> Iterator[fit.Lack]:
    facts = _content(transition)
    if facts and facts.composition:
        held = facts.composition
        yield from fit.missing(transition.spec.needs, held.triton, held.backends, held.repo_agents)


def _lack_words(lack: fit.Lack, facts: ImageFacts) -> str:
    release = facts.composition.triton if facts.composition else ""
    held = f"and the image has {release}" if lack.part == fit.RELEASE else "which the image does not hold"
    return f"{lack.what}, {held}"


def _remedy(lack: fit.Lack, image: ImageRequest) -> str:
    if image.build is None:
        return "name an image in spec.image that holds it"
    if lack.value in (*image.build.backends, *image.build.repo_agents):
        return f"spec.image.build has it, and the image was made before: {BUILD_AND_PUSH}, under a new tag"
    if lack.part == fit.RELEASE:
        return f"set spec.image.build.triton to {lack.value} or later; then {BUILD_AND_PUSH}"
    return f"have {lack.value} among spec.image.build.{lack.part}; then {BUILD_AND_PUSH}"


# -- what is told


def _only_told(transition: Transition) -> Iterator[str]:
    image, sight = transition.spec.image, transition.spec.sight
    if isinstance(sight, NoSuchImage) and not transition.desired.tenancy:
        yield f"{_absent(image, sight)}; the local cloud runs without, unless its servers are containers"


def _doubts(transition: Transition) -> Iterator[str]:
    facts = _content(transition)
    if facts is None:
        return
    yield from fit.doubts(facts, transition.after.container)
    yield from (_lack_words(lack, facts) for lack in _missing(transition) if not lack.certain)
    if transition.desired.image_builds is ImageBuilds.NEVER and (what := _other_build(transition)):
        yield what


def _other_build(transition: Transition) -> str:
    """That the image was made of another build than the manifest has; empty where that is not known."""
    image, facts = transition.spec.image, _content(transition)
    if not facts or not facts.composition or image.build is None:
        return ""
    if facts.composition.build in ("", image.build.digest):
        return ""
    return "the image was made of another build than spec.image.build says"
