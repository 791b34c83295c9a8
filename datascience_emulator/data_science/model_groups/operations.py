"""Model groups. Their members never change.

Creating and deleting one is asynchronous (SDK: opc-work-request-id), everything else is not.
"""

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.operations import Operation
from datascience_emulator.api.records import Listing, etag, find, find_to_change, list_records
from datascience_emulator.data_science import compartment_changes
from datascience_emulator.data_science.deployments.document_parts import members
from datascience_emulator.data_science.model_groups import documents
from datascience_emulator.data_science.model_groups.clones import SOURCE, cloned
from datascience_emulator.data_science.projects.rules import check_project
from datascience_emulator.data_science.version_histories.versions import (
    active_history,
    becomes_latest,
    leave,
    take_number,
    with_name,
)
from datascience_emulator.data_science.work_requests.work import Finisher, start_creation, start_work
from datascience_emulator.store.store import Record, Store
from datascience_emulator.store.uses import deployments_of_model_group
from datascience_emulator.wire.calls import Answer, Call
from datascience_emulator.wire.empty_values import NO_TAGS_OF_ANY_KIND, changed
from datascience_emulator.wire.errors import conflict, invalid, related_not_found
from datascience_emulator.wire.ids_and_times import new_ocid, timestamp
from datascience_emulator.wire.json_values import Json

_LISTING = Listing(
    "model-group",
    {
        "id": "id",
        "projectId": "parent",
        "displayName": "name",
        "lifecycleState": "state",
        "createdBy": "createdBy",
        "modelGroupVersionHistoryId": "modelGroupVersionHistoryId",
    },
    {"timeCreated": "seq", "displayName": "name", "lifecycleState": "state"},
)
# A list gives everything but these (SDK, ModelGroupSummary).
_NOT_LISTED = {"description", "memberModelEntries", "createType", "sourceModelGroupId"}


def create(cloud: Cloud, call: Call) -> Answer:
    details = call.body
    check_project(cloud.store, details["projectId"])
    artifact: Json = {}
    if details["createType"] == "CLONE":
        source = _source(cloud, details[SOURCE])
        details, artifact = _clone(source, details), _artifact(source)
    for model in members(details).values():
        _check_member(cloud, model)
    record = _new(cloud, call, details, artifact)
    body = with_name(cloud.store, record.document)
    return start_creation(cloud, call, "MODEL_GROUP_CREATE", record, body)


def _new(cloud: Cloud, call: Call, details: Json, private: Json) -> Record:
    document = {
        "id": new_ocid("datasciencemodelgroup", cloud.region),
        "displayName": call.now.strftime("modelgroup%Y%m%d%H%M%S"),
        **NO_TAGS_OF_ANY_KIND,
        **details,
        "createdBy": call.caller.user,
        "timeCreated": timestamp(call.now),
        "timeUpdated": timestamp(call.now),
        "lifecycleState": "CREATING",
    }
    take_number(cloud.store, document)
    return Record("model-group", document["id"], document, private)


def _source(cloud: Cloud, source: Json) -> Record:
    """The model group to clone; of a version history, its latest."""
    group: str = source["sourceId"]
    if source["modelGroupCloneSourceType"] == "MODEL_GROUP_VERSION_HISTORY":
        group = active_history(cloud.store, group).document.get("latestModelGroupId", "")
    record = cloud.store.get("model-group", group)
    if record is None or record.state not in ("ACTIVE", "INACTIVE"):
        raise related_not_found(f"sourceId {source['sourceId']}")
    return record


def _clone(source: Record, details: Json) -> Json:
    """UNVERIFIED: unless the call says otherwise, a clone of a version history belongs to that history, and a
    clone of a model group to none.
    """
    of_history = details[SOURCE]["modelGroupCloneSourceType"] == "MODEL_GROUP_VERSION_HISTORY"
    history = {"modelGroupVersionHistoryId": details[SOURCE]["sourceId"]} if of_history else {}
    return {**history, **cloned(source.document, details)}


def _artifact(source: Record) -> Json:
    """UNVERIFIED: a clone of a homogeneous model group also has its artifact."""
    return {name: value for name, value in source.private.items() if name == "artifact"}


