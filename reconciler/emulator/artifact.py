"""Model artifacts over HTTP: bytes stream to and from disk and are never held in memory.

Apart from the other operations because its bodies are streams; the rules (one artifact per model, immutable)
are the catalog's: docs.oracle.com, data-science/using/models-about.htm.
"""

import hashlib
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from .blobs import Incoming
from .errors import ServiceError, conflict, invalid, length_required, not_found
from .gate import authenticate, headers_of, make_call
from .jsons import Json
from .plane import Plane, Transfer
from .retry import Token, recall, remember
from .signature import check_body
from .store import Record, Store
from .wire import Answer, Call, find, find_to_change


async def create(plane: Plane, request: Request) -> Response:
    """POST: 204 with the artifact's etag; 409 when the model has one already."""
    store = plane.site.store
    # Streams are signed without the body (SDK, enforce_content_headers=False).
    caller = authenticate(request, store, body_signed=False)
    call = make_call(request, caller, None)
    if "content-length" not in call.headers:
        raise length_required()
    token = Token.of(call, "POST", request.url.path)
    if token is None or recall(store, token, None) is None:
        _free_model(store, call)  # refuse before the upload, not after it
    with plane.blobs.incoming() as incoming:
        async for chunk in request.stream():
            incoming.write(chunk)
        check_body(caller, incoming.sha256())
        await incoming.flush()
        with store.transaction():
            answer = _register(store, call, token, incoming)
    return Response(status_code=answer.status, headers=dict(answer.headers))


def _register(store: Store, call: Call, token: Token | None, incoming: Incoming) -> Answer:
    digest = hashlib.sha256(incoming.sha256()).hexdigest()
    if token is not None and (earlier := recall(store, token, digest)) is not None:
        return earlier
    record = _free_model(store, call)
    blob = incoming.keep()
    record.private["artifact"] = {
        "sha256": blob.sha256,
        "md5": blob.md5,
        "size": blob.size,
        "etag": str(uuid.uuid4()),
        "disposition": call.headers.get("content-disposition") or f"attachment; filename={record.id}.zip",
        "time": format_datetime(datetime.now(UTC), usegmt=True),
    }
    store.save(record)
    answer = Answer(204, headers={"etag": record.private["artifact"]["etag"]}, made=record.id)
    if token is not None:
        remember(store, token, digest, answer)
    return answer


def _free_model(store: Store, call: Call) -> Record:
    record = find_to_change(store, "model", call)
    if "artifact" in record.private:
        # No document tells what a second upload gets; artifacts are immutable, so it is refused.
        raise conflict(
            f"The model {record.id} has an artifact already; artifacts are immutable. Create a new model."
        )
    return record


async def read(plane: Plane, request: Request) -> Response:
    """GET and HEAD; a single range is honoured."""
    authenticate(request, plane.site.store, body_signed=False)
    artifact = find(plane.site.store, "model", request.path_params["id"]).private.get("artifact")
    if artifact is None or not plane.blobs.path(artifact["sha256"]).exists():
        raise not_found()
    headers = _headers(artifact)
    if request.method == "HEAD":
        return Response(
            headers={**headers, "content-type": "application/json", "content-length": str(artifact["size"])}
        )
    start, end, status = _range(headers_of(request), artifact["size"])
    if status == 206:
        headers["content-range"] = f"bytes {start}-{end - 1}/{artifact['size']}"
        del headers["content-md5"]  # it is the digest of the whole
    headers["content-length"] = str(end - start)
    body = plane.blobs.read(artifact["sha256"], start, end - start)
    return StreamingResponse(body, status, headers, "application/octet-stream")


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
            416, "InvalidParameter", f"range: {text!r} lies outside the {size} bytes of the artifact"
        )
    return start, end, 206


_PATH = "/models/{id}/artifact"
OPERATIONS = (
    Transfer("create_model_artifact", "POST", _PATH, create),
    Transfer("get_model_artifact_content", "GET", f"{_PATH}/content", read),
    Transfer("head_model_artifact", "HEAD", f"{_PATH}/content", read),
)
