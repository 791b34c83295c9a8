"""The control API: ordering faults and setting the progression over HTTP, while the emulator runs.

It is open only with `--control`; the description of all operations, /emulator/openapi.json, always is. Its
requests are not signed, so it takes them from programs on this machine only: both the address of the peer and
the host that it asks for have to be loopback. A browser on this machine fulfils that for any web page, so
requests are refused when their headers (`Origin`, `Sec-Fetch-Cloud`) say that they come from a page, and
bodies have to be declared as application/json, for which a page would need permission.

    GET    /emulator/health       {"version"}
    GET    /emulator/orders       {"orders": [{fault, operation, times, …}], "held": [OCID]}
    POST   /emulator/orders       one order as above: {"fault": "unavailable", "operation": "list_*"}
    DELETE /emulator/orders       forgets all orders
    POST   /emulator/release      what is held goes on
    PUT    /emulator/progression  {"progression": "reads:3"}: how long asynchronous work takes from now on
"""

import ipaddress
from collections.abc import Awaitable, Callable, Collection

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from datascience_emulator.api.http_requests import guarded, json_response
from datascience_emulator.faults.order_format import from_json, to_json
from datascience_emulator.faults.orders import Orders
from datascience_emulator.lifecycle.progression import Progression, parse_progression
from datascience_emulator.version import __version__
from datascience_emulator.wire.errors import cannot_parse, invalid, not_found
from datascience_emulator.wire.json_values import JsonValue, parse_json
from datascience_emulator.wire.schema import record, text

_MAX_BODY = 4096
_progression = record({"progression": text(maximum=64)}, {})


def control_routes(
    orders: Orders, names: Collection[str], progress: Callable[[Progression], None]
) -> list[Route]:
    """`names`: of all operations, for the patterns of orders. `progress`: makes another progression hold."""

    async def health(request: Request) -> Response:
        return json_response(200, {"version": __version__}, {})

    async def show(request: Request) -> Response:
        return _shown(orders)

    async def add(request: Request) -> Response:
        orders.add(from_json(await read_json(request), names))
        return _shown(orders)

    async def clear(request: Request) -> Response:
        orders.clear()
        return _shown(orders)

    async def release(request: Request) -> Response:
        orders.release()
        return _shown(orders)

    async def set_progression(request: Request) -> Response:
        progression = _parse_progression(await read_json(request))
        progress(progression)
        return json_response(200, {"progression": str(progression)}, {})

    return [
        local_route("/emulator/health", health, "GET"),
        local_route("/emulator/orders", show, "GET"),
        local_route("/emulator/orders", add, "POST"),
        local_route("/emulator/orders", clear, "DELETE"),
        local_route("/emulator/release", release, "POST"),
        local_route("/emulator/progression", set_progression, "PUT"),
    ]


def local_route(path: str, endpoint: Callable[[Request], Awaitable[Response]], method: str) -> Route:
    async def local(request: Request) -> Response:
        if not _from_here(request) or _from_a_page(request):
            raise not_found()
        return await endpoint(request)

    return Route(path, guarded(local), methods=[method])


def _from_here(request: Request) -> bool:
    client = request.client
    return client is not None and _loopback(client.host) and _loopback(request.url.hostname)


def _from_a_page(request: Request) -> bool:
    came_from = request.headers.get("sec-fetch-site", "none")
    return "origin" in request.headers or came_from not in ("none", "same-origin")


def _loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


async def read_json(request: Request) -> JsonValue:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise invalid("content-type: must be application/json (curl --json, or -H)")
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > _MAX_BODY:
            raise cannot_parse(f"The body is at most {_MAX_BODY} bytes.")
    try:
        return parse_json(raw)
    except ValueError as error:
        raise cannot_parse(f"The body is not JSON: {error}") from error


def _parse_progression(body: JsonValue) -> Progression:
    try:
        return parse_progression(_progression(body, "")["progression"])
    except ValueError as error:
        raise invalid(str(error)) from error


def _shown(orders: Orders) -> Response:
    body = {"orders": [to_json(order) for order in orders.pending], "held": list(orders.held)}
    return json_response(200, body, {})
