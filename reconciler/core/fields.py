"""The one table of what may change how: field → option group → impact, with the source beside each row; and
the diff made from it.

The service lets one option group at a time change while a deployment serves (docs/service.md §3.3, the strict
reading). Nothing else in the project knows which field belongs to which group.
"""

from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from typing import TypeVar

from reconciler.core.values import (
    Bandwidth,
    Configuration,
    FixedScaling,
    Json,
    Secret,
    to_json,
)

T = TypeVar("T")


class Impact(StrEnum):
    """What a change means for those who call the models."""

    METADATA = "metadata only"
    ZERO_DOWNTIME = "zero downtime"
    STOP = "stop"
    REPLACE = "replace"


class Group(IntEnum):
    """Option groups, in the safe order in which they are sent.

    Logs come first because only a log that was attached before a failed start explains it; capacity grows
    before it is needed and shrinks when it is not needed any more; everything after the container changes
    what is answered.
    """

    METADATA = 0
    LOGS = 1
    BANDWIDTH = 2
    SCALING = 3
    CONTAINER = 4
    CORE = 5


@dataclass(frozen=True, slots=True)
class Field:
    """One row: its path in the manifest, its group, where the group comes from, and how to read it."""

    path: str
    group: Group
    source: str
    read: Callable[[Configuration], object]
    reliable: bool = True
    """False: the service does not always return it, so None in live means unknown, not different."""


META_SOURCE = "docs/service.md §3.3 META: name, description and tags combine with anything"
CORE_SOURCE = (
    "docs/service.md §3.1 B, §3.2: model, shape and instance count change together with zero downtime"
)
SCALING_SOURCE = "docs/service.md §3.1 D: autoscaling fields change alone"
BANDWIDTH_SOURCE = "docs/service.md §3.1 A, B: load balancer bandwidth changes separately"
LOGS_SOURCE = "docs/service.md §3.1 A, B: logs change independently"
CONTAINER_SOURCE = "docs/service.md §3.3 ENV: image, command, ports and variables change alone"

