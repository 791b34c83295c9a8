"""Ordering failures over HTTP: the emulator's own operations, which the service does not have.

Absent unless asked for at the start. Unsigned, so only for programs on this machine: the peer has to be a
loopback address, and so does the name that it asked for (a web page cannot fake that one).

    GET    /emulator/orders    {"orders": [{failure, operation?, deployment?, times}], "held": [OCID]}
    POST   /emulator/orders    one order as above: {"failure": "capacity", "operation": "update", "times": 2}
    DELETE /emulator/orders    forgets all orders
    POST   /emulator/release   what is held goes on
"""

import ipaddress
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .errors import cannot_parse, not_found
from .gate import guarded, json_response
from .jsons import JsonValue, parse_json
from .orders import Failure, Order, Orders, Target
from .schema import integer, one_of, record, text

_MAX_ORDER = 4096
_order = record(
    {"failure": one_of(*Failure)},
    {"operation": one_of(*Target), "deployment": text(maximum=255), "times": integer(1, 1000)},
)


def control_routes(orders: Orders) -> list[Route]:
    async def show(request: Request) -> Response:
        return _shown(orders)

    async def add(request: Request) -> Response:
        orders.add(_parse(await _body(request)))
        return _shown(orders)

    async def clear(request: Request) -> Response:
        orders.clear()
        return _shown(orders)

    async def release(request: Request) -> Response:
        orders.release()
        return _shown(orders)

    return [
        _route("/emulator/orders", show, "GET"),
        _route("/emulator/orders", add, "POST"),
        _route("/emulator/orders", clear, "DELETE"),
        _route("/emulator/release", release, "POST"),
    ]


def _route(path: str, endpoint: Callable[[Request], Awaitable[Response]], method: str) -> Route:
    async def local(request: Request) -> Response:
        if request.client is None or not (_loopback(request.client.host) and _loopback(request.url.hostname)):
            raise not_found()
        return await endpoint(request)

    return Route(path, guarded(local), methods=[method])


def _loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


async def _body(request: Request) -> JsonValue:
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > _MAX_ORDER:
            raise cannot_parse(f"An order is at most {_MAX_ORDER} bytes.")
    try:
        return parse_json(raw)
    except ValueError as error:
        raise cannot_parse(f"The body is not JSON: {error}") from error


def _parse(body: JsonValue) -> Order:
    given = _order(body, "")
    operation = given.get("operation")
    return Order(
        Failure(given["failure"]),
        Target(operation) if operation else None,
        given.get("deployment"),
        given.get("times", 1),
    )


def _shown(orders: Orders) -> Response:
    body = {"orders": [_as_json(order) for order in orders.pending], "held": list(orders.held)}
    return json_response(200, body, {})


def _as_json(order: Order) -> dict[str, Any]:
    shown = {
        "failure": order.failure,
        "operation": order.operation,
        "deployment": order.deployment,
        "times": order.times,
    }
    return {name: value for name, value in shown.items() if value is not None}
