"""Projects. Only an empty one can be deleted, which is asynchronous."""

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.operations import Operation
from datascience_emulator.api.records import Listing, etag, find, find_to_change, list_records
from datascience_emulator.data_science import compartment_changes
from datascience_emulator.data_science.projects import documents
from datascience_emulator.data_science.work_requests.work import start_work
from datascience_emulator.store.store import Kind, Record
from datascience_emulator.wire.calls import Answer, Call
from datascience_emulator.wire.empty_values import NO_TAGS_OF_ANY_KIND, changed
from datascience_emulator.wire.errors import conflict
from datascience_emulator.wire.ids_and_times import new_ocid, timestamp

_LISTING = Listing(
    "project",
    {"id": "id", "displayName": "name", "lifecycleState": "state", "createdBy": "createdBy"},
    {"timeCreated": "seq", "displayName": "name"},
)

_HELD: tuple[Kind, ...] = ("model", "version-set", "model-group", "group-history", "deployment")


def create(cloud: Cloud, call: Call) -> Answer:
    document = {
        "id": new_ocid("datascienceproject", cloud.region),
        "displayName": call.now.strftime("datascienceproject%Y%m%d%H%M%S"),
        **NO_TAGS_OF_ANY_KIND,
        **call.body,
        "createdBy": call.caller.user,
        "timeCreated": timestamp(call.now),
        "lifecycleState": "ACTIVE",
    }
    record = Record("project", document["id"], document)
    cloud.store.insert(record)
    return Answer(body=document, headers=etag(record), made=record.id)


def get(cloud: Cloud, call: Call) -> Answer:
    record = find(cloud.store, "project", call.params["id"])
    return Answer(body=record.document, headers=etag(record), seen=(record.id,))


def list_all(cloud: Cloud, call: Call) -> Answer:
    records, headers = list_records(cloud.store, call, _LISTING)
    return Answer(body=[r.document for r in records], headers=headers, seen=tuple(r.id for r in records))


def update(cloud: Cloud, call: Call) -> Answer:
    record = find_to_change(cloud.store, "project", call, "ACTIVE")
    record.document = changed(record.document, call.body)
    cloud.store.save(record)
    return Answer(body=record.document, headers=etag(record))


def delete(cloud: Cloud, call: Call) -> Answer:
    record = find_to_change(cloud.store, "project", call, "ACTIVE")
    left = sum(cloud.store.count_owned(kind, record.id) for kind in _HELD)
    if left:
        raise conflict(
            f"The project {record.id} still holds {left} models, model version sets, model groups, "
            "their version histories, or model deployments. Delete them first."
        )
    return start_work(cloud, call, "PROJECT_DELETE", record, "DELETING")


def change_compartment(cloud: Cloud, call: Call) -> Answer:
    return compartment_changes.move(cloud, call, find_to_change(cloud.store, "project", call, "ACTIVE"))


OPERATIONS = (
    Operation("create_project", "POST", "/projects", create, documents.create, retry_token=True),
    Operation("list_projects", "GET", "/projects", list_all, query=_LISTING.query),
    Operation("get_project", "GET", "/projects/{id}", get),
    Operation("update_project", "PUT", "/projects/{id}", update, documents.update),
    Operation("delete_project", "DELETE", "/projects/{id}", delete),
    compartment_changes.operation("change_project_compartment", "/projects/{id}", change_compartment),
)
