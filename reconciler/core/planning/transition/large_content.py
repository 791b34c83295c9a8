"""What is told, or refused, of content that is too large for one upload to the catalog.

How it is sent is decided when its size is known to the byte; for files that are yet to be downloaded that is
not before the plan is applied.
"""

from dataclasses import replace

from reconciler.core.model.artifact import Artifact, packed_at_most
from reconciler.core.planning.plan import DeploymentPlan, Refusal
from reconciler.core.planning.refusals import blocked
from reconciler.core.planning.steps import PublishModel
from reconciler.core.planning.transition.changes import carried_by_none
from reconciler.core.planning.transition.transition import Transition

GB = 10**9


def with_large_content(transition: Transition, plan: DeploymentPlan) -> DeploymentPlan:
    """The plan, with what it means that content is large: it goes through the target's bucket, or nowhere."""
    desired = transition.desired
    new = [step.artifact for step in plan.steps if isinstance(step, PublishModel) and not step.in_catalog]
    sizes = {artifact.digest: packed_at_most(artifact) or 0 for artifact in new}
    bucket = desired.bucket is not None
    large = [item for item in new if not desired.direct.allow(sizes[item.digest], bucket=bucket)]
    if not large:
        return plan
    if desired.bucket is None:
        refusals = (_no_bucket(transition, artifact, sizes[artifact.digest]) for artifact in large)
        return blocked(carried_by_none(plan), *refusals)
    where = f"through the bucket {desired.bucket.name} into the catalog"
    notes = (f"{_named(artifact)} ({sizes[artifact.digest] / GB:.1f} GB) goes {where}" for artifact in large)
    return replace(plan, notes=(*plan.notes, *notes))


def _no_bucket(transition: Transition, artifact: Artifact, size: int) -> Refusal:
    target, most = transition.desired.target, transition.desired.direct.most
    return Refusal(
        f"{_named(artifact)} has {size / GB:.1f} GB, and one upload to the model catalog takes "
        f"{most / GB:g} GB at most; more goes through a bucket, and the target {target} names none",
        (
            f"give the target {target} in reconciler.yaml a bucket: artifacts: {{bucket: NAME}}",
            "make the models smaller",
        ),
    )


def _named(artifact: Artifact) -> str:
    names = ", ".join(model.name for model in artifact.models)
    return f"the content of {names}" if names else "its content"
