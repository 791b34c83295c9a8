"""The parts of one running emulator, and the types that the table of operations is made of."""

from collections.abc import Callable
from dataclasses import dataclass

from .blobs import Blobs
from .fleets import Fleets
from .lifecycle import Lifecycle
from .orders import Orders
from .store import Store
from .update_groups import Reading
from .wire import Answer, Call


@dataclass(frozen=True, slots=True)
class Site:
    """What a handler may use: it decides from the store and the call, and starts nothing itself."""

    store: Store
    region: str
    update_groups: Reading = Reading.STRICT
    servers: Callable[[str], int | None] = lambda deployment_id: None
    """How many servers serve the deployment; None where none are run, or they cannot be counted."""


@dataclass(frozen=True, slots=True)
class Plane:
    site: Site
    blobs: Blobs
    fleets: Fleets
    lifecycle: Lifecycle
    orders: Orders


Handler = Callable[[Site, Call], Answer]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the API. It runs inside one transaction. `retry_token`: whether opc-retry-token is
    honoured.
    """

    method: str
    path: str
    handler: Handler
    retry_token: bool = False
