"""Changing the compartment of a resource, where the service does that in the call: no work request."""

from datascience_emulator.api.operations import Handler, Operation
from datascience_emulator.api.site import Site
from datascience_emulator.store.store import Record
from datascience_emulator.wire.calls import Answer, Call
from datascience_emulator.wire.schema import ocid, record

_details = record({"compartmentId": ocid("(?:compartment|tenancy)")}, {})


def move(site: Site, call: Call, record: Record) -> Answer:
    """UNVERIFIED: 204, and that moving to where it is already is accepted. The etag moves, no state does."""
    record.document["compartmentId"] = call.body["compartmentId"]
    site.store.save(record)
    return Answer(204)


def operation(name: str, path: str, handler: Handler, note: str = "") -> Operation:
    """`path`: of the one resource."""
    action = f"{path}/actions/changeCompartment"
    return Operation(name, "POST", action, handler, _details, retry_token=True, note=note)
