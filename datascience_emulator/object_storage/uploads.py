"""Multipart uploads: parts come in any order and at the same time, and become one object when committed.

Each part is on disk by its content, as objects are. The commit first copies the parts into one file, outside
of the event loop. One transaction then makes the object and removes the upload and its parts. If a part has
changed meanwhile, the commit is refused and the parts stay. If the process is killed, the upload stays as it
was.
"""

import asyncio
import base64
import hashlib
import urllib.parse
import uuid
from collections.abc import Callable
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import Response

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.http_requests import authenticate, make_call, read_body
from datascience_emulator.api.operations import Operation, StreamOperation
from datascience_emulator.api.uploads_and_downloads import free, receive
from datascience_emulator.object_storage import documents
from datascience_emulator.object_storage.errors import bad, concurrent_update, upload_not_found
from datascience_emulator.object_storage.names import check_object_name
from datascience_emulator.object_storage.paths import UPLOAD, UPLOADS
from datascience_emulator.object_storage.records import (
    bucket_and_name,
    check_conditions,
    digests,
    everything,
    find_bucket,
    key,
    object_in,
    put_object,
)
from datascience_emulator.object_storage.streams import check_size, modified, take, times
from datascience_emulator.store.blobs import Incoming
from datascience_emulator.store.store import Record
from datascience_emulator.wire.calls import Answer, Call
from datascience_emulator.wire.errors import cannot_parse, missing
from datascience_emulator.wire.ids_and_times import timestamp
from datascience_emulator.wire.json_values import Json, parse_json
from datascience_emulator.wire.pages import page_limit, page_of

_MAX_JSON = 4 * 2**20
_HEADERS = {
    "contentType": "content-type",
    "contentLanguage": "content-language",
    "contentEncoding": "content-encoding",
    "contentDisposition": "content-disposition",
    "cacheControl": "cache-control",
}


def create(cloud: Cloud, call: Call) -> Answer:
    bucket, details = find_bucket(cloud.store, call.params), call.body
    name = check_object_name(details["object"])
    check_conditions(object_in(cloud.store, bucket, name), call.headers)
    document = {
        "namespace": call.params["ns"],
        "object": name,
        "uploadId": str(uuid.uuid4()),
        "timeCreated": timestamp(call.now),
        "storageTier": "Standard",
    }
    record = Record(
        "upload", key("upload", bucket, document["uploadId"]), document, {"headers": _headers(details)}
    )
    cloud.store.insert(record)
    location = f"{call.base}/n/{call.params['ns']}/b/{call.params['bucket']}/u/{urllib.parse.quote(name)}"
    return Answer(body=_view(record, call), headers={"location": location})


def _view(upload: Record, call: Call) -> Json:
    """What clients see. The name of the bucket is not stored: the bucket may be renamed."""
    return {**upload.document, "bucket": call.params["bucket"]}


def _headers(details: Json) -> dict[str, str]:
    kept = {header: details[field] for field, header in _HEADERS.items() if details.get(field)}
    return {"content-type": "application/octet-stream", **kept, **details.get("metadata", {})}


def list_all(cloud: Cloud, call: Call) -> Answer:
    records = cloud.store.between(
        "upload", *everything("upload", find_bucket(cloud.store, call.params)), 2**31
    )
    uploads = [_view(record, call) for record in records]
    return _page(call, uploads, lambda upload: (upload["object"], upload["uploadId"]))


def list_parts(cloud: Cloud, call: Call) -> Answer:
    parts = [
        {**record.document, "etag": record.etag} for record in _parts(cloud, _find(cloud, call)).values()
    ]
    return _page(call, parts, lambda part: (f"{part['partNumber']:05}", ""))


def _page(call: Call, items: list[Json], position: Callable[[Json], tuple[str, str]]) -> Answer:
    page = page_of(call, items, position, ("name", "ASC"), page_limit(call, 1000, 1000))
    return Answer(body=page.items, headers=page.headers)


def abort(cloud: Cloud, call: Call) -> Answer:
    upload = _find(cloud, call)
    parts = _parts(cloud, upload).values()
    for record in (*parts, upload):
        cloud.store.remove(record)
    return Answer(204, freed=digests(*parts))


def _find(cloud: Cloud, call: Call) -> Record:
    """The upload that `uploadId` names. Raises 404 if it is not one of this object."""
    bucket, name = bucket_and_name(cloud.store, call)
    upload_id = call.query.get("uploadId")
    if not upload_id:
        raise missing("query parameter uploadId: required")
    record = cloud.store.get("upload", key("upload", bucket, upload_id))
    if record is None or record.document["object"] != name:
        raise upload_not_found(upload_id)
    return record


def _part_id(upload: Record, number: int) -> str:
    return f"part/{upload.document['uploadId']}/{number:05}"


def _parts(cloud: Cloud, upload: Record) -> dict[int, Record]:
    """Number → part, in the order of numbers."""
    records = cloud.store.between("upload-part", _part_id(upload, 0), _part_id(upload, 99_999), 2**31)
    return {record.document["partNumber"]: record for record in records}


# -- one part


async def put_part(cloud: Cloud, request: Request) -> Response:
    return await receive(cloud, request, _check_part, _register_part)


