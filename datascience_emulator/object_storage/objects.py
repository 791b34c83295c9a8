"""Lists, renaming and deletion of objects. `streams` has uploads and downloads."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.operations import Operation
from datascience_emulator.object_storage import documents
from datascience_emulator.object_storage.errors import bad
from datascience_emulator.object_storage.names import LAST, after, check_object_name, past
from datascience_emulator.object_storage.paths import BUCKET, OBJECT, OBJECTS
from datascience_emulator.object_storage.records import (
    bucket_and_name,
    check_conditions,
    check_match,
    check_none_match,
    digests,
    find_bucket,
    find_object,
    key,
    object_in,
)
from datascience_emulator.store.store import Record
from datascience_emulator.wire.calls import Answer, Call
from datascience_emulator.wire.errors import invalid
from datascience_emulator.wire.ids_and_times import timestamp
from datascience_emulator.wire.json_values import Json
from datascience_emulator.wire.pages import page_limit

_FIELDS = {
    name.lower(): name
    for name in ("name", "size", "etag", "timeCreated", "md5", "timeModified", "storageTier", "archivalState")
}
_Entry = tuple[str, Record | None]
"""A name and its object, or a common prefix and None."""


def list_all(cloud: Cloud, call: Call) -> Answer:
    bucket = find_bucket(cloud.store, call.params)
    fields, limit = _fields(call.query.get("fields", "name")), page_limit(call, 1000, 1000)
    entries = list(islice(_scan(cloud, bucket, call, limit + 1), limit + 1))
    page = entries[:limit]
    body: Json = {"objects": [_summary(record, fields) for _, record in page if record is not None]}
    if "delimiter" in call.query:
        body["prefixes"] = [name for name, record in page if record is None]
    if len(entries) > limit:
        body["nextStartWith"] = entries[limit][0]
    return Answer(body=body)


def _fields(text: str) -> list[str]:
    """ "a comma-separated, case-insensitive list" (SDK, list_objects). The name is always included."""
    fields = ["name", *(field.strip().lower() for field in text.split(",") if field.strip())]
    unknown = [field for field in fields if field not in _FIELDS]
    if unknown:
        raise invalid(f"fields: must be of {', '.join(_FIELDS.values())}, not {', '.join(unknown)}")
    return [_FIELDS[field] for field in dict.fromkeys(fields)]


def _summary(record: Record, fields: list[str]) -> dict[str, Any]:
    known = {**record.document, "etag": record.etag}
    return {field: known[field] for field in fields if field in known}


def _scan(cloud: Cloud, bucket: Record, call: Call, batch: int) -> Iterator[_Entry]:
    """Objects and common prefixes in the order of names. After a common prefix it goes on behind all names
    that have it, so that a folder of thousands costs one query.
    """
    prefix, delimiter = call.query.get("prefix", ""), call.query.get("delimiter", "")
    if delimiter not in ("", "/"):
        raise invalid(f"delimiter: only '/' is supported, not {delimiter!r}")
    position, stop = _bounds(call, prefix)
    while True:
        records = cloud.store.between(
            "object", key("object", bucket, position), key("object", bucket, stop), batch
        )
        for record in records:
            name = record.document["name"]
            common = _common_prefix(name, prefix, delimiter)
            yield (common, None) if common else (name, record)
            position = past(common) if common else after(name)
            if common:
                break
        else:
            if len(records) < batch:
                return


def _bounds(call: Call, prefix: str) -> tuple[str, str]:
    start = max(
        prefix,
        call.query.get("start", ""),
        after(call.query["startAfter"]) if "startAfter" in call.query else "",
    )
    return start, min(past(prefix), call.query.get("end", LAST))


def _common_prefix(name: str, prefix: str, delimiter: str) -> str | None:
    end = name.find(delimiter, len(prefix)) if delimiter else -1
    return name[: end + 1] if end >= 0 else None


def delete(cloud: Cloud, call: Call) -> Answer:
    bucket, name = bucket_and_name(cloud.store, call)
    record = find_object(cloud.store, bucket, name)
    check_conditions(record, call.headers)
    cloud.store.remove(record)
    return Answer(204, headers={"last-modified": record.private["modified"]}, freed=digests(record))


def rename(cloud: Cloud, call: Call) -> Answer:
    bucket, details = find_bucket(cloud.store, call.params), call.body
    source = find_object(cloud.store, bucket, details["sourceName"])
    name = check_object_name(details["newName"])
    if name == details["sourceName"]:
        raise bad("SourceNameSameAsNewName", "newName: must be another one than sourceName")
    target = object_in(cloud.store, bucket, name)
    check_match(source, details.get("srcObjIfMatchETag"))
    check_match(target, details.get("newObjIfMatchETag"))
    check_none_match(target, details.get("newObjIfNoneMatchETag"))
    for old in (source, target):
        if old is not None:
            cloud.store.remove(old)
    document = {**source.document, "name": name, "timeModified": timestamp(call.now)}
    moved = Record("object", key("object", bucket, name), document, source.private)
    cloud.store.insert(moved)
    headers = {"etag": moved.etag, "last-modified": source.private["modified"]}
    return Answer(headers=headers, freed=digests(target) if target is not None else ())


OPERATIONS = (
    Operation(
        "list_objects",
        "GET",
        OBJECTS,
        list_all,
        query=("prefix", "start", "end", "limit", "delimiter", "fields", "startAfter"),
    ),
    Operation("delete_object", "DELETE", OBJECT, delete),
    Operation("rename_object", "POST", f"{BUCKET}/actions/renameObject", rename, documents.rename_object),
)
