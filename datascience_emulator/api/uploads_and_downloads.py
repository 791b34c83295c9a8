"""Uploads and downloads as streams, never held in memory.

An upload goes to disk and is then registered in one transaction; a download is sent whole, or one range of
it. The operations that call this decide what may be uploaded, and what to do with it.
"""

import hashlib
import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.http_requests import authenticate, headers_of, make_call
from datascience_emulator.api.request_signature import check_body
from datascience_emulator.api.retry_tokens import RetryToken, recall, remember
from datascience_emulator.store.blobs import Digest, Incoming
from datascience_emulator.wire.calls import Answer, Call
from datascience_emulator.wire.errors import ServiceError, invalid, length_required, not_found
from datascience_emulator.wire.json_values import Json

Check = Callable[[Cloud, Call], object]
"""Called before the bytes arrive; refuses the upload by raising a ServiceError."""
Register = Callable[[Cloud, Call, Incoming], Answer]
"""Called in a transaction once all bytes are here: keeps and records them. It has to check again, since other
calls may have changed things during the upload.
"""


async def receive(
    cloud: Cloud, request: Request, check: Check, register: Register, *, retry_token: bool = False
) -> Response:
    store = cloud.store
    # Streams are signed without the body (SDK, enforce_content_headers=False).
    caller = authenticate(request, store, body_signed=False)
    call = make_call(request, caller, None)
    if "content-length" not in call.headers:
        raise length_required()
    token = RetryToken.of(call, request.method, request.url.path) if retry_token else None
    if token is None or recall(store, token, None) is None:
        await _refuse_early(request, lambda: check(cloud, call))
    with cloud.blobs.incoming() as incoming:
        async for chunk in request.stream():
            incoming.write(chunk)
        check_body(caller, incoming.sha256())
        await incoming.flush()
        with store.transaction():
            answer = _once(cloud, call, token, incoming, register)
    free(cloud, answer.freed)
    return Response(status_code=answer.status, headers=dict(answer.headers))


async def _refuse_early(request: Request, check: Callable[[], object]) -> None:
    """Refuse before the body is stored, but read it to its end: a client that is still sending would see a
    broken connection instead of the refusal.
    """
    try:
        check()
    except ServiceError:
        async for _ in request.stream():
            pass
        raise


def _once(
    cloud: Cloud, call: Call, token: RetryToken | None, incoming: Incoming, register: Register
) -> Answer:
    digest = hashlib.sha256(incoming.sha256()).hexdigest()
    if token is not None and (earlier := recall(cloud.store, token, digest)) is not None:
        return earlier
    answer = register(cloud, call, incoming)
    if token is not None:
        remember(cloud.store, token, digest, answer)
    return answer


def free(cloud: Cloud, digests: Iterable[str]) -> None:
    """Delete those contents (SHA-256) that no record needs any more."""
    cloud.blobs.free(digests, cloud.store.blob_used)


def sweep(cloud: Cloud) -> None:
    """Delete all content that no record needs. A process that was killed may have left such content: stored
    and not yet registered, or no longer registered and not yet deleted. Call it before anything is served.
    """
    free(cloud, cloud.blobs.stored())


def described(blob: Digest, disposition: str) -> Json:
    """What the record that owns an upload keeps of it, as `artifact` in its private part."""
    return {
        **asdict(blob),
        "etag": str(uuid.uuid4()),
        "disposition": disposition,
        "time": format_datetime(datetime.now(UTC), usegmt=True),
    }


def send(cloud: Cloud, request: Request, artifact: Json | None) -> Response:
    """The answer to GET or HEAD of an `artifact` (see `described`), with one range at most. Raises 404 when
    there is none.
    """
    if artifact is None or not cloud.blobs.path(artifact["sha256"]).exists():
        raise not_found()
    media_type = "application/json" if request.method == "HEAD" else "application/octet-stream"
    headers = {**_headers(artifact), "content-type": media_type}
    return stream(cloud, request, artifact["sha256"], artifact["size"], headers)


def stream(cloud: Cloud, request: Request, sha256: str, size: int, headers: dict[str, Any]) -> Response:
    """Content of `size` bytes, or the range of it that the request asks for; only `headers` for HEAD."""
    if request.method == "HEAD":
        return Response(headers={**headers, "content-length": str(size)})
    start, end, status = _range(headers_of(request), size)
    if status == 206:
        headers["content-range"] = f"bytes {start}-{end - 1}/{size}"
        headers.pop("content-md5", None)  # it is the digest of the whole
    headers["content-length"] = str(end - start)
    return StreamingResponse(cloud.blobs.read(sha256, start, end - start), status, headers)


def _headers(artifact: Json) -> dict[str, Any]:
    return {
        "etag": artifact["etag"],
        "content-disposition": artifact["disposition"],
        "content-md5": artifact["md5"],
        "last-modified": artifact["time"],
        "accept-ranges": "bytes",
    }


def _range(headers: Mapping[str, str], size: int) -> tuple[int, int, int]:
    """First byte, byte after the last, status."""
    text = headers.get("range")
    if text is None:
        return 0, size, 200
    match = re.fullmatch(r"bytes=(\d{0,19})-(\d{0,19})", text.replace(" ", ""))
    if match is None or match.groups() == ("", ""):
        raise invalid(f"range: one range such as bytes=0-99, not {text!r}")
    first, last = match.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if start >= end:
        raise ServiceError(
            416, "InvalidParameter", f"range: {text!r} lies outside the {size} bytes that there are"
        )
    return start, end, 206
