"""What ordered faults do to calls, and how late every answer is.

A call meets its fault as soon as its caller is known (`http_requests.signed_in`). Connections are really
reset: the peer reads ECONNRESET, not an end of stream. `api.http_server` gives each request its
transport for that.
"""

import asyncio
import logging
import socket
import struct
from collections.abc import Awaitable, Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from datascience_emulator.api.http_requests import http_date, on_sign_in, refusal
from datascience_emulator.faults.orders import Fault, Order, Orders
from datascience_emulator.wire.errors import (
    ServiceError,
    internal,
    limit_exceeded,
    not_authenticated,
    not_found,
    too_many_requests,
    unavailable,
)

_LOG = logging.getLogger(__name__)
_AT_ONCE = struct.pack("ii", 1, 0)
# UNVERIFIED: the wording.
_OVER_QUOTA = (
    "The following compartment quotas were exceeded: model-deploy-count. Ask an administrator of the tenancy."
)
REFUSALS: dict[Fault, Callable[[Order], ServiceError]] = {
    Fault.LIMIT_EXCEEDED: lambda order: limit_exceeded(order.limit),
    Fault.QUOTA_EXCEEDED: lambda _: ServiceError(400, "QuotaExceeded", _OVER_QUOTA),
    Fault.NOT_AUTHENTICATED: lambda _: not_authenticated("The session has ended."),
    Fault.NOT_AUTHORIZED: lambda _: not_found(),
    Fault.CLOCK: lambda _: not_authenticated("the date is more than 5 minutes from the server's clock"),
    Fault.TOO_MANY_REQUESTS: lambda _: too_many_requests("Too many requests for the tenancy."),
    Fault.CONFLICT: lambda _: ServiceError(
        409, "IncorrectState", "The state of the resource does not allow this now."
    ),
    Fault.INTERNAL_ERROR: lambda _: internal("Internal server error."),
    Fault.UNAVAILABLE: lambda _: unavailable("The service is currently unavailable."),
}
"""The refusal of each fault that refuses a call, for the order that it meets."""

Endpoint = Callable[[Request], Awaitable[Response]]


class _Instead(Exception):
    """The call is not answered by its operation, but as an order says."""


def faulty(orders: Orders, latency: float, operation: str, endpoint: Endpoint) -> Endpoint:
    """`endpoint`, answering `latency` seconds late, and meeting the orders for `operation` (its name).

    Only callers who sign in meet orders: others who can reach the port must not use them up.
    """

    async def answer(request: Request) -> Response:
        met: list[Order] = []

        def meet() -> None:
            order = orders.meet(operation, request.path_params.get("id"))
            if order is None:
                return
            _LOG.info("%s meets %s, as ordered", operation, order.fault)
            met.append(order)
            if order.fault is Fault.RESET_BEFORE or order.fault in REFUSALS:
                raise _Instead

        on_sign_in(request, meet)
        try:
            return await endpoint(request)
        except _Instead:
            return await _instead(met[0], request)
        finally:
            await _after(met[0] if met else None, latency, request)

    return answer


async def _instead(order: Order, request: Request) -> Response:
    """The refusal of the order's fault, returned or raised."""
    if order.fault is Fault.RESET_BEFORE:
        await _reset(request)
        raise ClientDisconnect
    async for _ in request.stream():
        pass  # a client that is still sending would not read the answer
    error = REFUSALS[order.fault](order)
    if order.fault is not Fault.CLOCK:
        raise error
    answer = refusal(error)
    answer.headers["date"] = http_date(order.seconds)
    return answer


async def _after(order: Order | None, latency: float, request: Request) -> None:
    slow = order.seconds if order is not None and order.fault is Fault.SLOW else 0.0
    if latency + slow > 0:
        await asyncio.sleep(latency + slow)
    if order is not None and order.fault is Fault.RESET_AFTER:
        await _reset(request)


async def _reset(request: Request) -> None:
    transport = request.state.transport
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    transport.abort()
    await asyncio.sleep(0)  # lets the connection be closed, so that nothing more is written to it
