"""The parts of one running emulator, and the types that the table of operations is made of."""

from collections.abc import Callable
from dataclasses import dataclass

from .blobs import Blobs
from .fleets import Fleets
from .lifecycle import Lifecycle
from .store import Store
from .wire import Answer, Call


@dataclass(frozen=True, slots=True)
class Site:
    """What a handler may use: it decides from the store and the call, and starts nothing itself."""

    store: Store
    region: str


@dataclass(frozen=True, slots=True)
class Plane:
    site: Site
    blobs: Blobs
    fleets: Fleets
    lifecycle: Lifecycle


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
