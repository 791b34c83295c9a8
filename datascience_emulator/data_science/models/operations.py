"""Models of the catalog and their provenance. Creating and deleting them is synchronous."""

import re

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.operations import Operation, Status
from datascience_emulator.api.records import Listing, etag, find, find_to_change, list_records
from datascience_emulator.data_science import compartment_changes
from datascience_emulator.data_science.models import documents
from datascience_emulator.data_science.models.metadata import check_keys, with_has_artifact
from datascience_emulator.data_science.models.rules import check_unused, erase, version_of
from datascience_emulator.data_science.models.views import model_view
from datascience_emulator.data_science.projects.rules import check_project
from datascience_emulator.store.store import Record
from datascience_emulator.wire.calls import Answer, Call
from datascience_emulator.wire.empty_values import NO_TAGS, changed
from datascience_emulator.wire.errors import conflict, invalid, not_found
from datascience_emulator.wire.ids_and_times import new_ocid, timestamp
from datascience_emulator.wire.json_values import Json

_LISTING = Listing(
    "model",
    {
        "id": "id",
        "projectId": "parent",
        "displayName": "name",
        "lifecycleState": "state",
        "createdBy": "createdBy",
        "modelVersionSetName": "modelVersionSetName",
        "versionLabel": "versionLabel",
        "category": "category",
    },
    {"timeCreated": "seq", "displayName": "name", "lifecycleState": "state"},
)
# A list gives everything but these (SDK, ModelSummary).
_NOT_LISTED = {
    "description",
    "customMetadataList",
    "definedMetadataList",
    "inputSchema",
    "outputSchema",
    "retentionSetting",
    "backupSetting",
    "retentionOperationDetails",
    "backupOperationDetails",
}


def create(cloud: Cloud, call: Call) -> Answer:
    check_project(cloud.store, call.body["projectId"])
    model_id = new_ocid("datasciencemodel", cloud.region)
    details = _checked(cloud, model_id, call.body)
    document = {
        "id": model_id,
        "displayName": call.now.strftime("datasciencemodel%Y%m%d%H%M%S"),
        **NO_TAGS,
        **details,
        "createdBy": call.caller.user,
        "timeCreated": timestamp(call.now),
        "lifecycleState": "ACTIVE",
        "category": "USER",
        "isModelByReference": False,
    }
    record = Record("model", document["id"], document)
    cloud.store.insert(record)
    return Answer(body=model_view(record), headers=etag(record), made=record.id)


def _checked(cloud: Cloud, model_id: str, details: Json) -> Json:
    """`details` of a create or update, with what the service adds."""
    check_keys(cloud.readings, details)
    version_set = details.get("modelVersionSetId")
    version = version_of(cloud.store, version_set) if version_set is not None else {}
    return with_has_artifact(cloud.store, model_id, details) | version


def get(cloud: Cloud, call: Call) -> Answer:
    record = find(cloud.store, "model", call.params["id"])
    return Answer(body=model_view(record), headers=etag(record), seen=(record.id,))


def list_all(cloud: Cloud, call: Call) -> Answer:
    records, headers = list_records(cloud.store, call, _LISTING)
    body = [_summary(model_view(record)) for record in records]
    return Answer(body=body, headers=headers, seen=tuple(record.id for record in records))


def _summary(document: Json) -> Json:
    return {name: value for name, value in document.items() if name not in _NOT_LISTED}


def update(cloud: Cloud, call: Call) -> Answer:
    record = find_to_change(cloud.store, "model", call)
    version_set = call.body.get("modelVersionSetId")
    if version_set is not None and version_set == record.document.get("modelVersionSetId"):
        # Seen by oracle-ads (pull requests 629 and 647). UNVERIFIED: status and code.
        raise conflict("The model is already associated with the Model Version Set.")
    record.document = changed(record.document, _checked(cloud, record.id, call.body))
    return _saved(cloud, call, record)


def activate(cloud: Cloud, call: Call) -> Answer:
    return _switch(cloud, call, "INACTIVE", "ACTIVE")


