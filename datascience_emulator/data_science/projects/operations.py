"""Projects. Only an empty one can be deleted, which is asynchronous."""

from datascience_emulator.api.operations import Operation
from datascience_emulator.api.records import Listing, etag, find, find_to_change, list_records
from datascience_emulator.api.site import Site
from datascience_emulator.data_science import compartment_changes
from datascience_emulator.data_science.projects import documents
from datascience_emulator.data_science.work_requests.work import start_work
from datascience_emulator.store.store import Kind, Record
from datascience_emulator.wire.calls import Answer, Call
from datascience_emulator.wire.errors import conflict
from datascience_emulator.wire.names import new_ocid, timestamp

_LISTING = Listing(
    "project",
    {"id": "id", "displayName": "name", "lifecycleState": "state", "createdBy": "createdBy"},
    {"timeCreated": "seq", "displayName": "name"},
)

_HELD: tuple[Kind, ...] = ("model", "version-set", "model-group", "group-history", "deployment")


def create(site: Site, call: Call) -> Answer:
    document = {
        "id": new_ocid("datascienceproject", site.region),
        "displayName": call.now.strftime("datascienceproject%Y%m%d%H%M%S"),
        **call.body,
        "createdBy": call.caller.user,
        "timeCreated": timestamp(call.now),
        "lifecycleState": "ACTIVE",
    }
    record = Record("project", document["id"], document)
    site.store.insert(record)
    return Answer(body=document, headers=etag(record), made=record.id)


def get(site: Site, call: Call) -> Answer:
    record = find(site.store, "project", call.params["id"])
    return Answer(body=record.document, headers=etag(record), seen=(record.id,))


def list_all(site: Site, call: Call) -> Answer:
    records, headers = list_records(site.store, call, _LISTING)
    return Answer(body=[r.document for r in records], headers=headers, seen=tuple(r.id for r in records))


def update(site: Site, call: Call) -> Answer:
    record = find_to_change(site.store, "project", call, "ACTIVE")
    record.document |= call.body
    site.store.save(record)
    return Answer(body=record.document, headers=etag(record))


def delete(site: Site, call: Call) -> Answer:
    record = find_to_change(site.store, "project", call, "ACTIVE")
    left = sum(site.store.count_owned(kind, record.id) for kind in _HELD)
    if left:
        raise conflict(
            f"The project {record.id} still holds {left} models, model version sets, model groups, "
            "their version histories, or model deployments. Delete them first."
        )
    return start_work(site, call, "PROJECT_DELETE", record, "DELETING")


def change_compartment(site: Site, call: Call) -> Answer:
    return compartment_changes.move(site, call, find_to_change(site.store, "project", call, "ACTIVE"))


OPERATIONS = (
    Operation("create_project", "POST", "/projects", create, documents.create, retry_token=True),
    Operation("list_projects", "GET", "/projects", list_all, query=_LISTING.query),
    Operation("get_project", "GET", "/projects/{id}", get),
    Operation("update_project", "PUT", "/projects/{id}", update, documents.update),
    Operation("delete_project", "DELETE", "/projects/{id}", delete),
    compartment_changes.operation("change_project_compartment", "/projects/{id}", change_compartment),
)
