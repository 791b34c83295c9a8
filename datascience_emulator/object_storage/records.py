"""Where buckets, objects and uploads are in the store, and the conditions for changing one.

The id of an object consists of the OCID of its bucket and its name. So looking one up and listing thousands
in the order of their names both use the index of ids. The id of a bucket is its name; its OCID stays when it
is renamed.
"""

import secrets
from collections.abc import Mapping
from typing import Any

from datascience_emulator.object_storage.errors import (
    bucket_not_found,
    if_match_failed,
    if_none_match_failed,
    namespace_not_found,
    object_not_found,
)
from datascience_emulator.object_storage.names import LAST, check_bucket_name, check_object_name
from datascience_emulator.store.store import Kind, Record, Store
from datascience_emulator.wire.calls import Call
from datascience_emulator.wire.json_values import Json

_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


def namespace(store: Store) -> str:
    """The one namespace of this tenancy, which is made on the first call."""
    name = store.meta("namespace")
    if name is None:
        name = "".join(secrets.choice(_ALPHABET) for _ in range(12))
        store.set_meta("namespace", name)
    return name


def check_namespace(store: Store, name: str) -> str:
    if name != namespace(store):
        raise namespace_not_found()
    return name


# -- buckets


def bucket_id(name: str) -> str:
    return f"bucket/{name}"


def find_bucket(store: Store, params: Mapping[str, str]) -> Record:
    """The bucket of a path: `ns` and `bucket`."""
    return named_bucket(store, params["ns"], params["bucket"])


def named_bucket(store: Store, ns: str, name: str) -> Record:
    check_namespace(store, ns)
    record = store.get("bucket", bucket_id(check_bucket_name(name)))
    if record is None:
        raise bucket_not_found(name, ns)
    return record


# -- the content of buckets


def key(kind: Kind, bucket: Record, name: str) -> str:
    return f"{kind}/{bucket.document['id']}/{name}"


def everything(kind: Kind, bucket: Record) -> tuple[str, str]:
    """The range of ids of everything of one kind in the bucket."""
    return key(kind, bucket, ""), key(kind, bucket, LAST)


def object_in(store: Store, bucket: Record, name: str) -> Record | None:
    return store.get("object", key("object", bucket, check_object_name(name)))


def find_object(store: Store, bucket: Record, name: str) -> Record:
    record = object_in(store, bucket, name)
    if record is None:
        raise object_not_found(name, bucket.document["name"])
    return record


def put_object(
    store: Store, bucket: Record, name: str, document: Json, private: Json
) -> tuple[Record, tuple[str, ...]]:
    """Make or replace the object. Its bytes have to be on disk already: `artifact` in `private` names them.

    Returns the record, and the content that was replaced. Call it inside a transaction.
    """
    old = object_in(store, bucket, name)
    document = {"name": name, "size": private["artifact"]["size"], "storageTier": "Standard", **document}
    record = Record("object", key("object", bucket, name), document, private)
    if old is None:
        store.insert(record)
        return record, ()
    store.save(record)
    return record, digests(old)


def digests(*records: Record) -> tuple[str, ...]:
    return tuple(record.private["artifact"]["sha256"] for record in records)


# -- preconditions


def check_conditions(record: Record | None, headers: Mapping[str, str]) -> None:
    """`if-match` and `if-none-match` of a call that makes, replaces or removes `record`; None stands for one
    that does not exist.
    """
    check_match(record, headers.get("if-match"))
    check_none_match(record, headers.get("if-none-match"))


def check_match(record: Record | None, header: str | None) -> None:
    if header is not None and (record is None or not matches(record, header)):
        raise if_match_failed()


def check_none_match(record: Record | None, header: str | None) -> None:
    """ "The only valid value is '*'" (SDK, put_object). Any other value is taken as an etag to avoid."""
    if header is not None and record is not None and matches(record, header):
        raise if_none_match_failed()


def matches(record: Record, header: str) -> bool:
    return header in ("*", record.etag, f'"{record.etag}"')


def view(record: Record) -> dict[str, Any]:
    return {**record.document, "etag": record.etag}


def bucket_and_name(store: Store, call: Call) -> tuple[Record, str]:
    return find_bucket(store, call.params), check_object_name(call.params["object"])
