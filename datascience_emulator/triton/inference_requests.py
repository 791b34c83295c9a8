"""One inference request to one server: which path of Triton it takes, and its answer, whole or as a stream.

It must not choose between servers; `fleet` does.
"""

from collections.abc import AsyncIterator, Mapping
from typing import assert_never

import httpx

from datascience_emulator.triton import routing
from datascience_emulator.triton.server import PREDICT_TIMEOUT_SECONDS, Server
from datascience_emulator.triton.values import Reply, Stream

Route = routing.ModelRoute | routing.FixedRoute | routing.Refused


async def ask(server: Server, headers: Mapping[str, str], body: bytes, route: Route) -> Reply:
    match route:
        case routing.Refused(reason):
            return routing.error(400, "InvalidParameter", reason)
        case routing.FixedRoute(path, method):
            return await server.ask(method, path, routing.forwarded(headers), body)
        case routing.ModelRoute():
            return await ask_model(server, route, headers, body)
        case never:
            assert_never(never)


async def ask_model(
    server: Server, route: routing.ModelRoute, headers: Mapping[str, str], body: bytes
) -> Reply:
    sent = routing.forwarded(headers)
    ensemble = await server.text_ensemble(route)
    if ensemble is None or not routing.lacks_inputs(body):
        return await server.ask("POST", f"{route.path}/infer", sent, body)
    reply = await server.ask("POST", f"{route.path}/generate", sent, body)
    if reply.status != httpx.codes.OK:
        return reply
    return Reply(reply.status, reply.headers, routing.with_outputs(reply.body, ensemble))


async def open_stream(server: Server, headers: Mapping[str, str], body: bytes, route: Route) -> Stream:
    """The head of the answer; the caller has to close the stream. A model streams by Triton's
    generate_stream, the only endpoint that answers more than once over HTTP. UNVERIFIED: that the service
    maps its streaming endpoint to it.
    """
    sent = routing.forwarded(headers)
    match route:
        case routing.Refused(reason):
            return whole(routing.error(400, "InvalidParameter", reason))
        case routing.FixedRoute(path, method):
            return opened(await server.open(method, path, sent, body))
        case routing.ModelRoute():
            return opened(await server.open("POST", f"{route.path}/generate_stream", sent, body))
        case never:
            assert_never(never)


def opened(answer: httpx.Response) -> Stream:
    return Stream(answer.status_code, dict(answer.headers), answer.aiter_raw(), answer.aclose)


def whole(reply: Reply) -> Stream:
    """A reply that does not come from a server, as a stream."""

    async def chunks() -> AsyncIterator[bytes]:
        yield reply.body

    async def close() -> None:
        pass

    return Stream(reply.status, reply.headers, chunks(), close)


def failed(error: httpx.TransportError) -> Reply:
    if isinstance(error, httpx.TimeoutException):
        message = f"the model did not answer within {PREDICT_TIMEOUT_SECONDS:g} seconds"
        return routing.error(500, "InternalServerError", message)
    return routing.error(503, "ServiceUnavailable", f"Model server unavailable: {error}")
