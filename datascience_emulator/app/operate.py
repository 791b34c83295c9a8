"""One call of an operation: it is verified, parsed and decided in one transaction, then its work starts."""

import hashlib

from starlette.requests import Request
from starlette.responses import Response

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.http_requests import authenticate, json_response, make_call, read_body
from datascience_emulator.api.operations import Operation
from datascience_emulator.api.retry_tokens import RetryToken, recall, remember
from datascience_emulator.api.uploads_and_downloads import free
from datascience_emulator.app import general_readings
from datascience_emulator.data_science.work_requests.work import keep_operation
from datascience_emulator.identity import compartments
from datascience_emulator.lifecycle.lifecycle import Lifecycle
from datascience_emulator.wire.calls import Answer, Call
from datascience_emulator.wire.errors import cannot_parse
from datascience_emulator.wire.json_values import JsonValue, parse_json

_MAX_JSON = 4 * 1024 * 1024


async def operate(operation: Operation, cloud: Cloud, lifecycle: Lifecycle, request: Request) -> Response:
    caller = authenticate(request, cloud.store, body_signed=operation.method in ("POST", "PUT"))
    raw = await read_body(request, caller, _MAX_JSON)
    call = make_call(request, caller, _body(operation, raw))
    if operation.ahead is not None:
        call = await operation.ahead(cloud, call)
    token = RetryToken.of(call, operation.method, request.url.path) if operation.retry_token else None
    with cloud.store.transaction():
        answer = _answer(cloud, operation, call, token, raw)
    for resource_id in answer.seen:
        lifecycle.seen(resource_id)
    if answer.work is not None:
        lifecycle.start(answer.work)
    free(cloud, answer.freed)
    return json_response(answer.status, answer.body, answer.headers)


def _body(operation: Operation, raw: bytes) -> JsonValue:
    if operation.body is None:
        return None
    try:
        body = parse_json(raw) if raw else None
    except ValueError as error:
        raise cannot_parse(f"The body is not JSON: {error}") from error
    return operation.body(body, "")


def _answer(cloud: Cloud, operation: Operation, call: Call, token: RetryToken | None, raw: bytes) -> Answer:
    if token is None:
        return _decide(cloud, operation, call)
    digest = hashlib.sha256(raw).hexdigest()
    earlier = recall(cloud.store, token, digest)
    if earlier is not None:
        return earlier
    answer = _decide(cloud, operation, call)
    remember(cloud.store, token, digest, answer)
    return answer


def _decide(cloud: Cloud, operation: Operation, call: Call) -> Answer:
    compartments.check(cloud, operation, call)
    general_readings.check(cloud.readings, operation, call)
    answer = general_readings.applied(cloud.readings, operation, operation.handler(cloud, call))
    if answer.work is not None:
        keep_operation(cloud.store, answer.work, operation.name)
    return answer