def _check_member(cloud: Cloud, model_id: str) -> None:
    """UNVERIFIED: a member is refused in the same way as the model of a deployment."""
    model = cloud.store.get("model", model_id)
    if model is None or model.state == "DELETED":
        raise related_not_found(f"modelId {model_id}")
    if model.state != "ACTIVE":
        raise invalid(f"The model {model_id} is {model.state}; the members of a model group must be ACTIVE.")
    if "artifact" not in model.private and not model.document["isModelByReference"]:
        raise invalid(
            f"The model {model_id} has no artifact; upload one with POST /models/{{modelId}}/artifact."
        )


def get(cloud: Cloud, call: Call) -> Answer:
    record = find(cloud.store, "model-group", call.params["id"])
    return Answer(body=with_name(cloud.store, record.document), headers=etag(record), seen=(record.id,))


def list_all(cloud: Cloud, call: Call) -> Answer:
    records, headers = list_records(cloud.store, call, _LISTING)
    body = [_summary(with_name(cloud.store, record.document)) for record in records]
    return Answer(body=body, headers=headers, seen=tuple(record.id for record in records))


def _summary(document: Json) -> Json:
    return {name: value for name, value in document.items() if name not in _NOT_LISTED}


def update(cloud: Cloud, call: Call) -> Answer:
    """Only name, description, tags and version can change (SDK, UpdateModelGroupDetails)."""
    record = find_to_change(cloud.store, "model-group", call, "ACTIVE", "INACTIVE")
    history = record.document.get("modelGroupVersionHistoryId")
    record.document = changed(record.document, call.body)
    # A version history that is sent unchanged is no change: Terraform's provider always sends it.
    if record.document.get("modelGroupVersionHistoryId") != history:
        take_number(cloud.store, record.document)
        leave(cloud.store, history, record)
        becomes_latest(cloud.store, record)
    return _saved(cloud, call, record)


def activate(cloud: Cloud, call: Call) -> Answer:
    return _switch(cloud, call, "INACTIVE", "ACTIVE")


def deactivate(cloud: Cloud, call: Call) -> Answer:
    return _switch(cloud, call, "ACTIVE", "INACTIVE")


def _switch(cloud: Cloud, call: Call, before: str, after: str) -> Answer:
    record = find_to_change(cloud.store, "model-group", call, before)
    record.document["lifecycleState"] = after
    return _saved(cloud, call, record)


def _saved(cloud: Cloud, call: Call, record: Record) -> Answer:
    record.document["timeUpdated"] = timestamp(call.now)
    cloud.store.save(record)
    return Answer(body=with_name(cloud.store, record.document), headers=etag(record))


def delete(cloud: Cloud, call: Call) -> Answer:
    record = find_to_change(cloud.store, "model-group", call, "ACTIVE", "INACTIVE", "FAILED")
    users = deployments_of_model_group(cloud.store, record.id)
    if users:
        raise conflict(
            f"The model group {record.id} is used by {', '.join(users)}. Delete or update those first."
        )
    return start_work(cloud, call, "MODEL_GROUP_DELETE", record, "DELETING")


def change_compartment(cloud: Cloud, call: Call) -> Answer:
    record = find_to_change(cloud.store, "model-group", call, "ACTIVE", "INACTIVE", "FAILED")
    record.document["timeUpdated"] = timestamp(call.now)
    return compartment_changes.move(cloud, call, record)


# -- how the work ends


def _created(store: Store, work: Record, group: Record) -> None:
    becomes_latest(store, group)


def _deleted(store: Store, work: Record, group: Record) -> tuple[str, ...]:
    leave(store, group.document.get("modelGroupVersionHistoryId"), group)
    return (group.private["artifact"]["sha256"],) if "artifact" in group.private else ()


OPERATIONS = (
    Operation("create_model_group", "POST", "/modelGroups", create, documents.create, retry_token=True),
    Operation("list_model_groups", "GET", "/modelGroups", list_all, query=_LISTING.query),
    Operation("get_model_group", "GET", "/modelGroups/{id}", get),
    Operation("update_model_group", "PUT", "/modelGroups/{id}", update, documents.update),
    Operation("delete_model_group", "DELETE", "/modelGroups/{id}", delete),
    Operation("activate_model_group", "POST", "/modelGroups/{id}/actions/activate", activate),
    Operation("deactivate_model_group", "POST", "/modelGroups/{id}/actions/deactivate", deactivate),
    compartment_changes.operation("change_model_group_compartment", "/modelGroups/{id}", change_compartment),
)
FINISHERS: dict[str, Finisher] = {"MODEL_GROUP_CREATE": _created, "MODEL_GROUP_DELETE": _deleted}