def deactivate(cloud: Cloud, call: Call) -> Answer:
    return _switch(cloud, call, "ACTIVE", "INACTIVE")


def _switch(cloud: Cloud, call: Call, before: str, after: str) -> Answer:
    record = find_to_change(cloud.store, "model", call, before)
    record.document["lifecycleState"] = after
    return _saved(cloud, call, record)


def _saved(cloud: Cloud, call: Call, record: Record) -> Answer:
    """Models have no time of their last change; in a list of the members of a model group they have."""
    record.private["updated"] = timestamp(call.now)
    cloud.store.save(record)
    return Answer(body=model_view(record), headers=etag(record))


def delete(cloud: Cloud, call: Call) -> Answer:
    record = find_to_change(cloud.store, "model", call)
    check_unused(cloud.store, record)
    return Answer(204, freed=erase(cloud.store, record))


def change_compartment(cloud: Cloud, call: Call) -> Answer:
    return compartment_changes.move(cloud, call, find_to_change(cloud.store, "model", call))


def restore(cloud: Cloud, call: Call) -> Answer:
    """Always refused, as nothing is ever archived. UNVERIFIED: status and code."""
    hours = call.query.get("restoreModelForHoursSpecified", "1")
    if not re.fullmatch(r"[1-9]\d{0,8}", hours):
        raise invalid(f"restoreModelForHoursSpecified: must be a whole number of hours, is {hours!r}")
    record = find_to_change(cloud.store, "model", call)
    raise conflict(f"The model {record.id} is not archived; there is nothing to restore.")


# -- provenance


def create_provenance(cloud: Cloud, call: Call) -> Answer:
    record = find_to_change(cloud.store, "model", call)
    if "provenance" in record.private:
        raise conflict(f"The model {record.id} has a provenance already. Update it with PUT.")
    return _set_provenance(cloud, call, record)


def update_provenance(cloud: Cloud, call: Call) -> Answer:
    return _set_provenance(cloud, call, find_to_change(cloud.store, "model", call))


def _set_provenance(cloud: Cloud, call: Call, record: Record) -> Answer:
    record.private["provenance"] = changed(record.private.get("provenance", {}), call.body)
    cloud.store.save(record)
    return Answer(body=record.private["provenance"], headers=etag(record), made=record.id)


def get_provenance(cloud: Cloud, call: Call) -> Answer:
    record = find(cloud.store, "model", call.params["id"])
    if record.state == "DELETED" or "provenance" not in record.private:
        raise not_found()
    return Answer(body=record.private["provenance"], headers=etag(record))


OPERATIONS = (
    Operation("create_model", "POST", "/models", create, documents.create, retry_token=True),
    Operation("list_models", "GET", "/models", list_all, query=_LISTING.query),
    Operation("get_model", "GET", "/models/{id}", get),
    Operation("update_model", "PUT", "/models/{id}", update, documents.update),
    Operation("delete_model", "DELETE", "/models/{id}", delete),
    Operation("activate_model", "POST", "/models/{id}/actions/activate", activate),
    Operation("deactivate_model", "POST", "/models/{id}/actions/deactivate", deactivate),
    compartment_changes.operation("change_model_compartment", "/models/{id}", change_compartment),
    Operation(
        "restore_archived_model_artifact",
        "POST",
        "/models/{id}/actions/restore",
        restore,
        query=("restoreModelForHoursSpecified",),
        retry_token=True,
        status=Status.CONTROL_PLANE,
        note="Always refused: retention settings are kept, but nothing is archived.",
    ),
    Operation(
        "create_model_provenance",
        "POST",
        "/models/{id}/provenance",
        create_provenance,
        documents.provenance,
        retry_token=True,
    ),
    Operation("get_model_provenance", "GET", "/models/{id}/provenance", get_provenance),
    Operation(
        "update_model_provenance", "PUT", "/models/{id}/provenance", update_provenance, documents.provenance
    ),
)
