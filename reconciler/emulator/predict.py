"""The predict endpoint: checks, then hands the request to the deployment's servers. Knows nothing of their
protocol.

Limits and refusals: docs.oracle.com, data-science/using/model-dep-predict-endpoint.htm. What a deployment
that does not serve answers is not documented: 404 NotAuthorizedOrNotFound is this emulator's reading.
"""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from .errors import ServiceError, internal, length_required, not_found, payload_too_large, unavailable
from .fleets import NothingServes, Reply
from .gate import authenticate, headers_of, read_body
from .plane import Plane

MAX_BODY = 10 * 1024 * 1024
TIMEOUT = 60.0
_REACHABLE = ("ACTIVE", "UPDATING", "NEEDS_ATTENTION")
# Between the caller and us only; the rest reaches the servers.
_REQUEST_ONLY = {
    "authorization",
    "connection",
    "content-length",
    "host",
    "transfer-encoding",
    "x-content-sha256",
}
_RESPONSE_ONLY = {"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding"}


async def predict(plane: Plane, request: Request) -> Response:
    reply = await _ask(plane, request)
    return _response(reply)


async def predict_stream(plane: Plane, request: Request) -> Response:
    """As `predict`, for answers that are streams; the deployed model must give one (…-response-streaming-
    endpoint.htm).
    """
    reply = await _ask(plane, request)
    if reply.status == 200 and not _content_type(reply).startswith("text/event-stream"):
        raise ServiceError(
            409,
            "ExternalServerIncorrectState",
            "Unexpected nonstreaming response detected from the deployed model. Call /predict instead.",
        )
    return _response(reply)


async def _ask(plane: Plane, request: Request) -> Reply:
    headers = headers_of(request)
    _check_length(headers.get("content-length"))
    caller = authenticate(request, plane.site.store, body_signed=True)
    body = await read_body(request, caller, MAX_BODY)
    deployment_id = request.path_params["id"]
    record = plane.site.store.get("deployment", deployment_id)
    if record is None or record.state not in _REACHABLE:
        raise not_found()
    passed = {name: value for name, value in headers.items() if name not in _REQUEST_ONLY}
    try:
        async with asyncio.timeout(TIMEOUT):
            return await plane.fleets.predict(deployment_id, passed, body)
    except NothingServes as error:
        raise unavailable(f"Model server unavailable: {error}") from error
    except TimeoutError as error:
        raise internal(f"The model server did not answer within {TIMEOUT:g} seconds.") from error


def _check_length(text: str | None) -> None:
    if text is None:
        raise length_required()
    if text.isdigit() and int(text) > MAX_BODY:
        raise payload_too_large("The payload size limit is 10 MB")


def _content_type(reply: Reply) -> str:
    return next((value for name, value in reply.headers.items() if name.lower() == "content-type"), "")


def _response(reply: Reply) -> Response:
    headers = {name: value for name, value in reply.headers.items() if name.lower() not in _RESPONSE_ONLY}
    return Response(reply.body, reply.status, headers)
