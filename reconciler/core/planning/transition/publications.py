"""What a transition makes before it changes anything: the image where apply builds it, the models that the
catalog does not have yet, and the model group of them.

Content decides: what is in the catalog already is taken up as it is, by the digest of its content.
"""

from collections.abc import Collection
from dataclasses import replace

from reconciler.core.model.artifact import Artifact, packed_at_most
from reconciler.core.planning.plan import DeploymentPlan, Refusal, token_of
from reconciler.core.planning.refusals import blocked
from reconciler.core.planning.steps import (
    KeepModel,
    ModelRef,
    NamedModel,
    PublishedModel,
    PublishGroup,
    PublishModel,
    Step,
)
from reconciler.core.planning.transition.changes import carried_by_none
from reconciler.core.planning.transition.image_steps import image_steps
from reconciler.core.planning.transition.transition import Transition

GB = 10**9


def desired_model(transition: Transition) -> ModelRef:
    """The catalog entry that the spec names, or that has the content which it desires."""
    spec = transition.spec
    return NamedModel(spec.by_ocid) if spec.by_ocid else PublishedModel(spec.artifact.digest)


def model_of(transition: Transition, artifact: str | None) -> ModelRef:
    """The entry that the deployment runs, if that has this content; else the entry of the spec."""
    live = transition.live
    runs_it = live.configuration is not None and live.configuration.artifact == artifact
    return KeepModel(live.model_id) if runs_it and live.model_id else desired_model(transition)


def prepare(transition: Transition) -> tuple[Step, ...]:
    """Make the image, and publish the content, if the deployment is to run others than now. It holds the
    models that it runs until it runs others.
    """
    same = transition.before.artifact == transition.after.artifact
    images = image_steps(transition)
    return images if same else (*images, *_publish(transition, _held(transition)))


def prepare_new(transition: Transition) -> tuple[Step, ...]:
    """The same for a deployment that is created."""
    return (*image_steps(transition), *_publish(transition))


def _publish(transition: Transition, held: Collection[str | None] = ()) -> tuple[Step, ...]:
    """Publish the content but for models that are `held`, or take it up from the catalog: whoever cleans that
    up has to see that it is needed again. The models of a group come before the group.
    """
    spec = transition.spec
    if spec.by_ocid:
        return ()
    artifacts = [member.artifact for member in spec.members] or [spec.artifact]
    needed = {artifact.digest: artifact for artifact in reversed(artifacts) if artifact.digest not in held}
    models = tuple(_publish_model(transition, needed[digest]) for digest in sorted(needed))
    return (*models, _publish_group(transition)) if spec.members else models


def _held(transition: Transition) -> set[str | None]:
    """The digests of the models in our model group that the deployment runs."""
    entries = transition.index.our_models_by_ocid
    group = entries.get(transition.live.model_id or "")
    return {entries[ocid].artifact for ocid in group.members if ocid in entries} if group else set()


def _publish_model(transition: Transition, artifact: Artifact) -> PublishModel:
    desired, digest = transition.desired, artifact.digest
    token = _token(transition, "model", digest)
    there = digest in transition.index.published_digests
    return PublishModel(artifact, transition.spec.name, desired.owner, desired.revision, token, there)


def _publish_group(transition: Transition) -> PublishGroup:
    spec, digest = transition.spec, transition.spec.artifact.digest
    members = tuple((member.key, member.artifact.digest) for member in spec.members)
    token = _token(transition, "group", digest)
    there = digest in transition.index.published_digests
    return PublishGroup(digest, members, spec.name, transition.desired.owner, token, there)


def _token(transition: Transition, kind: str, digest: str) -> str:
    """A retry token: another one when an entry with this content was in the catalog and is gone."""
    index = transition.index
    inactive = sorted(index.inactive_by_digest.get(digest, ()))
    return token_of(kind, index.owner, index.snapshot.project.ocid, digest, inactive)


def new_members(transition: Transition) -> tuple[str, ...]:
    """A note that says which models of a model group get new content, if the catalog tells what it holds."""
    spec, live, entries = transition.spec, transition.live, transition.index.our_models_by_ocid
    if not spec.members or transition.before.artifact == spec.artifact.digest:
        return ()
    group = entries.get(live.model_id or "")
    members = [entries.get(ocid) for ocid in group.members] if group else []
    held = {entry.artifact for entry in members if entry and entry.artifact}
    if not held or not all(entry and entry.artifact for entry in members):
        return ()
    new = [member.key for member in spec.members if member.artifact.digest not in held]
    same = [member.key for member in spec.members if member.artifact.digest in held]
    parts = [f"new content of {', '.join(new)}"] if new else []
    parts += [f"{', '.join(same)} unchanged"] if same else []
    return (f"model group: {'; '.join(parts)}",)


# -- content that is too large for one upload


def with_large_content(transition: Transition, plan: DeploymentPlan) -> DeploymentPlan:
    """The plan, with what it means that content is large: it goes through the target's bucket, or nowhere.
    How it is sent is decided when its size is known to the byte, which may be when the plan is applied.
    """
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
