"""The parts of one running emulator, and the types that the table of operations is made of."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from starlette.requests import Request
from starlette.responses import Response

from datascience_emulator.api.schema import Parser
from datascience_emulator.api.wire import Answer, Call
from datascience_emulator.faults.orders import Orders
from datascience_emulator.lifecycle.fleets import Fleets
from datascience_emulator.lifecycle.lifecycle import Lifecycle
from datascience_emulator.lifecycle.rates import Rate
from datascience_emulator.limits import Limits
from datascience_emulator.logging.server_logs import ServerLogs
from datascience_emulator.monitoring.metrics import Metrics
from datascience_emulator.readings import Readings
from datascience_emulator.store.blobs import Blobs
from datascience_emulator.store.store import Store


@dataclass(frozen=True, slots=True)
class Site:
    """What a handler may use: it decides from the store and the call, and starts nothing itself."""

    store: Store
    region: str
    logs: ServerLogs
    readings: Readings = field(default_factory=Readings)
    limits: Limits = field(default_factory=Limits)
    servers: Callable[[str], int | None] = lambda deployment_id: None
    """How many servers serve the deployment; None where none are run."""
    metrics: Metrics = field(default_factory=Metrics)


@dataclass(frozen=True, slots=True)
class Plane:
    site: Site
    blobs: Blobs
    fleets: Fleets
    lifecycle: Lifecycle
    orders: Orders
    rate: Rate


Handler = Callable[[Site, Call], Answer]
Endpoint = Callable[[Plane, Request], Awaitable[Response]]


class Status(StrEnum):
    """How much of an operation is there. CONTROL_PLANE: documents and states, but nothing happens."""

    FULL = "full"
    CONTROL_PLANE = "control plane only"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a service, which runs inside one transaction.

    `name`: as the SDK's method is called. `path`: below the base of its service. `body`: what the call's body
    is parsed with, None when the operation has none. `query`: the parameters that are honoured.
    `retry_token`: whether opc-retry-token is honoured. `note`: what a user should know, in one sentence.
    """

    name: str
    method: str
    path: str
    handler: Handler
    body: Parser | None = None
    query: tuple[str, ...] = ()
    retry_token: bool = False
    status: Status = Status.FULL
    note: str = ""


def control_plane(note: str, *operations: Operation) -> tuple[Operation, ...]:
    """`operations` that have documents and states only, for the one reason that `note` gives."""
    return tuple(replace(one, status=Status.CONTROL_PLANE, note=note) for one in operations)


@dataclass(frozen=True, slots=True)
class Transfer:
    """One operation whose bodies are streams; the endpoint verifies the signature itself."""

    name: str
    method: str
    path: str
    endpoint: Endpoint
    query: tuple[str, ...] = ()
    status: Status = Status.FULL
    note: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """One service of OCI. `base`: what all its paths begin with."""

    name: str
    base: str
    operations: tuple[Operation | Transfer, ...]
