"""Lists of the models in a model group, and of those that a deployment serves, with their states."""

from typing import Any

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.operations import Operation
from datascience_emulator.api.records import find
from datascience_emulator.data_science.deployments.document_parts import model_group_id, model_id
from datascience_emulator.data_science.models.views import model_view
from datascience_emulator.wire.calls import Answer, Call, require_query
from datascience_emulator.wire.json_values import Json
from datascience_emulator.wire.pages import Page, filtered, sorted_items

# The fields of each model in a list of members (SDK, ModelGroupModelSummary).
_OF_MODEL = {
    "compartmentId",
    "projectId",
    "displayName",
    "createdBy",
    "timeCreated",
    "lifecycleState",
    "lifecycleDetails",
    "category",
    "isModelByReference",
    "freeformTags",
    "definedTags",
}


def list_models(cloud: Cloud, call: Call) -> Answer:
    require_query(call, "compartmentId")
    record = find(cloud.store, "model-group", call.params["id"])
    members = [_member(cloud, *entry) for entry in _entries(record.document)]
    page = _page(call, members, _MEMBER_FILTERS, _SORTS)
    return Answer(body=page.items, headers=page.headers)


_MEMBER_FILTERS = ("id", "displayName", "lifecycleState", "createdBy")
_SORTS = ("timeCreated", "displayName", "lifecycleState")


def _page(call: Call, members: list[Json], filters: tuple[str, ...], sorts: tuple[str, ...]) -> Page[Json]:
    fitting = filtered(call, members, {name: name for name in filters})
    return sorted_items(call, fitting, {name: name for name in sorts}, unique=_name)


def _name(member: Json) -> str:
    """Its name in the model group, which may have the same model more than once."""
    return str(member.get("inferenceKey", member["id"]))


def _entries(group: Json) -> list[tuple[str, str | None]]:
    """Model and inference key of each member, in their order."""
    entries = group["memberModelEntries"]["memberModelDetails"]
    return [(entry["modelId"], entry.get("inferenceKey")) for entry in entries]


def _member(cloud: Cloud, model_id: str, key: str | None) -> Json:
    model = find(cloud.store, "model", model_id)
    shown = {name: value for name, value in model_view(model).items() if name in _OF_MODEL}
    times = {"timeUpdated": model.private.get("updated", model.document["timeCreated"])}
    keyed = {"inferenceKey": key} if key else {}
    return {"id": model_id, "modelId": model_id, **keyed, "systemTags": {}, **times, **shown}


# -- the models of a deployment

_OF_STATE = (
    "modelId",
    "projectId",
    "displayName",
    "inferenceKey",
    "freeformTags",
    "definedTags",
    "systemTags",
)
_STATE_FILTERS = ("projectId", "displayName", "inferenceKey", "modelId")


def model_states(cloud: Cloud, call: Call) -> Answer:
    """GET /modelDeployments/{id}/models/modelState: the models that a deployment serves. UNVERIFIED: that a
    model is SUCCESS while its deployment serves, and FAILED otherwise.
    """
    require_query(call, "compartmentId")
    deployment = find(cloud.store, "deployment", call.params["id"])
    serves = deployment.state in ("ACTIVE", "NEEDS_ATTENTION", "UPDATING")
    state = "SUCCESS" if serves and cloud.servers.count(deployment.id) != 0 else "FAILED"
    members = [_member(cloud, *entry) for entry in _served(cloud, deployment.document)]
    page = _page(call, members, _STATE_FILTERS, _SORTS[:2])
    return Answer(body=[_state(member, state) for member in page.items], headers=page.headers)


def _served(cloud: Cloud, deployment: Json) -> list[tuple[str, str | None]]:
    group = model_group_id(deployment)
    if group is None:
        return [(str(model_id(deployment)), None)]
    return _entries(find(cloud.store, "model-group", group).document)


def _state(member: Json, state: str) -> dict[str, Any]:
    """UNVERIFIED: that the key of a model without one is empty. The SDK's model requires it."""
    shown = {"inferenceKey": "", **{name: member[name] for name in _OF_STATE if name in member}}
    return {**shown, "state": state}


OPERATIONS = (
    Operation(
        "list_model_group_models",
        "GET",
        "/modelGroups/{id}/models",
        list_models,
        query=("compartmentId", *_MEMBER_FILTERS, "limit", "page", "sortBy", "sortOrder"),
    ),
    Operation(
        "list_model_deployment_model_states",
        "GET",
        "/modelDeployments/{id}/models/modelState",
        model_states,
        query=("compartmentId", *_STATE_FILTERS, "limit", "page", "sortBy", "sortOrder"),
    ),
)
