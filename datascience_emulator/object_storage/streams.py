"""Uploads and downloads of objects, as streams that are never held in memory.

An upload is written to disk under a temporary name. The transaction that registers it then moves the bytes to
their place and writes the record. If the process is killed before that, the store knows nothing of the
upload, and the next start removes its bytes; if after that, the object exists.
"""

from dataclasses import asdict
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.http_requests import authenticate, make_call
from datascience_emulator.api.operations import StreamOperation
from datascience_emulator.api.uploads_and_downloads import receive, stream
from datascience_emulator.object_storage.documents import STORAGE_TIER, small
from datascience_emulator.object_storage.errors import too_large, unmatched_md5
from datascience_emulator.object_storage.paths import OBJECT
from datascience_emulator.object_storage.records import (
    bucket_and_name,
    check_conditions,
    check_match,
    find_object,
    matches,
    object_in,
    put_object,
)
from datascience_emulator.store.blobs import Incoming
from datascience_emulator.store.store import Record
from datascience_emulator.wire.calls import Answer, Call
from datascience_emulator.wire.ids_and_times import timestamp
from datascience_emulator.wire.json_values import Json

_KEPT = ("content-type", "content-language", "content-encoding", "content-disposition", "cache-control")


async def put(cloud: Cloud, request: Request) -> Response:
    return await receive(cloud, request, _check, _register)


def _check(cloud: Cloud, call: Call) -> tuple[Record, str]:
    check_size(cloud, call)
    bucket, name = bucket_and_name(cloud.store, call)
    check_conditions(object_in(cloud.store, bucket, name), call.headers)
    STORAGE_TIER(call.headers.get("storage-tier", "Standard"), "storage-tier")
    small({k: v for k, v in call.headers.items() if k.startswith("opc-meta-")}, "opc-meta-*")
    return bucket, name


def _register(cloud: Cloud, call: Call, incoming: Incoming) -> Answer:
    bucket, name = _check(cloud, call)
    content = take(call, incoming)
    document = {**times(call.now), "md5": content["md5"]}
    private = {"artifact": content, "headers": _kept_headers(call), "modified": modified(call.now)}
    record, freed = put_object(cloud.store, bucket, name, document, private)
    headers = {"etag": record.etag, "last-modified": private["modified"], "opc-content-md5": content["md5"]}
    return Answer(headers=headers, freed=freed)


def _kept_headers(call: Call) -> dict[str, str]:
    kept = {
        name: value for name, value in call.headers.items() if name in _KEPT or name.startswith("opc-meta-")
    }
    return {"content-type": "application/octet-stream", **kept}


async def read(cloud: Cloud, request: Request) -> Response:
    """GET and HEAD."""
    call = make_call(request, authenticate(request, cloud.store, body_signed=False), None)
    record = find_object(cloud.store, *bucket_and_name(cloud.store, call))
    check_match(record, call.headers.get("if-match"))
    if matches(record, call.headers.get("if-none-match", "")):
        return Response(status_code=304, headers={"etag": record.etag})
    content = record.private["artifact"]
    return stream(cloud, request, content["sha256"], content["size"], _headers(record))


def _headers(record: Record) -> dict[str, Any]:
    """An object that was uploaded in parts has no content-md5, but a digest of the digests of its parts."""
    digest = "opc-multipart-md5" if record.private.get("parts") else "content-md5"
    return {
        **record.private["headers"],
        digest: record.document["md5"],
        "etag": record.etag,
        "last-modified": record.private["modified"],
        "storage-tier": record.document["storageTier"],
        "accept-ranges": "bytes",
    }


# -- for uploads of objects and of parts


def check_size(cloud: Cloud, call: Call) -> None:
    if int(call.headers["content-length"]) > cloud.limits.object_bytes:
        raise too_large(cloud.limits.object_bytes)


def take(call: Call, incoming: Incoming) -> Json:
    """Keep the upload if it has the MD5 that the call names. Returns the `artifact` of its record."""
    md5 = call.headers.get("content-md5", incoming.md5())
    if md5 != incoming.md5():
        raise unmatched_md5(incoming.md5(), md5)
    return asdict(incoming.keep())


def times(now: datetime) -> Json:
    return {"timeCreated": timestamp(now), "timeModified": timestamp(now)}


def modified(now: datetime) -> str:
    """The value of the header last-modified."""
    return format_datetime(now.astimezone(UTC), usegmt=True)


_NOTE = "content-md5 is checked; the further checksums (opc-checksum-algorithm) are not."
OPERATIONS = (
    StreamOperation("put_object", "PUT", OBJECT, put, note=_NOTE),
    StreamOperation("get_object", "GET", OBJECT, read),
    StreamOperation("head_object", "HEAD", OBJECT, read),
)
