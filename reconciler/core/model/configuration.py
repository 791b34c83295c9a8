"""The small values that specs and live deployments are made of, and `Configuration`, the shape in which the
two are compared.

Manifests and the cloud both end up here. In a desired configuration `None` means "the service's choice":
whatever is live is right.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import Field, dataclass, field, fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any, TypeAlias

from reconciler.core.model.errors import Refused

Pairs: TypeAlias = tuple[tuple[str, str], ...]
"""A mapping of strings as a sorted tuple, so that values stay frozen, hashable and comparable."""

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

CONTAINER_TYPE, TRITON = "CONTAINER_TYPE", "TRITON"
"""With this value the service maps its endpoints to Triton's (environment variable of the deployment)."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that must never be printed, planned, saved or hashed in the clear.

    `reference` says where it comes from: `env.X`, a variable of the environment of whoever plans, or the
    deployment itself. `default` is the manifest's own text for when that is not set. `value` is None while it
    has not been looked at.
    """

    reference: str
    value: str | None = field(repr=False, default=None)
    default: str | None = None

    @classmethod
    def of(cls, name: str, default: str | None = None) -> "Secret":
        """The secret in this variable of the environment, not looked at."""
        return cls(f"{ENVIRONMENT}{name}", None, default)

    @property
    def name(self) -> str:
        """The variable of the environment; empty when it comes from elsewhere."""
        return self.reference.removeprefix(ENVIRONMENT) if self.reference.startswith(ENVIRONMENT) else ""

    @property
    def known(self) -> bool:
        """Whether its value has been looked up, and there is one."""
        return self.value is not None

    def revealed(self) -> str:
        """The value, for whoever sends it. Nothing is ever sent in place of one that is not known."""
        if self.value is None:
            raise Refused(f"{self.reference} is not set here, and nothing is sent without it")
        return self.value

    def __str__(self) -> str:
        return f"(sensitive, from {self.reference})"


ENVIRONMENT = "env."
"""What the reference of a variable of the environment begins with."""

Variable: TypeAlias = tuple[str, "str | Secret"]


class DeploymentType(StrEnum):
    """What a deployment runs: one catalog model, or a group of them (docs/service.md §1.6)."""

    SINGLE_MODEL = "SINGLE_MODEL"
    MODEL_GROUP = "MODEL_GROUP"


@dataclass(frozen=True, slots=True)
class Instance:
    """What one server runs on; `ocpus`, `memory_gbs` and `cpu_baseline` (a word of the service) only for
    flexible shapes; `reservations` are OCIDs of capacity reservations.
    """

    shape: str
    ocpus: float | None = None
    memory_gbs: float | None = None
    cpu_baseline: str | None = None
    reservations: tuple[str, ...] | None = None


class NetworkAccess(StrEnum):
    """What the containers can reach (docs/service.md §1.6: networkAccessType)."""

    NO_INTERNET = "MANAGED_NETWORKING_NO_INTERNET_ACCESS"
    INTERNET = "MANAGED_NETWORKING_INTERNET_ACCESS"
    CUSTOM = "CUSTOM_NETWORKING"


@dataclass(frozen=True, slots=True)
class Network:
    """Networking; `access` None leaves all of it as it is. `subnet` and `private_endpoint` are OCIDs."""

    access: NetworkAccess | None = None
    subnet: str | None = None
    private_endpoint: str | None = None


@dataclass(frozen=True, slots=True)
class FixedScaling:
    """Always the same number of instances."""

    instances: int

    @property
    def words(self) -> str:
        """How many instances, for people."""
        return str(self.instances)


class Metric(StrEnum):
    """Metrics by which the service scales on its own (docs/service.md §1.6: metricType)."""

    CPU = "CPU_UTILIZATION"
    MEMORY = "MEMORY_UTILIZATION"


DEFAULT_PENDING_SECONDS = 180


@dataclass(frozen=True, slots=True)
class ThresholdRule:
    """Scale out above, and in below, a utilisation in percent that has lasted for `pending_seconds`."""

    metric: Metric
    out_percent: int
    in_percent: int
    pending_seconds: int = DEFAULT_PENDING_SECONDS


@dataclass(frozen=True, slots=True)
class QueryRule:
    """Scale out, and in, while a query in the Monitoring Query Language holds for `pending_seconds`."""

    out_query: str
    in_query: str
    pending_seconds: int = DEFAULT_PENDING_SECONDS


Rule: TypeAlias = ThresholdRule | QueryRule


@dataclass(frozen=True, slots=True)
class Autoscaling:
    """Between `minimum` and `maximum` instances; `initial` None leaves the number there is.

    `rule` is None for what is live and no manifest can ask for, so that it always differs.
    """

    minimum: int
    maximum: int
    rule: Rule | None
    cool_down_seconds: int = 300
    initial: int | None = None

    @property
    def words(self) -> str:
        """How many instances, for people."""
        return f"{self.minimum} to {self.maximum}"


Scaling: TypeAlias = FixedScaling | Autoscaling


@dataclass(frozen=True, slots=True)
class Bandwidth:
    """Load balancer bandwidth in Mbps; the maximum is at most twice the minimum."""

    minimum: int
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class LogRef:
    """A custom log of OCI Logging: log group OCID and log OCID."""

    group: str
    log: str


@dataclass(frozen=True, slots=True)
class Logs:
    """Where access and predict logs go; `None` leaves what is there."""

    access: LogRef | None = None
    predict: LogRef | None = None


@dataclass(frozen=True, slots=True)
class Container:
    """The image and how it is started; `digest` is `sha256:…`, ports are inside the container.

    `environment` is None in an update that leaves the container alone: live variables may be secrets that
    no manifest tells any more, so they never become part of a plan.
    """

    image: str
    digest: str | None = None
    command: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    port: int = 8000
    health_port: int = 8000
    environment: tuple[Variable, ...] | None = ()

    @property
    def words(self) -> tuple[str, ...]:
        """What starts the server: the entrypoint, and behind it the command."""
        return (*self.entrypoint, *self.command)


@dataclass(frozen=True, slots=True)
class Configuration:
    """All that can be compared between what is desired and what is live.

    `artifact` is the digest of the content of the model repository, or of a model group's members; None
    when what is live was not published by us. `defined_tags` have keys `namespace.key`; those that are live
    and not desired are the service's or somebody's own. `description` is None when the service did not
    return it (docs/service.md §1.6: it does not do so reliably, as far as is known).
    """

    name: str
    artifact: str | None
    container: Container
    instance: Instance
    scaling: Scaling
    description: str | None = ""
    labels: Pairs = ()
    bandwidth: Bandwidth | None = None
    logs: Logs = Logs()
    network: Network = Network()
    defined_tags: Pairs = ()
    kind: DeploymentType = DeploymentType.SINGLE_MODEL


def secrets_in(value: object) -> Iterator[Secret]:
    """Every secret in any of our values."""
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from secrets_in(item)
    elif is_dataclass(value):
        for item in fields(value):
            yield from secrets_in(getattr(value, item.name))


def to_json(value: object) -> Json:
    """Any of our values as plain JSON data; a secret becomes its reference, never its value."""
    match value:
        case Secret():
            secret: dict[str, Json] = {"secret": value.reference}
            return secret if value.default is None else {**secret, "default": value.default}
        case None | bool() | int() | float() | str():
            return value
        case tuple() | list() | frozenset():
            items = sorted(value) if isinstance(value, frozenset) else value
            return [to_json(item) for item in items]
        case dict():
            return {str(key): to_json(item) for key, item in value.items()}
    kind: type[object] = type(value)
    if is_dataclass(kind):
        return {name: to_json(getattr(value, attribute)) for attribute, name in _document_names(kind)}
    raise TypeError(f"no JSON form for {type(value).__name__}")


@cache
def _document_names(kind: type[Any]) -> Pairs:
    """The fields of a dataclass, each with its name in documents."""
    return tuple((item.name, document_name(item)) for item in fields(kind))


def named(name: str) -> dict[str, str]:
    """The metadata of a field that has another name in documents and digests than in Python."""
    return {DOCUMENT_NAME: name}


def document_name(item: "Field[Any]") -> str:
    """The name of a dataclass's field in documents and digests, in Python's way of writing."""
    name: str = item.metadata.get(DOCUMENT_NAME, item.name)
    return name


DOCUMENT_NAME = "document name"


def digest_of(value: object) -> str:
    """64 hex digits that stand for a value: the same on every machine, at any time; secrets count by their
    reference.
    """
    text = json.dumps(to_json(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
