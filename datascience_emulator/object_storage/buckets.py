"""Namespaces and buckets."""

from collections.abc import Mapping

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.operations import Operation
from datascience_emulator.api.records import etag
from datascience_emulator.object_storage import documents
from datascience_emulator.object_storage.errors import bad, bucket_exists, bucket_not_empty
from datascience_emulator.object_storage.names import check_bucket_name
from datascience_emulator.object_storage.records import (
    bucket_id,
    check_conditions,
    check_namespace,
    everything,
    find_bucket,
    namespace,
    view,
)
from datascience_emulator.store.store import Kind, Record
from datascience_emulator.wire.calls import Answer, Call, require_query
from datascience_emulator.wire.ids_and_times import new_ocid, timestamp
from datascience_emulator.wire.json_values import Json
from datascience_emulator.wire.pages import page_limit, page_of

_DEFAULTS: Json = {
    "metadata": {},
    "publicAccessType": "NoPublicAccess",
    "storageTier": "Standard",
    "objectEventsEnabled": False,
    "freeformTags": {},
    "definedTags": {},
    "replicationEnabled": False,
    "isReadOnly": False,
    "versioning": "Disabled",
    "autoTiering": "Disabled",
}
# The fields of each bucket in a list (SDK, BucketSummary); tags only when the call asks for them.
_LISTED = ("namespace", "name", "compartmentId", "createdBy", "timeCreated", "etag")
_TAGS = ("freeformTags", "definedTags")
_HOLDINGS: tuple[tuple[Kind, str], ...] = (("object", "objects"), ("upload", "multipart uploads"))


def get_namespace(cloud: Cloud, call: Call) -> Answer:
    """A bare JSON string."""
    return Answer(body=namespace(cloud.store))


def get_namespace_metadata(cloud: Cloud, call: Call) -> Answer:
    name = check_namespace(cloud.store, call.params["ns"])
    root = cloud.store.meta("tenancy")
    body = {"namespace": name, "defaultS3CompartmentId": root, "defaultSwiftCompartmentId": root}
    return Answer(body=body)


def create(cloud: Cloud, call: Call) -> Answer:
    ns = check_namespace(cloud.store, call.params["ns"])
    name = check_bucket_name(call.body["name"])
    _check_free(cloud, ns, name)
    document = {
        "namespace": ns,
        **_DEFAULTS,
        **call.body,
        "createdBy": call.caller.user,
        "timeCreated": timestamp(call.now),
        "id": new_ocid("bucket", cloud.region),
    }
    record = Record("bucket", bucket_id(name), document)
    cloud.store.insert(record)
    headers = {**etag(record), "location": f"{call.base}/n/{ns}/b/{name}"}
    return Answer(body=view(record), headers=headers)


def _check_free(cloud: Cloud, ns: str, name: str) -> None:
    if cloud.store.get("bucket", bucket_id(name)) is not None:
        raise bucket_exists(name, ns)


def get(cloud: Cloud, call: Call) -> Answer:
    record = find_bucket(cloud.store, call.params)
    fields = set(call.query.get("fields", "").split(",")) & {"approximateCount", "approximateSize"}
    measured = _measured(cloud, record) if fields else {}
    body = view(record) | {name: measured[name] for name in fields}
    return Answer(body=body, headers=etag(record))


def _measured(cloud: Cloud, record: Record) -> dict[str, int]:
    count, size = cloud.store.measure("object", *everything("object", record))
    return {"approximateCount": count, "approximateSize": size}


def head(cloud: Cloud, call: Call) -> Answer:
    return Answer(headers=etag(find_bucket(cloud.store, call.params)))


def list_all(cloud: Cloud, call: Call) -> Answer:
    """By name, at most 1000 on a page (SDK, list_buckets)."""
    check_namespace(cloud.store, call.params["ns"])
    compartment = require_query(call, "compartmentId")
    names = _LISTED + (_TAGS if "tags" in call.query.get("fields", "").split(",") else ())
    records = cloud.store.between("bucket", bucket_id(""), bucket_id("~"), 2**31)
    buckets = [view(record) for record in records if record.document["compartmentId"] == compartment]
    page = page_of(call, buckets, _name, ("name", "ASC"), page_limit(call, 1000, 1000))
    return Answer(body=[_only(bucket, names) for bucket in page.items], headers=page.headers)


def _name(document: Json) -> tuple[str, str]:
    return document["name"], ""


def _only(document: Mapping[str, object], names: tuple[str, ...]) -> Json:
    return {name: document[name] for name in names}


def update(cloud: Cloud, call: Call) -> Answer:
    record = find_bucket(cloud.store, call.params)
    check_conditions(record, call.headers)
    details = call.body
    if details.get("namespace", call.params["ns"]) != call.params["ns"]:
        raise bad(
            "MismatchedNamespaceNames", "namespace: must be the one in the path; a bucket cannot leave it"
        )
    record.document |= details
    name = details.get("name", call.params["bucket"])
    if name == call.params["bucket"]:
        cloud.store.save(record)
    else:
        _check_free(cloud, call.params["ns"], check_bucket_name(name))
        cloud.store.remove(record)
        record.id = bucket_id(name)
        cloud.store.insert(record)
    return Answer(body=view(record), headers=etag(record))


def delete(cloud: Cloud, call: Call) -> Answer:
    record = find_bucket(cloud.store, call.params)
    check_conditions(record, call.headers)
    for kind, what in _HOLDINGS:
        if cloud.store.between(kind, *everything(kind, record), 1):
            raise bucket_not_empty(record.document["name"], what)
    cloud.store.remove(record)
    return Answer(204)


_ALL = "/n/{ns}/b"
_ONE = f"{_ALL}/{{bucket}}"
OPERATIONS = (
    Operation("get_namespace", "GET", "/n", get_namespace),
    Operation("get_namespace_metadata", "GET", "/n/{ns}", get_namespace_metadata),
    Operation("create_bucket", "POST", _ALL, create, documents.create_bucket),
    Operation("list_buckets", "GET", _ALL, list_all, query=("compartmentId", "limit", "page", "fields")),
    Operation("get_bucket", "GET", _ONE, get, query=("fields",)),
    Operation("head_bucket", "HEAD", _ONE, head),
    Operation("update_bucket", "POST", _ONE, update, documents.update_bucket),
    Operation("delete_bucket", "DELETE", _ONE, delete),
)
