"""The one table of what may change how: field → option group → impact, with the source beside each row; and
the diff made from it.

The service lets one option group at a time change while a deployment serves (docs/service.md §3.3). Nothing
else in the project knows which field belongs to which group.
"""

from collections.abc import Callable, Collection, Iterator, Set
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from functools import reduce
from typing import Any, TypeAlias, TypeVar

from reconciler.core.model.configuration import (
    Bandwidth,
    Configuration,
    DeploymentType,
    FixedScaling,
    Json,
    Network,
    Pairs,
    Secret,
    Variable,
    to_json,
)
from reconciler.core.privacy.redactor import MASK

T = TypeVar("T")


class Impact(StrEnum):
    """What a change means for those who call the models."""

    METADATA = "metadata only"
    ZERO_DOWNTIME = "zero downtime"
    STOP = "stop"
    REPLACE = "replace"


class OptionGroup(IntEnum):
    """Option groups: what changes in one update while a deployment serves. `transition.batches` orders
    them.
    """

    METADATA = 0
    LOGS = 1
    BANDWIDTH = 2
    SCALING = 3
    NETWORK = 4
    CONTAINER = 5
    CORE = 6
    MODELS = 7
    STATE = 8
    KIND = 9


NEVER_UPDATED = frozenset({OptionGroup.STATE, OptionGroup.KIND})
"""What no update changes: the lifecycle has its own operations, and the type is fixed when it is created."""

Applies: TypeAlias = Callable[[Configuration, Configuration], bool]


@dataclass(frozen=True, slots=True)
class ConfigurationField:
    """One row: its place in the manifest, its group, where the group comes from, and how it is read and put
    into another configuration.
    """

    path: str
    group: OptionGroup
    source: str
    read: Callable[[Configuration], Any]
    put: Callable[[Configuration, Configuration], Configuration]
    """(into, from) → `into` with this field taken from the other."""
    reliable: bool = True
    """False: the service does not always return it, so None in live means unknown, not different."""
    applies: Applies = lambda desired, live: True

    @property
    def pointer(self) -> str:
        """Its place as a JSON pointer."""
        return "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in self.path.split("."))


META_SOURCE = "docs/service.md §3.3 META: name, description and tags combine with anything"
CORE_SOURCE = (
    "docs/service.md §3.1 B, §3.2: model, shape and instance count change together with zero downtime"
)
SCALING_SOURCE = "docs/service.md §3.1 D: autoscaling fields change alone"
BANDWIDTH_SOURCE = "docs/service.md §3.1 A, B: load balancer bandwidth changes separately"
LOGS_SOURCE = "docs/service.md §3.1 A, B: logs change independently"
CONTAINER_SOURCE = "docs/service.md §3.3 ENV: image, command, ports and variables change alone"
NETWORK_SOURCE = "docs/service.md §3.1 A: default to custom networking is allowed, alone; never back"
MODELS_SOURCE = "docs/service.md §3.3 GROUP: the model group changes alone, by updateType ZDT or LIVE"
KIND_SOURCE = "docs/service.md §1.6: the deployment type never changes"


def _field(path: str, group: OptionGroup, source: str, *names: str, **more: Any) -> ConfigurationField:
    """The row of a field that lies at these attribute names."""

    def put(into: Any, other: Any, left: tuple[str, ...] = names) -> Any:
        first, *rest = left
        mine, theirs = getattr(into, first), getattr(other, first)
        return replace(into, **{first: put(mine, theirs, tuple(rest)) if rest else theirs})

    return ConfigurationField(path, group, source, lambda c: reduce(getattr, names, c), put, **more)


def _bandwidth(which: str) -> ConfigurationField:
    """Both limits go together: one alone would not be a bandwidth."""
    return ConfigurationField(
        f"spec.bandwidthMbps.{which[:3]}",
        OptionGroup.BANDWIDTH,
        BANDWIDTH_SOURCE,
        lambda c: c.bandwidth and getattr(c.bandwidth, which),
        lambda into, other: replace(into, bandwidth=other.bandwidth),
    )


def _both_fixed(desired: Configuration, live: Configuration) -> bool:
    return isinstance(desired.scaling, FixedScaling) and isinstance(live.scaling, FixedScaling)


def _not_both_fixed(desired: Configuration, live: Configuration) -> bool:
    return not _both_fixed(desired, live)


def _single(desired: Configuration, live: Configuration) -> bool:
    return desired.kind is DeploymentType.SINGLE_MODEL


