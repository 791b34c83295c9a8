"""What the table of operations is made of. `app.routes` has the table."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from starlette.requests import Request
from starlette.responses import Response

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.wire.calls import Answer, Call
from datascience_emulator.wire.schema import Parser

Handler = Callable[[Cloud, Call], Answer]
Ahead = Callable[[Cloud, Call], Awaitable[Call]]
Endpoint = Callable[[Cloud, Request], Awaitable[Response]]


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
    `ahead`: what is asked of others, before the transaction; it adds the answers to the call.
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
    ahead: Ahead | None = None


def control_plane(note: str, *operations: Operation) -> tuple[Operation, ...]:
    """`operations` that have documents and states only, for the one reason that `note` gives."""
    return tuple(replace(operation, status=Status.CONTROL_PLANE, note=note) for operation in operations)


@dataclass(frozen=True, slots=True)
class StreamOperation:
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
    operations: tuple[Operation | StreamOperation, ...]
