"""Manifest → draft → spec. A draft has everything but the hashes of model files, which may take minutes;
`resolve` adds them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler.core.model import configuration as core
from reconciler.core.model import spec as core_spec
from reconciler.core.model.artifact import Artifact, ModelGroupMember, model_group_of
from reconciler.core.model.configuration import (
    CONTAINER_TYPE,
    Configuration,
    DeploymentType,
    Secret,
    Variable,
)
from reconciler.core.model.findings import Location
from reconciler.core.model.probes import Probe
from reconciler.core.model.spec import Spec
from reconciler.manifests.declarations import capacity, rollout
from reconciler.manifests.declarations import model_deployment as written
from reconciler.manifests.rules.tables import TRITON
from reconciler.manifests.schema.formats import seconds
from reconciler.triton.files.hashing import build_artifacts
from reconciler.triton.layout import Layout


@dataclass(frozen=True, slots=True)
class SpecDraft:
    """A spec before its model files are hashed: `configuration.artifact` is None, `layout` says which files
    there are.
    """

    name: str
    where: Location
    configuration: Configuration
    layout: Layout
    rollout: core_spec.Rollout
    policy: core_spec.Policy
    active: bool
    renamed_from: str = ""

    @property
    def claim(self) -> core_spec.Claim:
        """Which deployment it is about."""
        return core_spec.Claim(self.name, self.renamed_from)

    @property
    def members(self) -> dict[str, Layout]:
        """The models of a model group, by their keys; none of a single model."""
        grouped = self.configuration.kind is DeploymentType.MODEL_GROUP
        return self.layout.models() if grouped else {}


def specs_of(
    drafts: Sequence[SpecDraft], cache: Path | None, progress: Callable[[int, int], None]
) -> tuple[Spec, ...]:
    """The specs of drafts: model files are hashed, or their hashes taken from `cache`; `progress` gets done
    and total bytes.
    """
    members = [draft.members for draft in drafts]
    layouts = [
        layout
        for draft, parts in zip(drafts, members, strict=True)
        for layout in (parts.values() if parts else (draft.layout,))
    ]
    built = iter(build_artifacts(layouts, cache, progress))
    return tuple(_spec(draft, tuple(parts), built) for draft, parts in zip(drafts, members, strict=True))


def _spec(draft: SpecDraft, keys: tuple[str, ...], built: Iterator[Artifact]) -> Spec:
    """The spec of a draft, with the next of the artifacts: one for each key, or one for all models."""
    members = tuple(ModelGroupMember(key, next(built)) for key in keys)
    artifact = model_group_of(members) if members else next(built)
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
    )


def draft_of(
    manifest: written.Manifest, where: Location, layout: Layout, probes: tuple[Probe, ...]
) -> SpecDraft:
    """What the manifest asks for, with the layout and the probes that were read for it."""
    spec = manifest.spec
    return SpecDraft(
        name=manifest.metadata.name,
        where=where,
        configuration=configuration_of(manifest),
        layout=layout,
        rollout=_rollout(spec.rollout, probes),
        policy=core_spec.Policy(
            spec.policy.paused, spec.policy.protect, spec.policy.prune, spec.policy.ignore
        ),
        active=spec.state is written.Wish.ACTIVE,
        renamed_from=manifest.metadata.renamed_from or "",
    )


def _rollout(given: rollout.ManifestRollout, probes: tuple[Probe, ...]) -> core_spec.Rollout:
    return core_spec.Rollout(
        downtime=given.downtime,
        versions=given.versions,
        tensor_changes=given.tensor_changes,
        probes=probes,
        on_failure=given.on_failure,
        model_group_update=given.update,
    )


def configuration_of(manifest: written.Manifest) -> Configuration:
    """What the manifest asks for, with every default filled in."""
    spec = manifest.spec
    return Configuration(
        name=manifest.metadata.name,
        artifact=None,
        container=_container(spec.image, spec.server),
        instance=_instance(spec.instance),
        scaling=_scaling(spec.scaling),
        description=manifest.metadata.description,
        labels=tuple(sorted(manifest.metadata.labels.items())),
        bandwidth=core.Bandwidth(spec.bandwidth_mbps.min, spec.bandwidth_mbps.max)
        if spec.bandwidth_mbps
        else None,
        logs=core.Logs(_log(spec.logs.access), _log(spec.logs.predict)),
        network=_network(spec.network),
        defined_tags=_defined_tags(manifest.metadata.defined_tags),
        kind=spec.deployment_type,
    )


def _defined_tags(given: Mapping[str, Mapping[str, str]]) -> core.Pairs:
    return tuple(
        sorted((f"{space}.{key}", value) for space, tags in given.items() for key, value in tags.items())
    )


def _container(image: written.Image, server: written.Server) -> core.Container:
    return core.Container(
        image=f"{image.repository}:{image.tag}" if image.tag else image.repository,
        digest=image.digest,
        command=server.command,
        entrypoint=server.entrypoint,
        port=server.port,
        health_port=server.health_port or server.port,
        environment=_environment(server.env),
    )


def _environment(given: Mapping[str, str | Secret]) -> tuple[Variable, ...]:
    return tuple(sorted({**given, CONTAINER_TYPE: TRITON}.items(), key=lambda variable: variable[0]))


def _instance(given: capacity.ManifestInstance) -> core.Instance:
    return core.Instance(
        shape=given.shape,
        ocpus=given.ocpus,
        memory_gbs=given.memory_gbs,
        cpu_baseline=given.cpu_baseline and given.cpu_baseline.value,
        reservations=given.capacity_reservations,
    )


def _scaling(scaling: capacity.ManifestFixedScaling | capacity.ManifestAutoscaling) -> core.Scaling:
    match scaling:
        case capacity.ManifestFixedScaling():
            return core.FixedScaling(scaling.instances)
        case capacity.ManifestAutoscaling():
            return core.Autoscaling(
                minimum=scaling.min,
                maximum=scaling.max,
                rule=_rule(scaling),
                cool_down_seconds=seconds(scaling.cool_down),
                initial=scaling.initial,
            )


def _rule(scaling: capacity.ManifestAutoscaling) -> core.Rule | None:
    pending = seconds(scaling.pending_duration)
    if scaling.query:
        return core.QueryRule(scaling.query.out, scaling.query.in_, pending)
    for metric, given in ((core.Metric.CPU, scaling.cpu), (core.Metric.MEMORY, scaling.memory)):
        if given:
            return core.ThresholdRule(metric, given.out, given.in_, pending)
    return None  # Something was wrong with the rule, which is on the list of findings.


_ACCESS = {
    capacity.ManifestNetworkAccess.NO_INTERNET: core.NetworkAccess.NO_INTERNET,
    capacity.ManifestNetworkAccess.INTERNET: core.NetworkAccess.INTERNET,
    capacity.ManifestNetworkAccess.CUSTOM: core.NetworkAccess.CUSTOM,
}


def _network(given: capacity.ManifestNetwork | None) -> core.Network:
    if given is None:
        return core.Network()
    return core.Network(_ACCESS[given.access], given.subnet, given.private_endpoint)


def _log(log: written.ManifestLogRef | None) -> core.LogRef | None:
    return core.LogRef(log.group, log.log) if log else None
