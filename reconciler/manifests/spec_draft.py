"""Manifest → draft of a spec → spec.

A draft has everything but the hashes of the model files, which may take minutes. `specs_of` adds them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from reconciler.core.model.artifact import Artifact, ModelGroupMember, model_group_of
from reconciler.core.model.configuration import (
    CONTAINER_TYPE,
    TRITON,
    Bandwidth,
    Configuration,
    Container,
    DeploymentType,
    LogRef,
    Logs,
    Network,
    NetworkAccess,
    Pairs,
)
from reconciler.core.model.findings import Location
from reconciler.core.model.images.image import ImageBuild, ImageNeeds, ImageRequest, Platform, platform_of
from reconciler.core.model.proof.probes import Probe
from reconciler.core.model.served.structure import NOTHING, Structure
from reconciler.core.model.spec import Claim, GivenModel, Policy, Rollout, Spec
from reconciler.manifests.capacity_of_manifest import instance_of, scaling_of
from reconciler.manifests.declarations.image import ManifestBuild, ManifestImage
from reconciler.manifests.declarations.instance_and_scaling import (
    ManifestNetwork,
    ManifestNetworkAccess,
)
from reconciler.manifests.declarations.model_deployment import (
    Manifest,
    ManifestLogRef,
    ManifestLogs,
    ManifestServer,
    ManifestSpec,
    ManifestState,
)
from reconciler.triton.files.hashing import build_artifacts
from reconciler.triton.repository_layout import Layout
from reconciler.triton.server.check import loads_all
from reconciler.triton.server.served import served_by

OF_CATALOG = Layout((), ())
"""The layout of a manifest that has no models but one of the catalog: nothing of it is known here."""


@dataclass(frozen=True, slots=True)
class SpecDraft:
    """A spec before its model files are hashed: `configuration.artifact` is None, and `layout` says which
    files there are. `named` are the absolute paths of the files and folders that its manifest names.
    """

    name: str
    where: Location
    configuration: Configuration
    layout: Layout
    image: ImageRequest
    rollout: Rollout
    policy: Policy
    active: bool
    renamed_from: str = ""
    dangers: tuple[str, ...] = ()
    adopt: str = ""
    given: GivenModel | None = None
    named: frozenset[str] = field(default=frozenset(), compare=False)

    @property
    def claim(self) -> Claim:
        """Which deployment it is about."""
        return Claim(self.name, self.renamed_from, self.adopt)

    @property
    def by_ocid(self) -> bool:
        """Whether its models are a catalog model that exists already, and none of this repository."""
        return self.given is not None and self.given.alone

    @property
    def members(self) -> dict[str, Layout]:
        """The models of a model group, by their keys; nothing for a single model."""
        of_group = self.configuration.kind is DeploymentType.MODEL_GROUP and not self.by_ocid
        return self.layout.models() if of_group else {}


def specs_of(
    drafts: Sequence[SpecDraft], cache: Path | None, progress: Callable[[int, int], None]
) -> tuple[Spec, ...]:
    """The specs of drafts. Model files are hashed, unless `cache` has their hashes; `progress` gets the bytes
    that are done, and all of them.
    """
    members = [draft.members for draft in drafts]
    layouts = [
        layout
        for draft, of_draft in zip(drafts, members, strict=True)
        for layout in (of_draft.values() if of_draft else () if draft.by_ocid else (draft.layout,))
    ]
    artifacts = iter(build_artifacts(layouts, cache, progress))
    return tuple(_spec(draft, tuple(keys), artifacts) for draft, keys in zip(drafts, members, strict=True))


def _spec(draft: SpecDraft, keys: tuple[str, ...], artifacts: Iterator[Artifact]) -> Spec:
    """The spec of a draft, with the next of the artifacts: one for each key, or one for all models."""
    members = tuple(ModelGroupMember(key, next(artifacts)) for key in keys)
    if draft.given and draft.given.alone:
        artifact = Artifact(draft.given.ocid, (), frozenset())
    else:
        artifact = model_group_of(members) if members else next(artifacts)
    return Spec(
        name=draft.name,
        where=draft.where,
        configuration=replace(draft.configuration, artifact=artifact.digest),
        artifact=artifact,
        rollout=draft.rollout,
        policy=draft.policy,
        active=draft.active,
        members=members,
        renamed_from=draft.renamed_from,
        dangers=draft.dangers,
        served=_served(artifact, draft.configuration.container),
        image=draft.image,
        needs=image_needs(draft.layout, draft.configuration.container.words),
        adopt=draft.adopt,
        given=draft.given,
    )


def image_needs(layout: Layout, words: Sequence[str]) -> tuple[ImageNeeds, ...]:
    """What the models ask of the image that these words start a server in."""
    certain = loads_all(words)
    return tuple(
        ImageNeeds(need.name, need.backend, need.agents, need.fields, certain) for need in layout.needs
    )


def _served(artifact: Artifact, container: Container) -> Structure:
    """What the server will serve. A command that serves nothing has a finding of its own."""
    result = served_by(artifact.models, container.words)
    return result if isinstance(result, Structure) else NOTHING


def draft_of(manifest: Manifest, where: Location, layout: Layout, probes: tuple[Probe, ...]) -> SpecDraft:
    """The draft of a manifest, with the layout and the probes that were read for it."""
    rollout, policy = manifest.spec.rollout, manifest.spec.policy
    image = _image(manifest.spec.image, layout, platform_of(manifest.spec.instance.shape))
    return SpecDraft(
        name=manifest.metadata.name,
        where=where,
        configuration=_configuration(manifest, image),
        layout=layout,
        image=image,
        rollout=Rollout(
            downtime=rollout.downtime,
            versions=rollout.versions,
            tensor_changes=rollout.tensor_changes,
            probes=probes,
            on_failure=rollout.on_failure,
            model_group_update=rollout.update,
        ),
        policy=Policy(policy.paused, policy.protect, policy.prune, policy.ignore),
        active=manifest.spec.state is ManifestState.ACTIVE,
        renamed_from=manifest.metadata.renamed_from or "",
        adopt=manifest.metadata.adopt or "",
        given=_given(manifest.spec),
    )


def _given(spec: ManifestSpec) -> GivenModel | None:
    if spec.model is not None:
        return GivenModel(spec.model.ocid, spec.model.ocid)
    return GivenModel(spec.published.ocid, spec.published.content) if spec.published else None


def _image(image: ManifestImage, layout: Layout, platform: Platform) -> ImageRequest:
    build = _build(image.build, layout, platform) if image.build else None
    return ImageRequest(image.repository, image.tag, image.digest, build)


def _build(build: ManifestBuild, layout: Layout, platform: Platform) -> ImageBuild:
    backends = build.backends or (need.backend for need in layout.needs if need.backend)
    return ImageBuild(
        triton=build.triton,
        backends=_sorted(backends),
        repo_agents=_sorted(build.repo_agents),
        base=build.base,
        full=build.full,
        pip=_sorted(build.packages.pip),
        apt=_sorted(build.packages.apt),
        architecture=platform.architecture,
    )


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))


def _configuration(manifest: Manifest, image: ImageRequest) -> Configuration:
    """The desired configuration, with every default filled in."""
    metadata, spec = manifest.metadata, manifest.spec
    bandwidth = spec.bandwidth_mbps
    return Configuration(
        name=metadata.name,
        artifact=None,
        container=_container(image, spec.server),
        instance=instance_of(spec.instance),
        scaling=scaling_of(spec.scaling),
        description=metadata.description,
        labels=tuple(sorted(metadata.labels.items())),
        bandwidth=Bandwidth(bandwidth.min, bandwidth.max) if bandwidth else None,
        logs=_logs(spec.logs),
        network=_network(spec.network),
        defined_tags=_defined_tags(metadata.defined_tags),
        kind=spec.deployment_type,
    )


def _defined_tags(defined_tags: Mapping[str, Mapping[str, str]]) -> Pairs:
    return tuple(
        sorted(
            (f"{namespace}.{key}", value)
            for namespace, tags in defined_tags.items()
            for key, value in tags.items()
        )
    )


def _container(image: ImageRequest, server: ManifestServer) -> Container:
    environment = {**server.env, CONTAINER_TYPE: TRITON}
    return Container(
        image=image.reference,
        digest=image.digest,
        command=server.command,
        entrypoint=server.entrypoint,
        port=server.port,
        health_port=server.health_port or server.port,
        environment=tuple(sorted(environment.items(), key=lambda variable: variable[0])),
    )


ACCESS = {
    ManifestNetworkAccess.NO_INTERNET: NetworkAccess.NO_INTERNET,
    ManifestNetworkAccess.INTERNET: NetworkAccess.INTERNET,
    ManifestNetworkAccess.CUSTOM: NetworkAccess.CUSTOM,
}


def _network(network: ManifestNetwork | None) -> Network:
    if network is None:
        return Network()
    return Network(ACCESS[network.access], network.subnet, network.private_endpoint)


def _logs(logs: ManifestLogs) -> Logs:
    return Logs(_log(logs.access), _log(logs.predict))


def _log(log: ManifestLogRef | None) -> LogRef | None:
    return LogRef(log.group, log.log) if log else None
