"""Model groups: sets of catalog models that one deployment serves. The members never change.

Creating and deleting one is asynchronous (SDK: opc-work-request-id), the rest is not.
"""

from typing import Any

from .. import group_documents as documents
from ..errors import conflict, incorrect_state, invalid, related_not_found
from ..jsons import Json
from ..parts import group_id, members, model_id
from ..plane import Operation, Site
from ..store import Record
from ..wire import (
    Answer,
    Call,
    Listing,
    etag,
    find,
    find_to_change,
    list_items,
    list_records,
    new_ocid,
    require_query,
    timestamp,
)
from ..work import open_work

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
# What a list of members tells of each model (SDK, ModelGroupModelSummary).
_OF_MODEL = {
    "compartmentId",
    "projectId",
    "displayName",
    "createdBy",
    "timeCreated",
    "lifecycleState",
    "category",
    "isModelByReference",
    "freeformTags",
    "definedTags",
}


def create(site: Site, call: Call) -> Answer:
    details = call.body
    project = site.store.get("project", details["projectId"])
    if project is None or project.state != "ACTIVE":
        raise related_not_found(f"projectId {details['projectId']}")
    for model in members(details).values():
        _check_member(site, model)
    document = {
        "id": new_ocid("datasciencemodelgroup", site.region),
        "displayName": call.now.strftime("modelgroup%Y%m%d%H%M%S"),
        **details,
        "createdBy": call.caller.user,
        "timeCreated": timestamp(call.now),
        "timeUpdated": timestamp(call.now),
        "lifecycleState": "CREATING",
    }
    record = Record("model-group", document["id"], document)
    site.store.insert(record)
    work = open_work(site.store, call, site.region, "MODEL_GROUP_CREATE", record)
    headers = {
        **etag(record),
        "location": f"{call.base}/20190101/modelGroups/{record.id}",
        "opc-work-request-id": work,
    }
    return Answer(body=document, headers=headers, work=work, made=record.id)


def _check_member(site: Site, model_id: str) -> None:
    """No document says how a member is refused; as the model of a deployment is, here."""
    model = site.store.get("model", model_id)
    if model is None or model.state == "DELETED":
        raise related_not_found(f"modelId {model_id}")
    if model.state != "ACTIVE":
        raise invalid(f"The model {model_id} is {model.state}; the members of a model group must be ACTIVE.")
    if "artifact" not in model.private:
        raise invalid(
            f"The model {model_id} has no artifact; upload one with POST /models/{{modelId}}/artifact."
        )


def get(site: Site, call: Call) -> Answer:
    record = find(site.store, "model-group", call.params["id"])
    return Answer(body=record.document, headers=etag(record), seen=(record.id,))


def list_all(site: Site, call: Call) -> Answer:
    records, headers = list_records(site.store, call, _LISTING)
    body = [
        {name: value for name, value in record.document.items() if name not in _NOT_LISTED}
        for record in records
    ]
    return Answer(body=body, headers=headers, seen=tuple(record.id for record in records))


def list_models(site: Site, call: Call) -> Answer:
    require_query(call, "compartmentId")
    record = find(site.store, "model-group", call.params["id"])
    found = [_member(site, *one) for one in _entries(record.document)]
    return list_items(call, _sorted(_filtered(found, call, _MEMBER_FILTERS), call))


_MEMBER_FILTERS = ("id", "displayName", "lifecycleState", "createdBy")


def _entries(group: Json) -> list[tuple[str, str | None]]:
    """Model and inference key of each member, as they were given."""
    entries = group["memberModelEntries"]["memberModelDetails"]
    return [(one["modelId"], one.get("inferenceKey")) for one in entries]


def _member(site: Site, model_id: str, key: str | None) -> Json:
    model = find(site.store, "model", model_id)
    shown = {name: value for name, value in model.document.items() if name in _OF_MODEL}
    return {"id": model_id, "modelId": model_id, **({"inferenceKey": key} if key else {}), **shown}


def _filtered(items: list[Json], call: Call, names: tuple[str, ...]) -> list[Json]:
    wanted = {name: call.query[name] for name in names if name in call.query}
    return [item for item in items if all(item.get(name) == value for name, value in wanted.items())]


def _sorted(items: list[Json], call: Call) -> list[Json]:
    """timeCreated newest first, displayName A to Z, unless told otherwise (SDK docstrings)."""
    by = call.query.get("sortBy", "timeCreated")
    if by not in ("timeCreated", "displayName", "lifecycleState"):
        raise invalid(f"sortBy: must be one of timeCreated, displayName, lifecycleState, is {by!r}")
    order = call.query.get("sortOrder", "DESC" if by == "timeCreated" else "ASC")
    if order not in ("ASC", "DESC"):
        raise invalid(f"sortOrder: must be one of ASC, DESC, is {order!r}")
    return sorted(items, key=lambda item: str(item.get(by, "")), reverse=order == "DESC")