FIELDS: tuple[Field, ...] = (
    Field("metadata.name", Group.METADATA, META_SOURCE, lambda c: c.name),
    Field("metadata.description", Group.METADATA, META_SOURCE, lambda c: c.description, reliable=False),
    Field("metadata.labels", Group.METADATA, META_SOURCE, lambda c: c.labels),
    Field("spec.logs.access", Group.LOGS, LOGS_SOURCE, lambda c: c.logs.access),
    Field("spec.logs.predict", Group.LOGS, LOGS_SOURCE, lambda c: c.logs.predict),
    Field(
        "spec.bandwidthMbps.min",
        Group.BANDWIDTH,
        BANDWIDTH_SOURCE,
        lambda c: c.bandwidth and c.bandwidth.minimum,
    ),
    Field(
        "spec.bandwidthMbps.max",
        Group.BANDWIDTH,
        BANDWIDTH_SOURCE,
        lambda c: c.bandwidth and c.bandwidth.maximum,
    ),
    Field("spec.image", Group.CONTAINER, CONTAINER_SOURCE, lambda c: c.container.image),
    Field("spec.image.digest", Group.CONTAINER, CONTAINER_SOURCE, lambda c: c.container.digest),
    Field("spec.server.command", Group.CONTAINER, CONTAINER_SOURCE, lambda c: c.container.command),
    Field("spec.server.entrypoint", Group.CONTAINER, CONTAINER_SOURCE, lambda c: c.container.entrypoint),
    Field("spec.server.port", Group.CONTAINER, CONTAINER_SOURCE, lambda c: c.container.port),
    Field("spec.server.healthPort", Group.CONTAINER, CONTAINER_SOURCE, lambda c: c.container.health_port),
    Field("spec.models", Group.CORE, CORE_SOURCE, lambda c: c.artifact),
    Field("spec.instance.shape", Group.CORE, CORE_SOURCE, lambda c: c.instance.shape),
    Field("spec.instance.ocpus", Group.CORE, CORE_SOURCE, lambda c: c.instance.ocpus),
    Field("spec.instance.memoryGBs", Group.CORE, CORE_SOURCE, lambda c: c.instance.memory_gbs),
)
"""Every field but two: environment variables are compared one by one, and scaling's group depends on the
policy.
"""


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one deployment, old and new, ready to be shown: secrets are masked already."""

    field: str
    old: Json
    new: Json
    group: Group
    impact: Impact
    source: str


def diff(desired: Configuration, live: Configuration) -> tuple[Change, ...]:
    """Every field in which live is not what is desired, in the order of the table. None in desired keeps what
    is live.
    """
    filled = fill(desired, live)
    return (*_plain_changes(filled, live), *_variable_changes(filled, live), *_scaling_changes(filled, live))


def fill(desired: Configuration, live: Configuration) -> Configuration:
    """`desired` with the service's choices taken from what is live, so that both compare and nested objects
    can be sent whole.

    A digest that the manifest does not pin stays as it is while the image stays, and is left to the service
    when the image changes (docs/service.md §4.1: a stored digest keeps the deployment pinned).
    """
    container, instance = desired.container, desired.instance
    if container.digest is None and container.image == live.container.image:
        container = replace(container, digest=live.container.digest)
    if instance.shape == live.instance.shape:
        ocpus = _or(instance.ocpus, live.instance.ocpus)
        instance = replace(
            instance, ocpus=ocpus, memory_gbs=_or(instance.memory_gbs, live.instance.memory_gbs)
        )
    logs = replace(
        desired.logs,
        access=_or(desired.logs.access, live.logs.access),
        predict=_or(desired.logs.predict, live.logs.predict),
    )
    bandwidth = _fill_bandwidth(desired.bandwidth, live.bandwidth)
    return replace(desired, container=container, instance=instance, logs=logs, bandwidth=bandwidth)


def only(groups: Set[Group], desired: Configuration, live: Configuration) -> Configuration:
    """`live` with the fields of these groups taken from `desired`: what stands after an update of just those
    groups.
    """
    result = live
    if Group.METADATA in groups:
        result = replace(result, name=desired.name, description=desired.description, labels=desired.labels)
    if Group.LOGS in groups:
        result = replace(result, logs=desired.logs)
    if Group.BANDWIDTH in groups:
        result = replace(result, bandwidth=desired.bandwidth)
    if Group.CONTAINER in groups:
        result = replace(result, container=desired.container)
    else:
        result = replace(result, container=replace(live.container, environment=None))
    if Group.CORE in groups:
        result = replace(result, artifact=desired.artifact, instance=desired.instance)
    if _scaling_group(desired, live) in groups:
        result = replace(result, scaling=desired.scaling)
    return result


def _or(desired: T | None, live: T | None) -> T | None:
    return live if desired is None else desired


def _fill_bandwidth(desired: Bandwidth | None, live: Bandwidth | None) -> Bandwidth | None:
    if desired is None or live is None:
        return _or(desired, live)
    if desired.maximum is None and desired.minimum == live.minimum:
        return live
    return desired


def _change(path: str, old: object, new: object, group: Group, source: str) -> Change:
    impact = Impact.METADATA if group is Group.METADATA else Impact.ZERO_DOWNTIME
    return Change(path, to_json(old), to_json(new), group, impact, source)


def _plain_changes(desired: Configuration, live: Configuration) -> Iterator[Change]:
    for row in FIELDS:
        old, new = row.read(live), row.read(desired)
        unknown = old is None and not row.reliable
        left_to_service = row.path == DIGEST and new is None
        if old != new and not unknown and not left_to_service:
            yield _change(row.path, old, new, row.group, row.source)


def _reveal(value: str | Secret | None) -> str | None:
    return value.value if isinstance(value, Secret) else value


def _variable_changes(desired: Configuration, live: Configuration) -> Iterator[Change]:
    """One change for each variable. What is live is never shown: it may be a secret that was declared as one
    in a manifest that is gone.
    """
    if desired.container.environment is None:
        return
    old, new = dict(live.container.environment or ()), dict(desired.container.environment)
    for key in sorted(old.keys() | new.keys()):
        if _reveal(old.get(key)) != _reveal(new.get(key)):
            shown = (MASK if key in old else None), _masked(key, new.get(key))
            yield _change(f"spec.server.env.{key}", *shown, Group.CONTAINER, CONTAINER_SOURCE)


def _masked(key: str, value: str | Secret | None) -> object:
    return MASK if isinstance(value, str) and looks_secret(key) else value


def looks_secret(variable: str) -> bool:
    """Whether a variable's name says that its value must not be shown."""
    return any(word in variable.upper() for word in SECRET_WORDS)


def _scaling_group(desired: Configuration, live: Configuration) -> Group:
    both_fixed = isinstance(desired.scaling, FixedScaling) and isinstance(live.scaling, FixedScaling)
    return Group.CORE if both_fixed else Group.SCALING


def _scaling_changes(desired: Configuration, live: Configuration) -> Iterator[Change]:
    if desired.scaling == live.scaling:
        return
    if isinstance(desired.scaling, FixedScaling) and isinstance(live.scaling, FixedScaling):
        yield _change(
            "spec.scaling.instances",
            live.scaling.instances,
            desired.scaling.instances,
            Group.CORE,
            CORE_SOURCE,
        )
    else:
        yield _change("spec.scaling", live.scaling, desired.scaling, Group.SCALING, SCALING_SOURCE)


DIGEST = "spec.image.digest"
MASK = "(not shown)"
SECRET_WORDS = ("PASSWORD", "PASSWD", "SECRET", "TOKEN", "CREDENTIAL", "PRIVATE", "API_KEY", "APIKEY")
