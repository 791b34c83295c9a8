"""Manifest → draft → spec. A draft has everything but the hashes of model files, which may take minutes;
`resolve` adds them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler.core import values as core
from reconciler.core.errors import Location
from reconciler.core.spec import Downtime, Spec
from reconciler.core.values import CONTAINER_TYPE, Configuration, Secret, Variable
from reconciler.load import manifest as written
from reconciler.load.checks import TRITON, seconds
from reconciler.load.repository import Layout, build_artifacts


@dataclass(frozen=True, slots=True)
class Draft:
    """A spec before its model files are hashed: `configuration.artifact` is None, `layout` says which files
    there are.
    """

    name: str
    where: Location
    configuration: Configuration
    layout: Layout
    downtime: Downtime


def resolve(
    drafts: Sequence[Draft], cache: Path | None, progress: Callable[[int, int], None]
) -> tuple[Spec, ...]:
    """The specs of drafts: model files are hashed, or their hashes taken from `cache`; `progress` gets done
    and total bytes.
    """
    artifacts = build_artifacts([draft.layout for draft in drafts], cache, progress)
    return tuple(
        Spec(
            name=draft.name,
            where=draft.where,
            configuration=replace(draft.configuration, artifact=artifact.digest),
            artifact=artifact,
            downtime=draft.downtime,
        )
        for draft, artifact in zip(drafts, artifacts, strict=True)
    )


def configuration_of(manifest: written.Manifest) -> Configuration:
    """What the manifest asks for, with every default filled in."""
    spec = manifest.spec
    return Configuration(
        name=manifest.metadata.name,
        artifact=None,
        container=_container(spec.image, spec.server),
        instance=core.Instance(spec.instance.shape, spec.instance.ocpus, spec.instance.memory_gbs),
        scaling=_scaling(spec.scaling),
        description=manifest.metadata.description,
        labels=tuple(sorted(manifest.metadata.labels.items())),
        bandwidth=core.Bandwidth(spec.bandwidth_mbps.min, spec.bandwidth_mbps.max)
        if spec.bandwidth_mbps
        else None,
        logs=core.Logs(_log(spec.logs.access), _log(spec.logs.predict)),
    )


def _container(image: written.Image, server: written.Server) -> core.Container:
    return core.Container(
        image=f"{image.repository}:{image.tag}" if image.tag else f"{image.repository}@{image.digest}",
        digest=image.digest,
        command=server.command,
        entrypoint=server.entrypoint,
        port=server.port,
        health_port=server.health_port or server.port,
        environment=_environment(server.env),
    )


def _environment(given: Mapping[str, str | Secret]) -> tuple[Variable, ...]:
    return tuple(sorted({**given, CONTAINER_TYPE: TRITON}.items(), key=lambda variable: variable[0]))


def _scaling(scaling: written.FixedScaling | written.Autoscaling) -> core.Scaling:
    match scaling:
        case written.FixedScaling():
            return core.FixedScaling(scaling.instances)
        case written.Autoscaling():
            return core.Autoscaling(
                minimum=scaling.min,
                maximum=scaling.max,
                scale_out_percent=scaling.cpu.out,
                scale_in_percent=scaling.cpu.in_,
                cool_down_seconds=seconds(scaling.cool_down),
            )


def _log(log: written.LogRef | None) -> core.LogRef | None:
    return core.LogRef(log.group, log.log) if log else None