def _grouped(desired: Configuration, live: Configuration) -> bool:
    return not _single(desired, live)


FIELDS: tuple[ConfigurationField, ...] = (
    _field("metadata.name", OptionGroup.METADATA, META_SOURCE, "name"),
    _field("metadata.description", OptionGroup.METADATA, META_SOURCE, "description", reliable=False),
    _field("spec.deploymentType", OptionGroup.KIND, KIND_SOURCE, "kind"),
    _field("spec.logs.access", OptionGroup.LOGS, LOGS_SOURCE, "logs", "access"),
    _field("spec.logs.predict", OptionGroup.LOGS, LOGS_SOURCE, "logs", "predict"),
    _bandwidth("minimum"),
    _bandwidth("maximum"),
    _field("spec.scaling", OptionGroup.SCALING, SCALING_SOURCE, "scaling", applies=_not_both_fixed),
    _field("spec.network.access", OptionGroup.NETWORK, NETWORK_SOURCE, "network", "access"),
    _field("spec.network.subnet", OptionGroup.NETWORK, NETWORK_SOURCE, "network", "subnet"),
    _field(
        "spec.network.privateEndpoint", OptionGroup.NETWORK, NETWORK_SOURCE, "network", "private_endpoint"
    ),
    _field("spec.image", OptionGroup.CONTAINER, CONTAINER_SOURCE, "container", "image"),
    _field("spec.image.digest", OptionGroup.CONTAINER, CONTAINER_SOURCE, "container", "digest"),
    _field("spec.server.command", OptionGroup.CONTAINER, CONTAINER_SOURCE, "container", "command"),
    _field("spec.server.entrypoint", OptionGroup.CONTAINER, CONTAINER_SOURCE, "container", "entrypoint"),
    _field("spec.server.port", OptionGroup.CONTAINER, CONTAINER_SOURCE, "container", "port"),
    _field("spec.server.healthPort", OptionGroup.CONTAINER, CONTAINER_SOURCE, "container", "health_port"),
    _field("spec.models", OptionGroup.CORE, CORE_SOURCE, "artifact", applies=_single),
    _field("spec.models", OptionGroup.MODELS, MODELS_SOURCE, "artifact", applies=_grouped),
    _field("spec.instance.shape", OptionGroup.CORE, CORE_SOURCE, "instance", "shape"),
    _field("spec.instance.ocpus", OptionGroup.CORE, CORE_SOURCE, "instance", "ocpus"),
    _field("spec.instance.memoryGBs", OptionGroup.CORE, CORE_SOURCE, "instance", "memory_gbs"),
    _field("spec.instance.cpuBaseline", OptionGroup.CORE, CORE_SOURCE, "instance", "cpu_baseline"),
    _field("spec.instance.capacityReservations", OptionGroup.CORE, CORE_SOURCE, "instance", "reservations"),
    ConfigurationField(
        "spec.scaling.instances",
        OptionGroup.CORE,
        CORE_SOURCE,
        lambda c: c.scaling.instances if isinstance(c.scaling, FixedScaling) else None,
        lambda into, other: replace(into, scaling=other.scaling),
        applies=_both_fixed,
    ),
)
"""Every field but labels, defined tags and environment variables, of which each key is a field of its own."""


def _label(key: str) -> ConfigurationField:
    return ConfigurationField(
        f"metadata.labels.{key}",
        OptionGroup.METADATA,
        META_SOURCE,
        lambda c: dict(c.labels).get(key),
        lambda into, other: replace(into, labels=_with_key(into.labels, other.labels, key)),
    )


def _defined_tag(key: str) -> ConfigurationField:
    return ConfigurationField(
        f"metadata.definedTags.{key}",
        OptionGroup.METADATA,
        META_SOURCE,
        lambda c: dict(c.defined_tags).get(key),
        lambda into, other: replace(into, defined_tags=_with_key(into.defined_tags, other.defined_tags, key)),
    )


def _variable(key: str) -> ConfigurationField:
    def put(into: Configuration, other: Configuration) -> Configuration:
        theirs = other.container.environment or ()
        kept = _with_key(into.container.environment or (), theirs, key)
        return replace(into, container=replace(into.container, environment=kept))

    return ConfigurationField(
        f"spec.server.env.{key}",
        OptionGroup.CONTAINER,
        CONTAINER_SOURCE,
        lambda c: _reveal(dict(c.container.environment or ()).get(key)),
        put,
    )


