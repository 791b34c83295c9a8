"""Puts the emulator together: services, model servers, lifecycle and control API as one ASGI app."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.http_requests import guarded, json_response, unrouted
from datascience_emulator.api.openapi import description
from datascience_emulator.api.operations import Operation, StreamOperation
from datascience_emulator.api.uploads_and_downloads import sweep
from datascience_emulator.app.operate import operate
from datascience_emulator.app.routes import FINISHERS, NAMES, SERVICES
from datascience_emulator.app.settings import Settings
from datascience_emulator.control.image_routes import image_routes
from datascience_emulator.control.operations import control_routes, local_route
from datascience_emulator.faults.effects import faulty
from datascience_emulator.faults.orders import Orders
from datascience_emulator.home.home import Home
from datascience_emulator.lifecycle.lifecycle import Lifecycle
from datascience_emulator.lifecycle.model_servers import ModelServers
from datascience_emulator.lifecycle.progression import Progression
from datascience_emulator.lifecycle.server_kinds import ServerKind, as_containers, as_processes
from datascience_emulator.lifecycle.serving_protocol import Serving
from datascience_emulator.store.blobs import Blobs
from datascience_emulator.store.store import Store
from datascience_emulator.telemetry.server_logs import ServerLogs
from datascience_emulator.version import __version__
from datascience_emulator.wire.images import Registries
from datascience_emulator.wire.limits import Rate
from datascience_emulator.wire.predicting import Servers, ServersAs

DESCRIPTION = "/emulator/openapi.json"


def create_app(
    settings: Settings,
    load: Callable[[], Serving] | None = None,
    progressed: Callable[[Progression], None] = lambda _: None,
) -> Starlette:
    """The emulator on `settings.home`, which is made if it does not exist.

    `load` imports what serves, in the place of what `settings.servers` says. `progressed` is called when the
    control API has changed the progression. `app.state.orders` takes orders for faults, also without the
    control API; `app.state.cloud` is what the operations work with.

    Raises HomeUnusable and StoreError when the state there cannot be used. Only one app may use a home at a
    time: whoever runs it has to hold the home's lock.
    """
    home = Home(settings.home)
    home.prepare()
    store = Store(home.state, synced=not settings.ephemeral)
    home.identify(store, settings.region, settings.new_key)
    blobs = Blobs(home.artifacts, synced=not settings.ephemeral)
    kind = as_processes(load) if load is not None else _server_kind(settings)
    servers = ModelServers(home.servers, home.logs, blobs, kind, str(store.meta("tenancy")))
    orders = Orders(settings.orders)
    cloud = _cloud(settings, store, blobs, servers, ServerLogs(home.logs))
    free_content = partial(blobs.free, used=store.blob_used)
    lifecycle = Lifecycle(store, servers, settings.progression, orders, FINISHERS, free_content)

    def progress(progression: Progression) -> None:
        lifecycle.progress(progression)
        progressed(progression)

    routes = _service_routes(cloud, lifecycle, orders, settings.latency)
    if settings.control:
        routes += [*control_routes(orders, NAMES, progress), *image_routes(cloud)]
    routes.append(local_route(DESCRIPTION, _described, "GET"))
    app = Starlette(
        routes=routes, lifespan=_lifespan(cloud, lifecycle), exception_handlers={HTTPException: unrouted}
    )
    app.state.cloud, app.state.orders = cloud, orders
    return app


def _cloud(settings: Settings, store: Store, blobs: Blobs, servers: Servers, logs: ServerLogs) -> Cloud:
    return Cloud(
        store=store,
        blobs=blobs,
        servers=servers,
        logs=logs,
        region=settings.region,
        readings=settings.readings,
        limits=settings.limits,
        rate=Rate(settings.limits.predict_rate),
        registries=_registries(settings),
    )


def _server_kind(settings: Settings) -> ServerKind:
    if settings.servers is ServersAs.LOCAL:
        return as_processes()
    from datascience_emulator.containers import ContainerServing

    serving = ContainerServing(settings.home, settings.limits.image_bytes)
    return as_containers(cast(Serving, serving), serving.begin, serving.end)


def _registries(settings: Settings) -> Registries | None:
    if settings.servers is ServersAs.LOCAL:
        return None
    from datascience_emulator.containers import Registries as RealRegistries

    return RealRegistries()


def _service_routes(cloud: Cloud, lifecycle: Lifecycle, orders: Orders, latency: float) -> list[Route]:
    return [
        _route(
            f"{service.base}{operation.path}",
            faulty(orders, latency, operation.name, _endpoint(cloud, lifecycle, operation)),
            operation.method,
        )
        for service in SERVICES
        for operation in service.operations
    ]


def _lifespan(cloud: Cloud, lifecycle: Lifecycle) -> Callable[[Starlette], Any]:
    @asynccontextmanager
    async def run(app: Starlette) -> AsyncIterator[None]:
        sweep(cloud)
        lifecycle.resume()
        yield
        await lifecycle.close()
        cloud.store.close()

    return run


def _endpoint(
    cloud: Cloud, lifecycle: Lifecycle, operation: Operation | StreamOperation
) -> Callable[[Request], Awaitable[Response]]:
    if isinstance(operation, StreamOperation):
        return partial(operation.endpoint, cloud)
    return partial(operate, operation, cloud, lifecycle)


def _route(path: str, endpoint: Callable[[Request], Awaitable[Response]], method: str) -> Route:
    route = Route(path, guarded(endpoint), methods=[method])
    route.methods = {method}  # Starlette would add HEAD to GET; the service has it only where it says so
    # A slash at the end of a path means nothing (documented: GET /n/). Starlette would answer with a
    # redirect, for which the client has no signature.
    route.path_regex = re.compile(f"{route.path_regex.pattern.removesuffix('$')}/?$")
    return route


async def _described(request: Request) -> Response:
    return json_response(200, description(SERVICES, __version__), {})