def _check_part(cloud: Cloud, call: Call) -> tuple[Record, int, Record | None]:
    check_size(cloud, call)
    upload, text = _find(cloud, call), call.query.get("uploadPartNum", "")
    if not (text.isdecimal() and len(text) <= 5 and 1 <= int(text) <= documents.MAX_PARTS):
        raise bad(
            "InvalidUploadPartNumber", f"uploadPartNum: must be 1 to {documents.MAX_PARTS}, is {text!r}"
        )
    old = cloud.store.get("upload-part", _part_id(upload, int(text)))
    check_conditions(old, call.headers)
    return upload, int(text), old


def _register_part(cloud: Cloud, call: Call, incoming: Incoming) -> Answer:
    upload, number, old = _check_part(cloud, call)
    content = take(call, incoming)
    document = {"partNumber": number, "size": content["size"], "md5": content["md5"]}
    record = Record("upload-part", _part_id(upload, number), document, {"artifact": content})
    if old is None:
        cloud.store.insert(record)
    else:
        cloud.store.save(record)
    headers = {"etag": record.etag, "opc-content-md5": content["md5"]}
    return Answer(headers=headers, freed=digests(old) if old is not None else ())


# -- commit


async def commit(cloud: Cloud, request: Request) -> Response:
    store = cloud.store
    caller = authenticate(request, store, body_signed=True)
    call = make_call(request, caller, _commitment(await read_body(request, caller, _MAX_JSON)))
    chosen = _chosen(cloud, call)
    with cloud.blobs.incoming() as incoming:
        paths = [cloud.blobs.path(digest) for digest in digests(*chosen)]
        try:
            await asyncio.to_thread(incoming.append, paths)
        except FileNotFoundError as error:
            raise concurrent_update() from error
        await incoming.flush()
        with store.transaction():
            answer = _join(cloud, call, incoming)
    free(cloud, answer.freed)
    return Response(headers=dict(answer.headers))


def _commitment(raw: bytes) -> Json:
    try:
        body = parse_json(raw)
    except ValueError as error:
        raise cannot_parse(f"The body is not JSON: {error}") from error
    parsed: Json = documents.commit_upload(body, "")
    return parsed


def _chosen(cloud: Cloud, call: Call) -> list[Record]:
    """The parts to commit: "Each part created for this upload must be in either partsToExclude or
    partsToCommit, but cannot be in both" (SDK, CommitMultipartUploadDetails).
    """
    upload = _find(cloud, call)
    bucket, name = bucket_and_name(cloud.store, call)
    check_conditions(object_in(cloud.store, bucket, name), call.headers)
    committed, excluded = call.body["partsToCommit"], set(call.body.get("partsToExclude", ()))
    numbers = [part["partNum"] for part in committed]
    if numbers != sorted(set(numbers)):
        raise bad("InvalidUploadPartOrder", "partsToCommit: each part once, in the order of their numbers")
    parts = _parts(cloud, upload)
    wrong = [part["partNum"] for part in committed if not _is(parts.get(part["partNum"]), part["etag"])]
    wrong += [number for number in parts if (number in numbers) == (number in excluded)]
    if wrong:
        raise bad(
            "InvalidUploadPart",
            f"There were some invalid part (partNum/etag) combinations for the upload: parts "
            f"{', '.join(map(str, wrong[:10]))}. Name each uploaded part once, to commit or to exclude.",
        )
    chosen = [parts[number] for number in numbers]
    if small := [part for part in chosen[:-1] if part.document["size"] < cloud.limits.part_bytes]:
        raise bad(
            "InvalidUploadPart",
            f"Part {small[0].document['partNumber']} is smaller than {cloud.limits.part_bytes} bytes, which "
            "only the last one may be.",
        )
    return chosen


def _is(part: Record | None, etag: str) -> bool:
    return part is not None and part.etag == etag


def _join(cloud: Cloud, call: Call, incoming: Incoming) -> Answer:
    chosen = _chosen(cloud, call)  # again: a part may have been replaced while they were copied
    upload = _find(cloud, call)
    parts = tuple(_parts(cloud, upload).values())
    digest = _digest(chosen)
    private = {
        "artifact": asdict(incoming.keep()),
        "headers": upload.private["headers"],
        "modified": modified(call.now),
        "parts": len(chosen),
    }
    bucket, name = bucket_and_name(cloud.store, call)
    record, freed = put_object(cloud.store, bucket, name, {**times(call.now), "md5": digest}, private)
    for old in (*parts, upload):
        cloud.store.remove(old)
    headers = {"etag": record.etag, "last-modified": private["modified"], "opc-multipart-md5": digest}
    return Answer(headers=headers, freed=(*freed, *digests(*parts)))


def _digest(parts: list[Record]) -> str:
    """The MD5 of the MD5s of all parts, with their number, as clients compute it to check an upload."""
    joined = b"".join(base64.b64decode(part.private["artifact"]["md5"]) for part in parts)
    md5 = hashlib.md5(joined, usedforsecurity=False).digest()
    return f"{base64.b64encode(md5).decode()}-{len(parts)}"


OPERATIONS = (
    Operation("create_multipart_upload", "POST", UPLOADS, create, documents.create_upload),
    Operation("list_multipart_uploads", "GET", UPLOADS, list_all, query=("limit", "page")),
    Operation("list_multipart_upload_parts", "GET", UPLOAD, list_parts, query=("uploadId", "limit", "page")),
    Operation("abort_multipart_upload", "DELETE", UPLOAD, abort, query=("uploadId",)),
    StreamOperation("upload_part", "PUT", UPLOAD, put_part, query=("uploadId", "uploadPartNum")),
    StreamOperation("commit_multipart_upload", "POST", UPLOAD, commit, query=("uploadId",)),
)
