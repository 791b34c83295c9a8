"""What is live → the fields of a manifest, but for those that are defaults; and what no manifest can say.

The manifest is loaded and planned before it is kept (`app.ownership.adopting`), so here stands only what
could not be written down at all.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from reconciler.core.model.configuration import (
    DEFAULT_PENDING_SECONDS,
    Autoscaling,
    Bandwidth,
    Configuration,
    Container,
    DeploymentType,
    FixedScaling,
    Instance,
    LogRef,
    Logs,
    Metric,
    Network,
    NetworkAccess,
    QueryRule,
    Rule,
    Scaling,
    Secret,
    ThresholdRule,
)
from reconciler.core.model.live import Live, State
from reconciler.manifests.adopted.variables import written_variables
from reconciler.manifests.declarations.instance_and_scaling import ManifestAutoscaling
from reconciler.manifests.declarations.model_deployment import ManifestServer, ManifestState
from reconciler.manifests.schema.formats import seconds
from reconciler.manifests.spec_draft import ACCESS

Value: TypeAlias = "str | int | float | Secret | tuple[Value, ...] | Mapping[str, Value]"
Fields: TypeAlias = dict[str, Value]

_SERVER, _AUTOSCALING = ManifestServer(), ManifestAutoscaling(min=1, max=1)
"""What a manifest says that leaves everything out."""

_ACCESS = {access: written.value for written, access in ACCESS.items()}


@dataclass(frozen=True, slots=True)
class AdoptedModels:
    """Where the models of an adopted deployment are: in this catalog model, and if they were downloaded, in
    a folder (relative to the manifest) whose content has this digest.
    """

    ocid: str
    folder: str = ""
    content: str = ""


def manifest_fields(live: Live, configuration: Configuration, name: str, models: AdoptedModels) -> Fields:
    """The fields `metadata` and `spec`."""
    return {
        "metadata": _without_empty(
            {
                "name": name,
                "adopt": live.ocid,
                "description": configuration.description or "",
                "labels": dict(configuration.labels),
            }
        ),
        "spec": _without_empty(_spec(live, configuration, name, models)),
    }


def _spec(live: Live, configuration: Configuration, name: str, models: AdoptedModels) -> Fields:
    grouped = configuration.kind is DeploymentType.MODEL_GROUP
    return {
        "image": _image(configuration.container),
        "deploymentType": str(configuration.kind) if grouped else "",
        "state": ManifestState.INACTIVE.value if live.state is State.INACTIVE else "",
        **_models(models),
        "server": _server(configuration.container, name),
        "instance": _instance(configuration.instance),
        "scaling": _scaling(configuration.scaling),
        "bandwidthMbps": _bandwidth(configuration.bandwidth),
        "network": _network(configuration.network),
        "logs": _logs(configuration.logs),
    }


def _without_empty(fields: Mapping[str, Value]) -> Fields:
    """What is empty is a default."""
    return {key: value for key, value in fields.items() if value != "" and value not in ({}, ())}


def _models(models: AdoptedModels) -> Fields:
    if not models.folder:
        return {"model": {"ocid": models.ocid}}
    published: Fields = {"ocid": models.ocid, "content": models.content}
    return {"modelRepository": models.folder, "published": published}


def _image(container: Container) -> Fields:
    place, _, last = container.image.rpartition("/")
    name, _, tag = last.partition(":")
    return _without_empty(
        {"repository": f"{place}/{name}".lstrip("/"), "tag": tag, "digest": container.digest or ""}
    )


def _server(container: Container, name: str) -> Fields:
    port, health = container.port, container.health_port
    fields: Fields = {
        "entrypoint": container.entrypoint,
        "command": container.command,
        **({"port": port} if port != _SERVER.port else {}),
        **({"healthPort": health} if health != port else {}),
        "env": written_variables(container.environment or (), name),
    }
    return _without_empty(fields)


def _instance(instance: Instance) -> Fields:
    sizes = {"ocpus": instance.ocpus, "memoryGBs": instance.memory_gbs, "cpuBaseline": instance.cpu_baseline}
    return _without_empty(
        {
            "shape": instance.shape,
            **{key: value for key, value in sizes.items() if value is not None},
            "capacityReservations": instance.reservations or (),
        }
    )


def _scaling(scaling: Scaling) -> Fields:
    match scaling:
        case FixedScaling(instances):
            return {} if instances == 1 else {"instances": instances}
        case Autoscaling():
            return _autoscaling(scaling)
        case _:
            assert_never(scaling)


def _autoscaling(scaling: Autoscaling) -> Fields:
    fields: Fields = {"min": scaling.minimum, "max": scaling.maximum, **_rule(scaling.rule)}
    if scaling.initial not in (None, scaling.minimum):
        fields["initial"] = scaling.initial or 0
    if scaling.cool_down_seconds != seconds(_AUTOSCALING.cool_down):
        fields["coolDown"] = _duration(scaling.cool_down_seconds)
    pending = scaling.rule.pending_seconds if scaling.rule else DEFAULT_PENDING_SECONDS
    if pending != DEFAULT_PENDING_SECONDS:
        fields["pendingDuration"] = _duration(pending)
    return fields


def _rule(rule: Rule | None) -> Fields:
    match rule:
        case ThresholdRule():
            thresholds: Fields = {"out": rule.out_percent, "in": rule.in_percent}
            return {"cpu" if rule.metric is Metric.CPU else "memory": thresholds}
        case QueryRule():
            queries: Fields = {"out": rule.out_query, "in": rule.in_query}
            return {"query": queries}
        case None:
            return {}
        case _:
            assert_never(rule)


def _duration(seconds: int) -> str:
    return f"{seconds}s" if seconds % 60 else f"{seconds // 60}m"


def _bandwidth(bandwidth: Bandwidth | None) -> Fields:
    if bandwidth is None:
        return {}
    return {"min": bandwidth.minimum, **({"max": bandwidth.maximum} if bandwidth.maximum else {})}


def _network(network: Network) -> Fields:
    if network.access is None or network == Network(NetworkAccess.NO_INTERNET):
        return {}
    fields = {
        "access": _ACCESS[network.access],
        "subnet": network.subnet or "",
        "privateEndpoint": network.private_endpoint or "",
    }
    return _without_empty(fields)


def _logs(logs: Logs) -> Fields:
    return _without_empty({"access": _log(logs.access), "predict": _log(logs.predict)})


def _log(log: LogRef | None) -> Fields:
    return {"group": log.group, "log": log.log} if log else {}


def unsayable(live: Live, configuration: Configuration) -> Iterator[str]:
    """What cannot be written down at all; of values that manifests refuse, loading says so."""
    yield from (f"{field} is set, and no manifest can say it" for field in live.unsaid)
    scaling = configuration.scaling
    if isinstance(scaling, Autoscaling) and scaling.rule is None:
        yield "it scales by rules that no manifest can say: one enabled policy with one rule can be said"
    container = configuration.container
    if not container.digest and ":" not in container.image.rpartition("/")[2]:
        yield f"its image {container.image} has neither a tag nor a digest"
    for kind, log in (("access", configuration.logs.access), ("predict", configuration.logs.predict)):
        if log and not log.group:
            yield f"the group of its {kind} log is not known"
