"""Version histories of model groups. Only deleting one is asynchronous.

Their paths are in the singular, as in the SDK.
"""

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.operations import Operation
from datascience_emulator.api.records import Listing, etag, find, find_to_change, list_records
from datascience_emulator.data_science import compartment_changes
from datascience_emulator.data_science.projects.rules import check_project
from datascience_emulator.data_science.version_histories import documents
from datascience_emulator.data_science.version_histories.versions import in_history
from datascience_emulator.data_science.work_requests.work import start_work
from datascience_emulator.store.store import Record
from datascience_emulator.store.uses import holders_of
from datascience_emulator.wire.calls import Answer, Call
from datascience_emulator.wire.empty_values import NO_TAGS_OF_ANY_KIND, changed
from datascience_emulator.wire.errors import conflict, invalid, related_not_found
from datascience_emulator.wire.ids_and_times import new_ocid, timestamp
from datascience_emulator.wire.json_values import Json

_LISTING = Listing(
    "group-history",
    {
        "projectId": "parent",
        "id": "id",
        "displayName": "name",
        "lifecycleState": "state",
        "createdBy": "createdBy",
    },
    {"timeCreated": "seq", "displayName": "name", "lifecycleState": "state"},
)


def create(cloud: Cloud, call: Call) -> Answer:
    details = call.body
    check_project(cloud.store, details["projectId"])
    document = {
        "id": new_ocid("dscmodelgroupversionhistory", cloud.region),
        "displayName": call.now.strftime("modelgroupversionhistory%Y%m%d%H%M%S%f"),
        **NO_TAGS_OF_ANY_KIND,
        **details,
        "createdBy": call.caller.user,
        "timeCreated": timestamp(call.now),
        "timeUpdated": timestamp(call.now),
        "lifecycleState": "ACTIVE",
    }
    record = Record("group-history", document["id"], document)
    _check_name(cloud, record)
    if "latestModelGroupId" in details:
        _group(cloud, details["latestModelGroupId"])
    cloud.store.insert(record)
    return Answer(body=document, headers=etag(record), made=record.id)


def get(cloud: Cloud, call: Call) -> Answer:
    record = find(cloud.store, "group-history", call.params["id"])
    return Answer(body=record.document, headers=etag(record), seen=(record.id,))


def list_all(cloud: Cloud, call: Call) -> Answer:
    records, headers = list_records(cloud.store, call, _LISTING)
    body = [_summary(record.document) for record in records]
    return Answer(body=body, headers=headers, seen=tuple(record.id for record in records))


def _summary(document: Json) -> Json:
    return {name: value for name, value in document.items() if name != "description"}


def update(cloud: Cloud, call: Call) -> Answer:
    """UNVERIFIED: that the name may change (the SDK says both that it can't and that it can; a sample changes
    it), and that the latest has to be a version in this history.
    """
    record = find_to_change(cloud.store, "group-history", call, "ACTIVE")
    record.document = changed(record.document, {**call.body, "timeUpdated": timestamp(call.now)})
    _check_name(cloud, record)
    latest = call.body.get("latestModelGroupId")
    if latest is not None and _group(cloud, latest).get("modelGroupVersionHistoryId") != record.id:
        raise invalid(f"latestModelGroupId: {latest} is no version in the history {record.id}")
    cloud.store.save(record)
    return Answer(body=record.document, headers=etag(record))


def _check_name(cloud: Cloud, record: Record) -> None:
    """ "It must be unique" (SDK, CreateModelGroupVersionHistoryDetails). UNVERIFIED: that this means within a
    compartment, and the refusal.
    """
    compartment, name = record.document["compartmentId"], record.document["displayName"]
    holders = holders_of(cloud.store, "group-history", {"compartment": compartment, "name": name})
    if any(holder.id != record.id for holder in holders):
        raise conflict(
            f"A model group version history has the name {name!r} already, and names are unique in a "
            "compartment. Choose another one."
        )


def _group(cloud: Cloud, group_id: str) -> Json:
    group = cloud.store.get("model-group", group_id)
    if group is None or group.state not in ("ACTIVE", "INACTIVE"):
        raise related_not_found(f"latestModelGroupId {group_id}")
    return group.document


def delete(cloud: Cloud, call: Call) -> Answer:
    """UNVERIFIED: a history with model groups in it is refused. Unlike the call for model version sets, this
    one cannot ask that they are deleted too.
    """
    record = find_to_change(cloud.store, "group-history", call, "ACTIVE")
    left = in_history(cloud.store, record.id)
    if left:
        ids = ", ".join(group.id for group in left)
        raise conflict(f"The model group version history {record.id} still holds {ids}. Delete those first.")
    return start_work(cloud, call, "MODEL_GROUP_VERSION_HISTORY_DELETE", record, "DELETING")


def change_compartment(cloud: Cloud, call: Call) -> Answer:
    record = find_to_change(cloud.store, "group-history", call, "ACTIVE")
    record.document |= {**call.body, "timeUpdated": timestamp(call.now)}
    _check_name(cloud, record)
    return compartment_changes.move(cloud, call, record)


_PATH = "/modelGroupVersionHistory"
_ONE = f"{_PATH}/{{id}}"
OPERATIONS = (
    Operation(
        "create_model_group_version_history",
        "POST",
        _PATH,
        create,
        documents.create,
        retry_token=True,
    ),
    Operation("list_model_group_version_histories", "GET", _PATH, list_all, query=_LISTING.query),
    Operation("get_model_group_version_history", "GET", _ONE, get),
    Operation("update_model_group_version_history", "PUT", _ONE, update, documents.update),
    Operation("delete_model_group_version_history", "DELETE", _ONE, delete),
    compartment_changes.operation("change_model_group_version_history_compartment", _ONE, change_compartment),
)
