"""Model version sets. Deleting and moving one is asynchronous, everything else is not."""

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.operations import Operation
from datascience_emulator.api.records import Listing, etag, find, find_to_change, list_records
from datascience_emulator.data_science import compartment_changes
from datascience_emulator.data_science.models.rules import check_unused, erase
from datascience_emulator.data_science.projects.rules import check_project
from datascience_emulator.data_science.version_sets import documents
from datascience_emulator.data_science.work_requests.work import (
    Finisher,
    WorkFailed,
    open_work,
    refusals_fail_work,
    start_work,
)
from datascience_emulator.store.store import Record, Store
from datascience_emulator.store.uses import holders_of, models_of_version_set
from datascience_emulator.wire.calls import Answer, Call, query_flag
from datascience_emulator.wire.empty_values import NO_TAGS_OF_ANY_KIND, changed
from datascience_emulator.wire.errors import conflict
from datascience_emulator.wire.ids_and_times import new_ocid, timestamp
from datascience_emulator.wire.json_values import Json

_NAME = "$.name"  # the store's column `name` is the display name, which a version set does not have
_LISTING = Listing(
    "version-set",
    {
        "category": "category",
        "id": "id",
        "projectId": "parent",
        "name": _NAME,
        "lifecycleState": "state",
        "createdBy": "createdBy",
    },
    {"timeCreated": "seq", "name": _NAME, "lifecycleState": "state"},
)


def create(cloud: Cloud, call: Call) -> Answer:
    check_project(cloud.store, call.body["projectId"])
    _check_name(cloud, call.body["compartmentId"], call.body["name"])
    document = {
        "id": new_ocid("datasciencemodelversionset", cloud.region),
        **NO_TAGS_OF_ANY_KIND,
        **call.body,
        "createdBy": call.caller.user,
        "timeCreated": timestamp(call.now),
        "timeUpdated": timestamp(call.now),
        "lifecycleState": "ACTIVE",
        "category": "USER",
    }
    record = Record("version-set", document["id"], document)
    cloud.store.insert(record)
    return Answer(body=_view(record), headers=etag(record), made=record.id)


def _check_name(cloud: Cloud, compartment: str, name: str) -> None:
    """ "It must be unique and can't be modified" (SDK, CreateModelVersionSetDetails). UNVERIFIED: where it
    must be unique (reading `version_set_names`), status and code, and that a deleted set frees its name.
    """
    within = {"compartment": compartment} if cloud.readings.version_set_names == "compartment" else {}
    for holder in holders_of(cloud.store, "version-set", {**within, _NAME: name}):
        raise conflict(f"name: {name!r} is taken by the model version set {holder.id}. Choose another one.")


def get(cloud: Cloud, call: Call) -> Answer:
    record = find(cloud.store, "version-set", call.params["id"])
    return Answer(body=_view(record), headers=etag(record), seen=(record.id,))


def _view(record: Record) -> Json:
    """Every set has a description (it is required in the SDK's ModelVersionSet). UNVERIFIED: an empty one
    where none was given.
    """
    return {"description": "", **record.document}


def list_all(cloud: Cloud, call: Call) -> Answer:
    """A list leaves out the description (SDK, ModelVersionSetSummary)."""
    records, headers = list_records(cloud.store, call, _LISTING)
    body = [{k: v for k, v in record.document.items() if k != "description"} for record in records]
    return Answer(body=body, headers=headers, seen=tuple(record.id for record in records))


def update(cloud: Cloud, call: Call) -> Answer:
    record = find_to_change(cloud.store, "version-set", call, "ACTIVE")
    record.document = changed(record.document, {**call.body, "timeUpdated": timestamp(call.now)})
    cloud.store.save(record)
    return Answer(body=_view(record), headers=etag(record))


def move(cloud: Cloud, call: Call) -> Answer:
    """By a work request, as the SDK's composite operation waits for one. The set moves when the work ends."""
    record = find_to_change(cloud.store, "version-set", call, "ACTIVE")
    if call.body["compartmentId"] != record.document["compartmentId"]:
        _check_name(cloud, call.body["compartmentId"], record.document["name"])
    to = {**call.body, "timeUpdated": timestamp(call.now)}
    work = open_work(cloud, call, "MODELVERSIONSET_MOVE", record, to=to)
    return Answer(202, headers={"opc-work-request-id": work}, work=work)


def delete(cloud: Cloud, call: Call) -> Answer:
    """With isDeleteRelatedModels, its models are deleted too. UNVERIFIED: when; here, when the work ends."""
    with_models = query_flag(call, "isDeleteRelatedModels")
    record = find_to_change(cloud.store, "version-set", call, "ACTIVE", "FAILED")
    models = models_of_version_set(cloud.store, record.id)
    if models and not with_models:
        raise conflict(
            f"The model version set {record.id} holds {len(models)} models. Delete those first, or set "
            "isDeleteRelatedModels."
        )
    for model in models:
        check_unused(cloud.store, model)
    return start_work(cloud, call, "MODELVERSIONSET_DELETE", record, "DELETING")


# -- how the work ends


def _deleted(store: Store, work: Record, record: Record) -> tuple[str, ...]:
    """No model can join a set that is DELETING, so all that are in it are to be deleted with it. They are
    checked again: one may have come into use meanwhile.
    """
    models = models_of_version_set(store, record.id)
    with refusals_fail_work():
        for model in models:
            check_unused(store, model)
    return tuple(digest for model in models for digest in erase(store, model))


def _moved(store: Store, work: Record, record: Record) -> None:
    if record.state != "ACTIVE":
        raise WorkFailed("IncorrectState", f"The model version set {record.id} is {record.state}.")
    record.document |= work.private["to"]


FINISHERS: dict[str, Finisher] = {"MODELVERSIONSET_DELETE": _deleted, "MODELVERSIONSET_MOVE": _moved}
_PATH = "/modelVersionSets"
OPERATIONS = (
    Operation("create_model_version_set", "POST", _PATH, create, documents.create, retry_token=True),
    Operation("list_model_version_sets", "GET", _PATH, list_all, query=_LISTING.query),
    Operation("get_model_version_set", "GET", f"{_PATH}/{{id}}", get),
    Operation("update_model_version_set", "PUT", f"{_PATH}/{{id}}", update, documents.update),
    Operation(
        "delete_model_version_set",
        "DELETE",
        f"{_PATH}/{{id}}",
        delete,
        query=("isDeleteRelatedModels",),
    ),
    compartment_changes.operation(
        "change_model_version_set_compartment",
        f"{_PATH}/{{id}}",
        move,
        note="The SDK names no operationType for its work request; here it is MODELVERSIONSET_MOVE.",
    ),
)
