"""Model version sets. Deleting one is asynchronous, the rest is not."""

from dataclasses import replace

from .. import documents
from ..catalog import check_project, check_unused, erase
from ..errors import conflict, incorrect_state, invalid
from ..plane import Operation, Site
from ..store import Record
from ..wire import Answer, Call, Listing, etag, find, find_to_change, list_records, new_ocid, timestamp
from ..work import set_off
from . import moves

_NAME = "$.name"  # the store's own column `name` is the display name, which a version set does not have
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


def create(site: Site, call: Call) -> Answer:
    check_project(site.store, call.body["projectId"])
    _check_name(site, call.body["compartmentId"], call.body["name"])
    document = {
        "id": new_ocid("datasciencemodelversionset", site.region),
        **call.body,
        "createdBy": call.caller.user,
        "timeCreated": timestamp(call.now),
        "timeUpdated": timestamp(call.now),
        "lifecycleState": "ACTIVE",
        "category": "USER",
    }
    record = Record("version-set", document["id"], document)
    site.store.insert(record)
    return Answer(body=document, headers=etag(record), made=record.id)


def _check_name(site: Site, compartment: str, name: str) -> None:
    """ "It must be unique and can't be modified" (SDK, CreateModelVersionSetDetails). UNVERIFIED: where it
    must be unique (reading `version_set_names`), status and code, and that a deleted set frees its name.
    """
    place = {"compartment": compartment} if site.readings.version_set_names == "compartment" else {}
    found = site.store.page("version-set", {**place, _NAME: name}, "seq", True, None, 100)
    for _, other in found:
        if other.state != "DELETED":
            raise conflict(
                f"name: {name!r} is taken by the model version set {other.id}. Choose another one."
            )


def get(site: Site, call: Call) -> Answer:
    record = find(site.store, "version-set", call.params["id"])
    return Answer(body=record.document, headers=etag(record), seen=(record.id,))


def list_all(site: Site, call: Call) -> Answer:
    """A list gives everything but the description (SDK, ModelVersionSetSummary)."""
    records, headers = list_records(site.store, call, _LISTING)
    body = [{k: v for k, v in one.document.items() if k != "description"} for one in records]
    return Answer(body=body, headers=headers, seen=tuple(one.id for one in records))


def update(site: Site, call: Call) -> Answer:
    record = _active(site, call)
    record.document |= {**call.body, "timeUpdated": timestamp(call.now)}
    site.store.save(record)
    return Answer(body=record.document, headers=etag(record))


def move(site: Site, call: Call) -> Answer:
    record = _active(site, call)
    if call.body["compartmentId"] != record.document["compartmentId"]:
        _check_name(site, call.body["compartmentId"], record.document["name"])
    record.document["timeUpdated"] = timestamp(call.now)
    return moves.move(site, call, record)


def delete(site: Site, call: Call) -> Answer:
    """Its models go at once, the set itself when the work is done: no source says more."""
    along, record = _flag(call, "isDeleteRelatedModels"), _active(site, call)
    models = site.store.models_of_version_set(record.id)
    if models and not along:
        raise conflict(
            f"The model version set {record.id} holds {len(models)} models. Delete those first, or set "
            "isDeleteRelatedModels."
        )
    for model in models:
        check_unused(site.store, model)
    freed = tuple(digest for model in models for digest in erase(site.store, model))
    answer = set_off(site.store, call, site.region, "MODELVERSIONSET_DELETE", record, "DELETING")
    return replace(answer, freed=freed)


def _flag(call: Call, name: str) -> bool:
    text = call.query.get(name, "false").lower()  # the SDK for Python writes True and False
    if text not in ("true", "false"):
        raise invalid(f"{name}: must be true or false, is {text!r}")
    return text == "true"


def _active(site: Site, call: Call) -> Record:
    record = find_to_change(site.store, "version-set", call)
    if record.state != "ACTIVE":
        raise incorrect_state(f"The model version set {record.id}", record.state, "ACTIVE")
    return record


_PATH = "/modelVersionSets"
OPERATIONS = (
    Operation(
        "create_model_version_set", "POST", _PATH, create, documents.create_version_set, retry_token=True
    ),
    Operation("list_model_version_sets", "GET", _PATH, list_all, query=_LISTING.query),
    Operation("get_model_version_set", "GET", f"{_PATH}/{{id}}", get),
    Operation("update_model_version_set", "PUT", f"{_PATH}/{{id}}", update, documents.update_version_set),
    Operation(
        "delete_model_version_set",
        "DELETE",
        f"{_PATH}/{{id}}",
        delete,
        query=("isDeleteRelatedModels",),
        note="With isDeleteRelatedModels the models are gone at once, also if the work is cancelled.",
    ),
    Operation(
        "change_model_version_set_compartment",
        "POST",
        f"{_PATH}/{{id}}/actions/changeCompartment",
        move,
        moves.details,
        retry_token=True,
        note="Done at once, without a work request: the SDK names no operationType for it.",
    ),
)
