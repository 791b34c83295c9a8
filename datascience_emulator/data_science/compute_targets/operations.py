"""Compute targets. They have documents, states and work requests, but no machines."""

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.operations import Operation, control_plane
from datascience_emulator.api.records import Listing, etag, find, find_to_change, list_records
from datascience_emulator.data_science import compartment_changes
from datascience_emulator.data_science.compute_targets import documents
from datascience_emulator.data_science.deployments.document_parts import compute_target_id, instances_of
from datascience_emulator.data_science.work_requests.work import start_creation, start_work
from datascience_emulator.store.store import Record
from datascience_emulator.store.uses import deployments_that_name
from datascience_emulator.wire.calls import Answer, Call
from datascience_emulator.wire.empty_values import NO_TAGS, settled
from datascience_emulator.wire.errors import conflict
from datascience_emulator.wire.ids_and_times import new_ocid, timestamp
from datascience_emulator.wire.json_values import Json

_LISTING = Listing(
    "compute-target",
    {"id": "id", "displayName": "name", "lifecycleState": "state"},
    {"timeCreated": "seq", "displayName": "name"},
)
# The fields in a list (SDK, ComputeTargetSummary).
_LISTED = {
    "id",
    "timeCreated",
    "createdBy",
    "compartmentId",
    "displayName",
    "lifecycleState",
    "freeformTags",
    "definedTags",
}


def create(cloud: Cloud, call: Call) -> Answer:
    document = {
        "id": new_ocid("datasciencecomputetarget", cloud.region),  # UNVERIFIED: the type
        "displayName": call.now.strftime("computetarget%Y%m%d%H%M%S"),
        **NO_TAGS,
        **call.body,
        "createdBy": call.caller.user,
        "timeCreated": timestamp(call.now),
        "lifecycleState": "CREATING",
    }
    record = Record("compute-target", document["id"], document)
    return start_creation(cloud, call, "COMPUTE_TARGET_CREATE", record, _view(record))


def get(cloud: Cloud, call: Call) -> Answer:
    record = find(cloud.store, "compute-target", call.params["id"])
    return Answer(body=_view(record), headers=etag(record), seen=(record.id,))


def list_all(cloud: Cloud, call: Call) -> Answer:
    records, headers = list_records(cloud.store, call, _LISTING)
    body = [{k: v for k, v in record.document.items() if k in _LISTED} for record in records]
    return Answer(body=body, headers=headers, seen=tuple(record.id for record in records))


def update(cloud: Cloud, call: Call) -> Answer:
    """UNVERIFIED: that fields stay which the configuration leaves out; in an update, all are optional."""
    record = find_to_change(cloud.store, "compute-target", call, "ACTIVE", "NEEDS_ATTENTION")
    target = {**record.document, **call.body}
    old, new = record.document["computeConfigurationDetails"], target["computeConfigurationDetails"]
    instance = {**old["instanceConfiguration"], **new.get("instanceConfiguration", {})}
    target["computeConfigurationDetails"] = {**old, **new, "instanceConfiguration": instance}
    record.private["target"] = settled(record.document, target)
    return start_work(cloud, call, "COMPUTE_TARGET_UPDATE", record, "UPDATING")


def delete(cloud: Cloud, call: Call) -> Answer:
    """UNVERIFIED: refused while deployments run on it."""
    record = find_to_change(cloud.store, "compute-target", call, "ACTIVE", "NEEDS_ATTENTION", "FAILED")
    users = deployments_that_name(cloud.store, record.id, compute_target_id)
    if users:
        raise conflict(f"The compute target {record.id} is used by {', '.join(users)}. Delete those first.")
    return start_work(cloud, call, "COMPUTE_TARGET_DELETE", record, "DELETING")


def change_compartment(cloud: Cloud, call: Call) -> Answer:
    record = find_to_change(cloud.store, "compute-target", call, "ACTIVE", "NEEDS_ATTENTION", "FAILED")
    return compartment_changes.move(cloud, call, record)


def _view(record: Record) -> Json:
    """What clients see: as if all configured machines were running."""
    configuration = record.document["computeConfigurationDetails"]
    runs = record.state in ("ACTIVE", "UPDATING", "NEEDS_ATTENTION")
    count = instances_of(configuration.get("scalingPolicy")) if runs else 0
    system = {"computeType": configuration["computeType"], "currentInstanceCount": count}
    return {**record.document, "computeTargetSystemData": system}


_NOTE = "Documents, states and work requests; no machine runs."
_ONE = "/computeTargets/{id}"
OPERATIONS = control_plane(
    _NOTE,
    Operation("create_compute_target", "POST", "/computeTargets", create, documents.create, retry_token=True),
    Operation("list_compute_targets", "GET", "/computeTargets", list_all, query=_LISTING.query),
    Operation("get_compute_target", "GET", _ONE, get),
    Operation("update_compute_target", "PUT", _ONE, update, documents.update),
    Operation("delete_compute_target", "DELETE", _ONE, delete),
    compartment_changes.operation("change_compute_target_compartment", _ONE, change_compartment),
)
