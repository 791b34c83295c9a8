"""The predict endpoints: check a request, then pass it to the deployment's servers, whatever their protocol.

Limits and refusals: docs.oracle.com, data-science/using/model-dep-predict-endpoint.htm and
model-dep-response-streaming-endpoint.htm. Two readings of the emulator: a deployment that does not serve
answers 404 NotAuthorizedOrNotFound, which no document says; and streams do not need
MODEL_DEPLOY_ENABLE_STREAMING, which neither page names and Oracle's samples set for some containers only.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.http_requests import (
    authenticate,
    headers_of,
    logged_request_id,
    read_body,
    refusal,
)
from datascience_emulator.api.operations import StreamOperation
from datascience_emulator.api.streamed_response import StreamedResponse
from datascience_emulator.data_science.deployments.document_parts import pool
from datascience_emulator.data_science.deployments.endpoints import METHODS, PREDICT, STREAM, methods_of
from datascience_emulator.telemetry.metrics import AnsweredRequest
from datascience_emulator.wire.calls import Caller
from datascience_emulator.wire.errors import (
    ServiceError,
    internal,
    length_required,
    method_not_allowed,
    not_found,
    payload_too_large,
    too_many_requests,
    unavailable,
)
from datascience_emulator.wire.json_values import Json
from datascience_emulator.wire.limits import Limits
from datascience_emulator.wire.predicting import NothingServes, PredictRequest, Stream

MAX_BODY = 10_000_000  # "10 MB", in the stricter sense
_REACHABLE = ("ACTIVE", "UPDATING", "NEEDS_ATTENTION")
_DEFAULT_MBPS = 10
_SHOWN_PATH = 256  # characters, in the access log
_Answer = Callable[[Cloud, Request, Caller], Awaitable[Response]]
# Headers that are between the caller and the emulator. All others are passed to the servers, and back.
_REQUEST_ONLY = {
    "authorization",
    "connection",
    "content-length",
    "host",
    "transfer-encoding",
    "x-content-sha256",
}
_OF_CONNECTIONS = {"keep-alive", "proxy-authenticate", "proxy-connection", "te", "trailer", "upgrade"}
_RESPONSE_ONLY = {
    "connection",
    "content-length",
    "date",
    "opc-request-id",
    "transfer-encoding",
    *_OF_CONNECTIONS,
}
_UNREAD = {
    "either": set(),
    "underscores": {"model-name", "model-version"},
    "hyphens": {"model_name", "model_version"},
}
"""The reading `triton_headers` → the headers that are ignored."""


async def predict(cloud: Cloud, request: Request) -> Response:
    return await _counted(cloud, request, _whole)


async def predict_with_response_stream(cloud: Cloud, request: Request) -> Response:
    """As `predict`, for answers that are streams: server-sent events, or any other chunks."""
    return await _counted(cloud, request, _streamed)


async def _whole(cloud: Cloud, request: Request, caller: Caller) -> Response:
    predict_request = await _predict_request(cloud, request, caller, PREDICT)
    async with _in_time(cloud.limits):
        reply = await cloud.servers.predict(request.path_params["id"], predict_request)
    return Response(reply.body, reply.status, _returned(reply.headers))


async def _streamed(cloud: Cloud, request: Request, caller: Caller) -> Response:
    predict_request = await _predict_request(cloud, request, caller, STREAM)
    async with AsyncExitStack() as owner:
        async with _in_time(cloud.limits):
            stream = await owner.enter_async_context(
                cloud.servers.stream(request.path_params["id"], predict_request)
            )
            if stream.status != 200:
                body = b"".join([chunk async for chunk in stream.chunks])
                return Response(body, stream.status, _returned(stream.headers))
        if not _is_streamed(stream):
            raise ServiceError(
                409,
                "ExternalServerIncorrectState",
                "Unexpected nonstreaming response detected from the deployed model. Call /predict instead.",
            )
        headers = {**_returned(stream.headers), "trailer": "StreamFailure"}
        return StreamedResponse(stream.chunks, stream.status, headers, owner.pop_all())


def _authenticate(cloud: Cloud, request: Request) -> Caller:
    signed = request.method in ("POST", "PUT")
    if signed and "content-length" not in request.headers:
        raise length_required()
    return authenticate(request, cloud.store, body_signed=signed)


async def _predict_request(cloud: Cloud, request: Request, caller: Caller, prefix: str) -> PredictRequest:
    """The request as the servers get it. Raises what it is refused with."""
    headers = headers_of(request)
    _check_length(headers.get("content-length", ""))
    if not cloud.rate.take(time.monotonic()):
        raise too_many_requests("Tenancy request-rate limit exceeded")
    body = await read_body(request, caller, MAX_BODY)
    record = cloud.store.get("deployment", request.path_params["id"])
    if record is None or record.state not in _REACHABLE:
        raise not_found()
    dropped = _REQUEST_ONLY | _UNREAD[cloud.readings.triton_headers]
    passed = {name: value for name, value in headers.items() if name not in dropped}
    return PredictRequest(passed, body, request.method, _path(record.document, request, prefix))


def _path(document: Json, request: Request, prefix: str) -> str | None:
    """The path below the prefix, if the deployment opens it; None for the endpoint itself."""
    if "suffix" not in request.path_params:
        return None
    suffix = request.scope["raw_path"].decode("latin-1").split("/", 3)[3]
    methods = methods_of(document, prefix, suffix)
    if not methods:
        raise not_found()
    if request.method not in methods:
        raise method_not_allowed(request.method, request.url.path)
    query = request.scope["query_string"].decode("latin-1")
    return f"/{suffix}?{query}" if query else f"/{suffix}"


def _check_length(text: str) -> None:
    if text.isdigit() and int(text) > MAX_BODY:
        raise payload_too_large("The payload size limit is 10 MB")


@asynccontextmanager
async def _in_time(limits: Limits) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(limits.predict_seconds):
            yield
    except NothingServes as error:
        raise unavailable(f"Model server unavailable: {error}") from error
    except TimeoutError as error:
        seconds = f"{limits.predict_seconds:g}"
        raise internal(f"The model server did not answer within {seconds} seconds.") from error


def _is_streamed(stream: Stream) -> bool:
    """ "standard chunked transfer encoding and Server-Sent Events" (…-response-streaming-endpoint.htm)."""
    headers = {name.lower(): value.lower() for name, value in stream.headers.items()}
    events = headers.get("content-type", "").startswith("text/event-stream")
    return events or headers.get("transfer-encoding") == "chunked"


def _returned(headers: Mapping[str, str]) -> dict[str, str]:
    """The container's own headers, but for those of its connection (RFC 9110, section 7.6.1), and the one
    that the service adds (docs/service.md §4.6).
    """
    own = {name.lower(): value for name, value in headers.items()}
    of_connection = {name.strip().lower() for name in own.get("connection", "").split(",")}
    kept = {name: value for name, value in own.items() if name not in _RESPONSE_ONLY | of_connection}
    return kept | {"x-content-type-options": "nosniff"}


async def _counted(cloud: Cloud, request: Request, answer: _Answer) -> Response:
    """Count every answer to a caller who signs in, refusals too, once it is complete. Other requests are not
    counted: anybody who reaches the port could fill the memory with them.
    """
    began = time.monotonic()
    caller = _authenticate(cloud, request)
    try:
        response = await answer(cloud, request, caller)
    except ServiceError as error:
        response = refusal(error)
    count = partial(_count, cloud, request, response.status_code, began)
    if isinstance(response, StreamedResponse):
        response.ended = count
    else:
        count(len(response.body))
    return response


def _count(cloud: Cloud, request: Request, status: int, began: float, sent: int) -> None:
    record = cloud.store.get("deployment", request.path_params["id"])
    if record is None or record.state == "DELETED":
        return
    received = request.headers.get("content-length", "")
    size = sent + (int(received) if received.isdigit() else 0)
    took = (time.monotonic() - began) * 1000
    bandwidth = pool(record.document).get("bandwidthMbps", _DEFAULT_MBPS)
    now = datetime.now(UTC)
    cloud.metrics.record(AnsweredRequest(record.id, status, took, size, bandwidth), now)
    path = request.url.path.removeprefix(f"/{record.id}")[:_SHOWN_PATH]
    line = f"{request.method} {path} {request.scope['http_version']}"
    facts = {"modelLatency": round(took, 2), "opcRequestId": logged_request_id(request), "status": status}
    cloud.logs.record(record.id, now, line, facts)


_NOTE = "A path of the container that the deployment opens: customHttpEndpoints, predictApiSpecification."
OPERATIONS = (
    StreamOperation("predict", "POST", f"/{{id}}/{PREDICT}", predict),
    StreamOperation(
        "predict_with_response_stream", "POST", f"/{{id}}/{STREAM}", predict_with_response_stream
    ),
    *(
        StreamOperation(
            f"{name}_endpoint_{method.lower()}",
            method,
            f"/{{id}}/{prefix}/{{suffix:path}}",
            endpoint,
            note=_NOTE,
        )
        for name, prefix, endpoint in (
            ("predict", PREDICT, predict),
            ("predict_with_response_stream", STREAM, predict_with_response_stream),
        )
        for method in METHODS
    ),
)
