"""What ordered failures do to calls, and how late every answer is. Around the operations, inside none.

A connection is reset for real: the peer reads ECONNRESET, not an end of stream. For that, `server` leaves
each request its transport.
"""

import asyncio
import logging
import socket
import struct
from collections.abc import Awaitable, Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from .errors import ServiceError, internal, too_many_requests, unavailable
from .orders import Failure, Order, Orders

_LOG = logging.getLogger(__name__)
_AT_ONCE = struct.pack("ii", 1, 0)
_REFUSALS = {
    Failure.TOO_MANY_REQUESTS: lambda: too_many_requests("Too many requests for the tenancy."),
    Failure.CONFLICT: lambda: ServiceError(
        409, "IncorrectState", "The state of the resource does not allow this now."
    ),
    Failure.INTERNAL_ERROR: lambda: internal("Internal server error."),
    Failure.UNAVAILABLE: lambda: unavailable("The service is currently unavailable."),
}
Endpoint = Callable[[Request], Awaitable[Response]]


def faulty(orders: Orders, latency: float, operation: str, endpoint: Endpoint) -> Endpoint:
    """`endpoint`, which answers `latency` seconds late and meets the orders for `operation` (its name)."""

    async def answer(request: Request) -> Response:
        order = orders.meet(operation, request.path_params.get("id"))
        if order is not None:
            _LOG.info("%s meets %s, as ordered", operation, order.failure)
        try:
            if order is not None:
                await _before(order, request)
            return await endpoint(request)
        finally:
            await _after(order, latency, request)

    return answer


async def _before(order: Order, request: Request) -> None:
    """Raises what the call is refused with, if it is."""
    if order.failure is Failure.RESET_BEFORE:
        await _reset(request)
        raise ClientDisconnect
    if order.failure in _REFUSALS:
        async for _ in request.stream():
            pass  # a client that is still sending would miss the answer
        raise _REFUSALS[order.failure]()


async def _after(order: Order | None, latency: float, request: Request) -> None:
    slow = order.seconds if order is not None and order.failure is Failure.SLOW else 0.0
    if latency + slow > 0:
        await asyncio.sleep(latency + slow)
    if order is not None and order.failure is Failure.RESET_AFTER:
        await _reset(request)


async def _reset(request: Request) -> None:
    transport = request.state.transport
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    transport.abort()
    await asyncio.sleep(0)  # the connection is closed, so that nothing more is written to it
