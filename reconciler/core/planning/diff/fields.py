"""The one table of fields: where each stands in the manifest, which option group it is in, and why.

Nothing else in the project knows which field belongs to which option group.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, TypeAlias, TypeVar

from reconciler.core.model.configuration import Configuration, DeploymentType, FixedScaling, Secret
from reconciler.core.planning.diff.option_groups import OptionGroup

T = TypeVar("T")


Applies: TypeAlias = Callable[[Configuration, Configuration], bool]


@dataclass(frozen=True, slots=True)
class ConfigurationField:
    """One row: its place in the manifest, its option group and the source for that, and how the field is
    read and put into another configuration.
    """

    path: str
    option_group: OptionGroup
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
        return pointer_of(self.path)


def pointer_of(path: str) -> str:
    """The place of a field as a JSON pointer."""
    return "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in path.split("."))


MODELS_FIELD = "spec.models"
"""The content of the models, or of the members of a model group."""

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
        name, *rest = left
        value = getattr(other, name)
        return replace(into, **{name: put(getattr(into, name), value, tuple(rest)) if rest else value})

    return ConfigurationField(path, group, source, lambda c: reduce(getattr, names, c), put, **more)


def _bandwidth(name: str, attribute: str) -> ConfigurationField:
    """Both limits go together: one alone would not be a bandwidth."""
    return ConfigurationField(
        f"spec.bandwidthMbps.{name}",
        OptionGroup.BANDWIDTH,
        BANDWIDTH_SOURCE,
        lambda c: c.bandwidth and getattr(c.bandwidth, attribute),
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
    _bandwidth("min", "minimum"),
    _bandwidth("max", "maximum"),
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
    _field(MODELS_FIELD, OptionGroup.CORE, CORE_SOURCE, "artifact", applies=_single),
    _field(MODELS_FIELD, OptionGroup.MODELS, MODELS_SOURCE, "artifact", applies=_grouped),
    _field("spec.instance.shape", OptionGroup.CORE, CORE_SOURCE, "instance", "shape"),
    _field("spec.instance.ocpus", OptionGroup.CORE, CORE_SOURCE, "instance", "ocpus"),
    _field("spec.instance.memoryGBs", OptionGroup.CORE, CORE_SOURCE, "instance", "memory_gbs"),
    _field("spec.instance.cpuBaseline", OptionGroup.CORE, CORE_SOURCE, "instance", "cpu_baseline"),
    _field("spec.instance.capacityReservations", OptionGroup.CORE, CORE_SOURCE, "instance", "reservations"),
    ConfigurationField(
        "spec.scaling.instances",
        OptionGroup.CORE,
        CORE_SOURCE,
        lambda c: c.scaling.instances if isinstance(c.scaling, FixedScaling) else c.scaling,
        lambda into, other: replace(into, scaling=other.scaling),
        applies=_both_fixed,
    ),
)
"""Every field but labels, defined tags and environment variables, of which each key is a field of its own."""


def _tag(name: str, attribute: str, key: str) -> ConfigurationField:
    """The row of one label, or of one defined tag."""

    def put(into: Configuration, other: Configuration) -> Configuration:
        tags = _with_key(getattr(into, attribute), getattr(other, attribute), key)
        return replace(into, **{attribute: tags})

    place = f"metadata.{name}.{key}"
    return ConfigurationField(
        place, OptionGroup.METADATA, META_SOURCE, lambda c: dict(getattr(c, attribute)).get(key), put
    )


LABELS, DEFINED_TAGS = "metadata.labels.", "metadata.definedTags."

_WITHOUT_TEXT = frozenset({"spec.deploymentType", MODELS_FIELD, "spec.scaling.instances"})
"""Rows without a text of people. Which content a deployment runs is told by its digest, or an OCID."""


def rows_with_text(configuration: Configuration) -> Iterator[ConfigurationField]:
    """The rows in which a configuration may hold a text that somebody wrote: all but its variables, of which
    no plan has the live values.
    """
    yield from (row for row in FIELDS if row.path not in _WITHOUT_TEXT)
    yield from (_tag("labels", "labels", key) for key, _ in configuration.labels)
    yield from (_tag("definedTags", "defined_tags", key) for key, _ in configuration.defined_tags)


def row_at(path: str) -> ConfigurationField | None:
    """The row of `rows_with_text` at this path; None where there is none."""
    if path.startswith(LABELS):
        return _tag("labels", "labels", path.removeprefix(LABELS))
    if path.startswith(DEFINED_TAGS):
        return _tag("definedTags", "defined_tags", path.removeprefix(DEFINED_TAGS))
    return next((row for row in FIELDS if row.path == path and path not in _WITHOUT_TEXT), None)


def _variable(key: str) -> ConfigurationField:
    def put(into: Configuration, other: Configuration) -> Configuration:
        theirs = other.container.environment or ()
        kept = _with_key(into.container.environment or (), theirs, key)
        return replace(into, container=replace(into.container, environment=kept))

    return ConfigurationField(
        f"spec.server.env.{key}",
        OptionGroup.CONTAINER,
        CONTAINER_SOURCE,
        lambda c: plain_value(dict(c.container.environment or ()).get(key)),
        put,
    )


def _with_key(mine: tuple[tuple[str, T], ...], theirs: tuple[tuple[str, T], ...], key: str) -> Any:
    kept = [(name, value) for name, value in mine if name != key]
    taken = [(name, value) for name, value in theirs if name == key]
    return tuple(sorted([*kept, *taken], key=lambda item: item[0]))


def fields_of(
    desired: Configuration, live: Configuration, applied: Configuration | None = None
) -> Iterator[ConfigurationField]:
    """Every row that says something of these two, in the order in which changes are shown; with `applied`,
    also the labels, tags and variables that were applied and are in neither of them any more.

    Defined tags that are live and not desired are left alone: tag defaults of the compartment add them
    (docs/service.md §8).
    """
    before = applied or desired
    yield from (row for row in FIELDS if row.option_group is OptionGroup.METADATA)
    yield from (_tag("labels", "labels", key) for key in _keys(desired.labels, live.labels, before.labels))
    defined = _keys(desired.defined_tags, before.defined_tags)
    yield from (_tag("definedTags", "defined_tags", key) for key in defined)
    yield from (
        row for row in FIELDS if row.option_group is not OptionGroup.METADATA and row.applies(desired, live)
    )
    if desired.container.environment is not None:
        there, then = live.container.environment or (), before.container.environment or ()
        yield from (_variable(key) for key in _keys(desired.container.environment, there, then))


def _keys(*mappings: tuple[tuple[str, Any], ...]) -> list[str]:
    return sorted({key for mapping in mappings for key, _ in mapping})


def plain_value(value: str | Secret | None) -> str | None:
    return value.value if isinstance(value, Secret) else value


LIVE = "live"
"""The reference of a variable's value that is kept as it is on the deployment."""

DIGEST, DIGEST_POINTER = "spec.image.digest", "/spec/image/digest"
VARIABLES = "spec.server.env."
