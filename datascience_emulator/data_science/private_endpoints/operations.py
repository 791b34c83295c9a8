"""Private endpoints. They have documents, states and work requests; nothing is reached through them."""

from dataclasses import replace

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.operations import Operation, control_plane
from datascience_emulator.api.records import Listing, etag, find, find_to_change, list_records
from datascience_emulator.data_science import compartment_changes
from datascience_emulator.data_science.deployments.document_parts import private_endpoint_id
from datascience_emulator.data_science.private_endpoints import documents
from datascience_emulator.data_science.work_requests.work import start_creation, start_work
from datascience_emulator.store.store import Record
from datascience_emulator.store.uses import deployments_that_name
from datascience_emulator.wire.calls import Answer, Call
from datascience_emulator.wire.empty_values import NO_TAGS_OF_ANY_KIND, changed
from datascience_emulator.wire.errors import conflict
from datascience_emulator.wire.ids_and_times import new_ocid, timestamp
from datascience_emulator.wire.json_values import Json

_LISTING = Listing(
    "private-endpoint",
    {
        "lifecycleState": "state",
        "displayName": "name",
        "createdBy": "createdBy",
        "dataScienceResourceType": "dataScienceResourceType",
    },
    {"timeCreated": "seq"},
)
# The SDK's summary has lifecycleDetails; a list of those that are ACTIVE has none (docs/service.md §1.6).
_NOT_LISTED = ("description", "lifecycleDetails")
# Recorded for model deployments, in a test environment of Oracle's (docs/service.md §1.6). UNVERIFIED: the
# domain elsewhere, a name with a subDomain, and the host for notebook sessions.
_HOSTS = {"MODEL_DEPLOYMENT": "md2-pe.modeldeployment", "NOTEBOOK_SESSION": "notebook"}
_DOMAIN = "oci.customer-oci.com"


def create(cloud: Cloud, call: Call) -> Answer:
    details = dict(call.body)
    endpoint_id = new_ocid("datascienceprivateendpoint", cloud.region)
    label = details.pop("subDomain", endpoint_id.rpartition(".")[2])
    document = {
        "id": endpoint_id,
        "displayName": call.now.strftime("datascienceprivateendpoint%Y%m%d%H%M%S"),
        **NO_TAGS_OF_ANY_KIND,
        **details,
        "fqdn": f"{label}.{_HOSTS[details['dataScienceResourceType']]}.{cloud.region}.{_DOMAIN}",
        "createdBy": call.caller.user,
        "timeCreated": timestamp(call.now),
        "timeUpdated": timestamp(call.now),
        "lifecycleState": "CREATING",
    }
    record = Record("private-endpoint", endpoint_id, document)
    return start_creation(cloud, call, "PRIVATE_ENDPOINT_CREATE", record, _view(record))


def get(cloud: Cloud, call: Call) -> Answer:
    record = find(cloud.store, "private-endpoint", call.params["id"])
    return Answer(body=_view(record), headers=etag(record), seen=(record.id,))


def list_all(cloud: Cloud, call: Call) -> Answer:
    records, headers = list_records(cloud.store, call, _LISTING)
    views = [_view(record) for record in records]
    for view in views:
        for name in _NOT_LISTED:
            view.pop(name, None)
    return Answer(body=views, headers=headers, seen=tuple(record.id for record in records))


def update(cloud: Cloud, call: Call) -> Answer:
    """The SDK's text has a 409 for changes that "match a previously defined private endpoint", but does not
    say what a match is. Names need not be unique, so nothing is refused here.
    """
    record = find_to_change(cloud.store, "private-endpoint", call, "ACTIVE", "NEEDS_ATTENTION")
    return _change(cloud, call, record, "PRIVATE_ENDPOINT_UPDATE", with_body=True)


def change_compartment(cloud: Cloud, call: Call) -> Answer:
    """By a work request, unlike for the other resources (SDK, composite operations)."""
    record = find_to_change(cloud.store, "private-endpoint", call, "ACTIVE", "NEEDS_ATTENTION")
    return _change(cloud, call, record, "PRIVATE_ENDPOINT_MOVE", with_body=False)


def _change(cloud: Cloud, call: Call, record: Record, operation: str, *, with_body: bool) -> Answer:
    details = {**call.body, "timeUpdated": timestamp(call.now)}
    record.private["target"] = changed(record.document, details)
    answer = start_work(cloud, call, operation, record, "UPDATING")
    return replace(answer, status=200, body=_view(record)) if with_body else answer


def delete(cloud: Cloud, call: Call) -> Answer:
    """UNVERIFIED: refused while deployments are reached through it."""
    record = find_to_change(cloud.store, "private-endpoint", call, "ACTIVE", "NEEDS_ATTENTION", "FAILED")
    users = deployments_that_name(cloud.store, record.id, private_endpoint_id)
    if users:
        raise conflict(f"The private endpoint {record.id} is used by {', '.join(users)}. Change those first.")
    return start_work(cloud, call, "PRIVATE_ENDPOINT_DELETE", record, "DELETING")


def _view(record: Record) -> Json:
    """With lifecycleDetails. UNVERIFIED: the text."""
    return {**record.document, "lifecycleDetails": f"The private endpoint is {record.state}."}


_NOTE = "Documents, states and work requests; nothing is reached through it."
_ALL, _ONE = "/dataSciencePrivateEndpoints", "/dataSciencePrivateEndpoints/{id}"
OPERATIONS = control_plane(
    _NOTE,
    Operation(
        "create_data_science_private_endpoint",
        "POST",
        _ALL,
        create,
        documents.create,
        retry_token=True,
    ),
    Operation("list_data_science_private_endpoints", "GET", _ALL, list_all, query=_LISTING.query),
    Operation("get_data_science_private_endpoint", "GET", _ONE, get),
    Operation("update_data_science_private_endpoint", "PUT", _ONE, update, documents.update),
    Operation("delete_data_science_private_endpoint", "DELETE", _ONE, delete),
    compartment_changes.operation(
        "change_data_science_private_endpoint_compartment", _ONE, change_compartment
    ),
)
