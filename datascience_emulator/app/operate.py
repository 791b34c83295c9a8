"""One call of an operation: it is verified, parsed and decided in one transaction, then its work starts."""

import hashlib

from starlette.requests import Request
from starlette.responses import Response

from datascience_emulator.api.content import free
from datascience_emulator.api.gate import authenticate, json_response, make_call, read_body
from datascience_emulator.api.operations import Operation
from datascience_emulator.api.retry import Token, recall, remember
from datascience_emulator.api.site import Site
from datascience_emulator.app import reading_checks
from datascience_emulator.data_science.work_requests.work import keep_operation
from datascience_emulator.identity import compartments
from datascience_emulator.lifecycle.lifecycle import Lifecycle
from datascience_emulator.wire.calls import Answer, Call
from datascience_emulator.wire.errors import cannot_parse
from datascience_emulator.wire.jsons import JsonValue, parse_json

_MAX_JSON = 4 * 1024 * 1024


async def operate(operation: Operation, site: Site, lifecycle: Lifecycle, request: Request) -> Response:
    caller = authenticate(request, site.store, body_signed=operation.method in ("POST", "PUT"))
    raw = await read_body(request, caller, _MAX_JSON)
    call = make_call(request, caller, _body(operation, raw))
    token = Token.of(call, operation.method, request.url.path) if operation.retry_token else None
    with site.store.transaction():
        answer = _answer(site, operation, call, token, raw)
    for resource_id in answer.seen:
        lifecycle.seen(resource_id)
    if answer.work is not None:
        lifecycle.start(answer.work)
    free(site, answer.freed)
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
        return _decide(site, operation, call)
    digest = hashlib.sha256(raw).hexdigest()
    earlier = recall(site.store, token, digest)
    if earlier is not None:
        return earlier
    answer = _decide(site, operation, call)
    remember(site.store, token, digest, answer)
    return answer


def _decide(site: Site, operation: Operation, call: Call) -> Answer:
    compartments.check(site, operation, call)
    reading_checks.check(site.readings, operation, call)
    answer = reading_checks.applied(site.readings, operation, operation.handler(site, call))
    if answer.work is not None:
        keep_operation(site.store, answer.work, operation.name)
    return answer
