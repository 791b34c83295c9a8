"""What a transition makes before it changes anything: the image where apply builds it, the models that the
catalog does not have yet, and the model group of them.

Content decides: what is in the catalog already is used as it is, by the digest of its content.
"""

from reconciler.core.planning.plan import token_of
from reconciler.core.planning.steps import (
    KeepModel,
    ModelRef,
    PublishedModel,
    PublishGroup,
    PublishModel,
    Step,
)
from reconciler.core.planning.transition.image_steps import image_steps
from reconciler.core.planning.transition.transition import Transition


def published(transition: Transition) -> PublishedModel:
    """The catalog entry with the content that the spec desires."""
    return PublishedModel(transition.spec.artifact.digest)


def model_of(transition: Transition, artifact: str | None) -> ModelRef:
    """The entry that the deployment runs, if that has this content; else the entry of the spec."""
    live = transition.live
    runs_it = live.configuration is not None and live.configuration.artifact == artifact
    return KeepModel(live.model_id) if runs_it and live.model_id else published(transition)


def prepare(transition: Transition) -> tuple[Step, ...]:
    """Make the image, and publish what is missing in the catalog, if the deployment is to run others than
    now.
    """
    same = transition.before.artifact == transition.after.artifact
    return image_steps(transition) if same else prepare_new(transition)


def prepare_new(transition: Transition) -> tuple[Step, ...]:
    """The same for a deployment that is created."""
    return (*image_steps(transition), *_publish(transition))


def _publish(transition: Transition) -> tuple[Step, ...]:
    """Publish all that is missing in the catalog; the models of a group come before the group."""
    spec, published_digests = transition.spec, transition.index.published_digests
    if spec.artifact.digest in published_digests:
        return ()
    artifacts = [member.artifact for member in spec.members] or [spec.artifact]
    missing = {
        artifact.digest: artifact
        for artifact in reversed(artifacts)
        if artifact.digest not in published_digests
    }
    owner, revision = transition.desired.owner, transition.desired.revision
    models = tuple(
        PublishModel(artifact, spec.name, owner, revision, _token(transition, "model", digest))
        for digest, artifact in sorted(missing.items())
    )
    return (*models, _publish_group(transition)) if spec.members else models


def _publish_group(transition: Transition) -> PublishGroup:
    spec, digest = transition.spec, transition.spec.artifact.digest
    members = tuple((member.key, member.artifact.digest) for member in spec.members)
    token = _token(transition, "group", digest)
    return PublishGroup(digest, members, spec.name, transition.desired.owner, token)


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
