"""Puts the emulator together: routes to handlers, each call in one transaction, work started once it is
committed.
"""

import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from datascience_emulator.api import reading_checks
from datascience_emulator.api.content import free, sweep
from datascience_emulator.api.gate import authenticate, guarded, json_response, make_call, read_body, unrouted
from datascience_emulator.api.jsons import JsonValue, parse_json
from datascience_emulator.api.openapi import description
from datascience_emulator.api.retry import Token, recall, remember
from datascience_emulator.api.routes import FINISHERS, SERVICES
from datascience_emulator.api.wire import Answer, Call
from datascience_emulator.errors import cannot_parse
from datascience_emulator.faults.effects import faulty
from datascience_emulator.faults.operations import control_routes, local_route
from datascience_emulator.faults.orders import Orders
from datascience_emulator.home import Home
from datascience_emulator.identity import compartments
from datascience_emulator.lifecycle.fleets import Fleets, Serving, load_serving
from datascience_emulator.lifecycle.lifecycle import Lifecycle
from datascience_emulator.lifecycle.progression import Progression
from datascience_emulator.lifecycle.rates import Rate
from datascience_emulator.lifecycle.work import asked_by
from datascience_emulator.logging.server_logs import ServerLogs
from datascience_emulator.plane import Operation, Plane, Site, Transfer
from datascience_emulator.registry.control import image_routes
from datascience_emulator.settings import Settings
from datascience_emulator.store.blobs import Blobs
from datascience_emulator.store.store import Store
from datascience_emulator.version import __version__

DESCRIPTION = "/emulator/openapi.json"
_MAX_JSON = 4 * 1024 * 1024


def create_app(
    settings: Settings,
    load: Callable[[], Serving] = load_serving,
    progressed: Callable[[Progression], None] = lambda _: None,
) -> Starlette:
    """The emulator on `settings.home`, which it makes when absent. `load` brings the serving side, when first
    needed. `progressed` is told of another progression.

    `app.state.orders` takes orders for faults, whether or not they can be given over HTTP too. Raises
    HomeUnusable and StoreError when the state there cannot be used. Only one app may use a home at a
    time; the process that serves it holds the lock (`process`).
    """
    home = Home(settings.home)
    home.prepare()
    store = Store(home.state, synced=not settings.ephemeral)
    home.identify(store, settings.region, settings.new_key)
    blobs = Blobs(home.artifacts, synced=not settings.ephemeral)
    fleets = Fleets(home.servers, home.logs, blobs, load)
    logs, orders = ServerLogs(home.logs), Orders(settings.orders)
    site = Site(store, settings.region, logs, settings.readings, settings.limits, fleets.count)
    free_content = partial(blobs.free, used=store.blob_used)
    lifecycle = Lifecycle(store, fleets, settings.progression, orders, FINISHERS, free_content)
    plane = Plane(site, blobs, fleets, lifecycle, orders, Rate(settings.limits.predict_rate))
    control = [*control_routes(plane, progressed), *image_routes(site)] if settings.control else []
    routes = [*_routes(plane, settings.latency), *control, local_route(DESCRIPTION, _described, "GET")]
    app = Starlette(routes=routes, lifespan=_lifespan(plane), exception_handlers={HTTPException: unrouted})
    app.state.plane, app.state.orders = plane, orders
    return app


def _lifespan(plane: Plane) -> Callable[[Starlette], Any]:
    @asynccontextmanager
    async def run(app: Starlette) -> AsyncIterator[None]:
        sweep(plane)
        plane.lifecycle.resume()
        yield
        await plane.lifecycle.close()
        plane.site.store.close()

    return run


def _routes(plane: Plane, latency: float) -> list[Route]:
    return [
        _route(
            f"{service.base}{one.path}",
            faulty(plane.orders, latency, one.name, _endpoint(plane, one)),
            one.method,
        )
        for service in SERVICES
        for one in service.operations
    ]


def _endpoint(plane: Plane, one: Operation | Transfer) -> Callable[[Request], Awaitable[Response]]:
    return partial(one.endpoint if isinstance(one, Transfer) else partial(_operate, one), plane)


def _route(path: str, endpoint: Callable[[Request], Awaitable[Response]], method: str) -> Route:
    route = Route(path, guarded(endpoint), methods=[method])
    route.methods = {method}  # Starlette would add HEAD to GET; the service has it where it says so
    # A slash at the end means nothing (documented: GET /n/); Starlette would redirect to what is not signed.
    route.path_regex = re.compile(f"{route.path_regex.pattern.removesuffix('$')}/?$")
    return route


async def _described(request: Request) -> Response:
    return json_response(200, description(SERVICES, __version__), {})


async def _operate(operation: Operation, plane: Plane, request: Request) -> Response:
    store = plane.site.store
    caller = authenticate(request, store, body_signed=operation.method in ("POST", "PUT"))
    raw = await read_body(request, caller, _MAX_JSON)
    call = make_call(request, caller, _body(operation, raw))
    token = Token.of(call, operation.method, request.url.path) if operation.retry_token else None
    with store.transaction():
        answer = _answer(plane.site, operation, call, token, raw)
    _set_in_motion(plane, answer)
    return json_response(answer.status, answer.body, answer.headers)


def _body(operation: Operation, raw: bytes) -> JsonValue:
    if operation.body is None:
        return None
    try:
        body = parse_json(raw) if raw else None
    except ValueError as error:
        raise cannot_parse(f"The body is not JSON: {error}") from error
    return operation.body(body, "")


def _answer(site: Site, operation: Operation, call: Call, token: Token | None, raw: bytes) -> Answer:
    if token is None:
        return _decided(site, operation, call)
    digest = hashlib.sha256(raw).hexdigest()
    earlier = recall(site.store, token, digest)
    if earlier is not None:
        return earlier
    answer = _decided(site, operation, call)
    remember(site.store, token, digest, answer)
    return answer


def _decided(site: Site, operation: Operation, call: Call) -> Answer:
    compartments.check(site, operation, call)
    reading_checks.check(site.readings, operation, call)
    answer = reading_checks.applied(site.readings, operation, operation.handler(site, call))
    if answer.work is not None:
        asked_by(site.store, answer.work, operation.name)
    return answer


def _set_in_motion(plane: Plane, answer: Answer) -> None:
    for resource_id in answer.seen:
        plane.lifecycle.seen(resource_id)
    if answer.work is not None:
        plane.lifecycle.start(answer.work)
    free(plane, answer.freed)