def _with_key(mine: tuple[tuple[str, T], ...], theirs: tuple[tuple[str, T], ...], key: str) -> Any:
    found = {name: value for name, value in mine if name != key}
    found |= {name: value for name, value in theirs if name == key}
    return tuple(sorted(found.items(), key=lambda item: item[0]))


def fields_of(desired: Configuration, live: Configuration) -> Iterator[ConfigurationField]:
    """Every row that says something of these two, in the order in which changes are shown.

    Defined tags that are live and not asked for are left alone: tag defaults of the compartment add them
    (docs/service.md §8).
    """
    yield from (row for row in FIELDS if row.group is OptionGroup.METADATA)
    yield from (_label(key) for key in _keys(desired.labels, live.labels))
    yield from (_defined_tag(key) for key in _keys(desired.defined_tags, ()))
    yield from (row for row in FIELDS if row.group is not OptionGroup.METADATA and row.applies(desired, live))
    if desired.container.environment is not None:
        yield from (
            _variable(key) for key in _keys(desired.container.environment, live.container.environment or ())
        )


def _keys(one: tuple[tuple[str, Any], ...], other: tuple[tuple[str, Any], ...]) -> list[str]:
    return sorted({key for key, _ in (*one, *other)})


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one deployment, old and new, ready to be shown: secrets are masked already.

    `update` is the number of the update that carries it, counted from 1; 0 when it is not carried by one.
    """

    field: str
    old: Json
    new: Json
    group: OptionGroup
    impact: Impact
    source: str
    update: int = 0


def diff(desired: Configuration, live: Configuration, ignore: Collection[str] = ()) -> tuple[Change, ...]:
    """Every field in which live is not what is desired. None in desired keeps what is live, and so do the
    JSON pointers to be ignored.
    """
    filled = fill(desired, live, ignore)
    return tuple(
        _change(row, row.read(live), row.read(filled), filled, live)
        for row in fields_of(filled, live)
        if _differs(row, row.read(live), row.read(filled))
    )


def _differs(row: ConfigurationField, old: object, new: object) -> bool:
    unknown = old is None and not row.reliable
    left_to_service = row.path == DIGEST and new is None
    return old != new and not unknown and not left_to_service


def fill(desired: Configuration, live: Configuration, ignore: Collection[str] = ()) -> Configuration:
    """`desired` with what is left open or ignored taken from what is live, so that both compare and nested
    objects can be sent whole.

    A digest that the manifest does not pin stays as it is while the image stays, and is left to the service
    when the image changes (docs/service.md §4.1: a stored digest keeps the deployment pinned).
    """
    container, instance = desired.container, desired.instance
    if container.digest is None and container.image == live.container.image:
        container = replace(container, digest=live.container.digest)
    reservations = _or(instance.reservations, live.instance.reservations)
    instance = replace(instance, reservations=reservations)
    if instance.shape == live.instance.shape:
        instance = replace(
            instance,
            ocpus=_or(instance.ocpus, live.instance.ocpus),
            memory_gbs=_or(instance.memory_gbs, live.instance.memory_gbs),
            cpu_baseline=_or(instance.cpu_baseline, live.instance.cpu_baseline),
        )
    filled = replace(
        desired,
        container=replace(container, environment=_fill_variables(container.environment, live)),
        instance=instance,
        scaling=_fill_scaling(desired, live),
        logs=replace(
            desired.logs,
            access=_or(desired.logs.access, live.logs.access),
            predict=_or(desired.logs.predict, live.logs.predict),
        ),
        bandwidth=_fill_bandwidth(desired.bandwidth, live.bandwidth),
        network=_fill_network(desired.network, live.network),
        defined_tags=_fill_tags(desired.defined_tags, live.defined_tags),
    )
    return _ignoring(filled, live, ignore)


def _ignoring(desired: Configuration, live: Configuration, ignore: Collection[str]) -> Configuration:
    kept = [row for row in fields_of(desired, live) if ignored(row.pointer, ignore)] if ignore else []
    for row in kept:
        desired = row.put(desired, live)
    names = {row.path.removeprefix(VARIABLES) for row in kept if row.path.startswith(VARIABLES)}
    return _hide(desired, names) if names else desired


def _hide(configuration: Configuration, names: Collection[str]) -> Configuration:
    """Variables that are taken from what is live may be secrets, so they become some."""
    container = configuration.container
    hidden = tuple(
        (key, Secret(LIVE, _reveal(value) or "") if key in names else value)
        for key, value in container.environment or ()
    )
    return replace(configuration, container=replace(container, environment=hidden))


def ignored(pointer: str, ignore: Collection[str]) -> bool:
    """Whether a JSON pointer is one of these, or lies below one."""
    return any(pointer == item or pointer.startswith(f"{item}/") for item in ignore)


def only(groups: Set[OptionGroup], desired: Configuration, live: Configuration) -> Configuration:
    """`live` with the fields of these groups taken from `desired`: what stands after an update of just those
    groups. The variables of a container that is left alone are None: they never become part of a plan.
    """
    result = live
    for row in fields_of(desired, live):
        if row.group in groups:
            result = row.put(result, desired)
    if OptionGroup.CONTAINER not in groups:
        result = replace(result, container=replace(result.container, environment=None))
    return result


def _or(desired: T | None, live: T | None) -> T | None:
    return live if desired is None else desired


def _fill_scaling(desired: Configuration, live: Configuration) -> Any:
    """The initial count is only told when it is asked for: "anytime [it] is updated, the number of instances
    will be reset to this value" (docs/service.md §1.6).
    """
    wanted, now = desired.scaling, live.scaling
    if isinstance(wanted, FixedScaling) or isinstance(now, FixedScaling) or wanted.initial is not None:
        return wanted
    return replace(wanted, initial=now.initial) if _fits(now.initial, wanted) else wanted


def _fits(initial: int | None, scaling: Any) -> bool:
    return initial is not None and scaling.minimum <= initial <= scaling.maximum


def _fill_bandwidth(desired: Bandwidth | None, live: Bandwidth | None) -> Bandwidth | None:
    if desired is None or live is None:
        return _or(desired, live)
    if desired.maximum is None and desired.minimum == live.minimum:
        return live
    return desired


def _fill_variables(desired: tuple[Variable, ...] | None, live: Configuration) -> tuple[Variable, ...] | None:
    """A secret that was not looked at stays what is live."""
    now = dict(live.container.environment or ())
    return desired and tuple(
        (key, replace(value, value=_reveal(now.get(key))))
        if isinstance(value, Secret) and not value.known
        else (key, value)
        for key, value in desired
    )


def _fill_network(desired: Network, live: Network) -> Network:
    return live if desired.access is None else desired


def _fill_tags(desired: Pairs, live: Pairs) -> Pairs:
    return tuple(sorted({**dict(live), **dict(desired)}.items()))


def _change(
    row: ConfigurationField, old: object, new: object, desired: Configuration, live: Configuration
) -> Change:
    if row.path.startswith(VARIABLES):
        old, new = _shown_variable(row.path.removeprefix(VARIABLES), desired, live)
    return Change(row.path, to_json(old), to_json(new), row.group, impact_of(row.group), row.source)


def impact_of(group: OptionGroup) -> Impact:
    """What a change of this group costs by itself; what it costs in a plan is on the change."""
    match group:
        case OptionGroup.METADATA:
            return Impact.METADATA
        case OptionGroup.KIND:
            return Impact.REPLACE
        case OptionGroup.STATE:
            return Impact.STOP
        case _:
            return Impact.ZERO_DOWNTIME


def _reveal(value: str | Secret | None) -> str | None:
    return value.value if isinstance(value, Secret) else value


def _shown_variable(key: str, desired: Configuration, live: Configuration) -> tuple[object, object]:
    """What is live is never shown: it may be a secret that was declared as one in a manifest that is gone."""
    old = dict(live.container.environment or ())
    new: dict[str, str | Secret] = dict(desired.container.environment or ())
    return (MASK if key in old else None), _masked(key, new.get(key))


def _masked(key: str, value: str | Secret | None) -> object:
    return MASK if isinstance(value, str) and looks_secret(key) else value


def looks_secret(variable: str) -> bool:
    """Whether a variable's name says that its value must not be shown."""
    return any(word in variable.upper() for word in SECRET_WORDS)


LIVE = "live"
"""The reference of a variable's value that is kept as it is on the deployment."""

DIGEST = "spec.image.digest"
VARIABLES = "spec.server.env."
SECRET_WORDS = (
    "PASSWORD",
    "PASSWD",
    "SECRET",
    "TOKEN",
    "CREDENTIAL",
    "PRIVATE",
    "PASSPHRASE",
    "_KEY",
    "APIKEY",
)