def update(site: Site, call: Call) -> Answer:
    """Name, description, tags and version only: members and type are not among UpdateModelGroupDetails."""
    record = find_to_change(site.store, "model-group", call)
    _require(record, "ACTIVE", "INACTIVE")
    record.document |= call.body
    return _saved(site, call, record)


def activate(site: Site, call: Call) -> Answer:
    return _switch(site, call, "INACTIVE", "ACTIVE")


def deactivate(site: Site, call: Call) -> Answer:
    return _switch(site, call, "ACTIVE", "INACTIVE")


def _switch(site: Site, call: Call, before: str, after: str) -> Answer:
    record = find_to_change(site.store, "model-group", call)
    _require(record, before)
    record.document["lifecycleState"] = after
    return _saved(site, call, record)


def _saved(site: Site, call: Call, record: Record) -> Answer:
    record.document["timeUpdated"] = timestamp(call.now)
    site.store.save(record)
    return Answer(body=record.document, headers=etag(record))


def delete(site: Site, call: Call) -> Answer:
    record = find_to_change(site.store, "model-group", call)
    _require(record, "ACTIVE", "INACTIVE", "FAILED")
    users = site.store.deployments_of_group(record.id)
    if users:
        raise conflict(
            f"The model group {record.id} is used by {', '.join(users)}. Delete or update those first."
        )
    record.document["lifecycleState"] = "DELETING"
    site.store.save(record)
    work = open_work(site.store, call, site.region, "MODEL_GROUP_DELETE", record)
    return Answer(202, headers={"opc-work-request-id": work}, work=work)


def _require(record: Record, *states: str) -> None:
    if record.state not in states:
        raise incorrect_state(f"The model group {record.id}", record.state, " or ".join(states))


# -- the models of a deployment

_STATE_FILTERS = ("projectId", "displayName", "inferenceKey", "modelId")


def model_states(site: Site, call: Call) -> Answer:
    """GET /modelDeployments/{id}/models/modelState: what a deployment serves. That a model is SUCCESS while
    its deployment serves, and FAILED otherwise, is this emulator's reading; no document tells.
    """
    require_query(call, "compartmentId")
    deployment = find(site.store, "deployment", call.params["id"])
    serves = deployment.state in ("ACTIVE", "NEEDS_ATTENTION", "UPDATING")
    state = "SUCCESS" if serves and site.servers(deployment.id) != 0 else "FAILED"
    found = [_state(_member(site, *one), state) for one in _served(site, deployment.document)]
    return list_items(call, _sorted(_filtered(found, call, _STATE_FILTERS), call))


def _served(site: Site, deployment: Json) -> list[tuple[str, str | None]]:
    group = group_id(deployment)
    if group is None:
        return [(str(model_id(deployment)), None)]
    return _entries(find(site.store, "model-group", group).document)


def _state(member: Json, state: str) -> dict[str, Any]:
    names = ("modelId", "projectId", "displayName", "inferenceKey", "freeformTags", "definedTags")
    return {**{name: member[name] for name in names if name in member}, "state": state}


OPERATIONS = (
    Operation("create_model_group", "POST", "/modelGroups", create, documents.create, retry_token=True),
    Operation("list_model_groups", "GET", "/modelGroups", list_all, query=_LISTING.query),
    Operation("get_model_group", "GET", "/modelGroups/{id}", get),
    Operation("update_model_group", "PUT", "/modelGroups/{id}", update, documents.update),
    Operation("delete_model_group", "DELETE", "/modelGroups/{id}", delete),
    Operation(
        "list_model_group_models",
        "GET",
        "/modelGroups/{id}/models",
        list_models,
        query=("compartmentId", *_MEMBER_FILTERS, "limit", "page", "sortBy", "sortOrder"),
    ),
    Operation("activate_model_group", "POST", "/modelGroups/{id}/actions/activate", activate),
    Operation("deactivate_model_group", "POST", "/modelGroups/{id}/actions/deactivate", deactivate),
    Operation(
        "list_model_deployment_model_states",
        "GET",
        "/modelDeployments/{id}/models/modelState",
        model_states,
        query=("compartmentId", *_STATE_FILTERS, "limit", "page", "sortBy", "sortOrder"),
    ),
)
