"""The edge between HTTP and calls: verifies signatures, reads bodies, and turns refusals into responses.

No operation lives here.
"""

import hashlib
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from email.utils import formatdate

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from datascience_emulator.api.credentials import token_key
from datascience_emulator.api.request_signature import Keys, SignedRequest, check_body, verify
from datascience_emulator.store.store import Store
from datascience_emulator.wire.calls import Call, Caller
from datascience_emulator.wire.errors import (
    ServiceError,
    internal,
    method_not_allowed,
    no_such_route,
    payload_too_large,
)
from datascience_emulator.wire.ids_and_times import request_id
from datascience_emulator.wire.json_values import JsonValue

_LOG = logging.getLogger(__name__)
Endpoint = Callable[[Request], Awaitable[Response]]


def headers_of(request: Request) -> dict[str, str]:
    """Header names in lower case."""
    return {name.lower(): value for name, value in request.headers.items()}


def authenticate(request: Request, store: Store, *, body_signed: bool) -> Caller:
    query = request.scope["query_string"].decode("latin-1")
    path = request.scope.get("raw_path", b"").decode("latin-1") or request.url.path
    target = f"{path}?{query}" if query else path
    caller = verify(
        SignedRequest(request.method, target, headers_of(request)),
        Keys(store.public_key, lambda: token_key(store).public_key()),
        body_signed=body_signed,
        now=datetime.now(UTC),
    )
    signed_in(request)
    return caller


def on_sign_in(request: Request, meet: Callable[[], None]) -> None:
    """Have `meet` called as soon as the caller is known. It may raise."""
    request.state.signed_in = meet


def signed_in(request: Request) -> None:
    """The caller is known. Endpoints that identify callers by anything but a signature have to call this."""
    request.state.signed_in()


async def read_body(request: Request, caller: Caller, limit: int) -> bytes:
    """The whole body, proven to be the one that was signed; 413 beyond `limit` bytes."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise payload_too_large(f"The payload size limit is {limit // 10**6} MB")
        chunks.append(chunk)
    body = b"".join(chunks)
    check_body(caller, hashlib.sha256(body).digest())
    return body


def make_call(request: Request, caller: Caller, body: JsonValue) -> Call:
    host, port = request.scope["server"]
    return Call(
        caller=caller,
        params=request.path_params,
        # Terraform's provider sends the filters that are not set, as empty ones (datascience_model_test.go).
        query={name: value for name, value in request.query_params.items() if value},
        headers=headers_of(request),
        body=body,
        base=f"http://{host}:{port}",
        now=datetime.now(UTC),
    )


def json_response(status: int, body: JsonValue, headers: Mapping[str, str]) -> Response:
    content = b"" if body is None else json.dumps(body).encode()
    media_type = None if body is None else "application/json"
    return Response(content, status, dict(headers), media_type)


def http_date(off: float = 0.0) -> str:
    """The time as answers have it, by a clock that is so many seconds off."""
    return formatdate(time.time() + off, usegmt=True)


def logged_request_id(request: Request) -> str:
    """The id of the request as access logs have it: without a first part if the caller sent none
    (docs/service.md §4.6).
    """
    first, _, rest = request.state.request_id.partition("/")
    return f"{first if request.headers.get('opc-request-id') else ''}/{rest}"


def refusal(error: ServiceError) -> Response:
    return json_response(error.status, {"code": error.code, "message": error.message}, {})


def guarded(endpoint: Endpoint) -> Endpoint:
    """`endpoint`, with opc-request-id and the date on every answer, every refusal as `{code, message}`, and
    one line of debug log for every request.
    """

    async def answer(request: Request) -> Response:
        started = time.monotonic()
        request.state.request_id = request_id(request.headers.get("opc-request-id"))
        try:
            response = await endpoint(request)
        except ServiceError as error:
            response = refusal(error)
        except ClientDisconnect:
            response = Response(status_code=400)
        except Exception:
            _LOG.exception("%s %s broke", request.method, request.url.path)
            response = refusal(internal("The emulator failed; its log says why."))
        response.headers["opc-request-id"] = request.state.request_id
        response.headers.setdefault("date", http_date())
        took = (time.monotonic() - started) * 1000
        _LOG.debug("%s %s %d %.1f ms", request.method, request.url.path, response.status_code, took)
        return response

    return answer


async def unrouted(request: Request, error: Exception) -> Response:
    """Starlette's own 404 and 405, in the service's form."""
    status = error.status_code if isinstance(error, HTTPException) else 404

    async def refuse(request: Request) -> Response:
        path = request.url.path
        raise (
            method_not_allowed(request.method, path) if status == 405 else no_such_route(request.method, path)
        )

    return await guarded(refuse)(request)
