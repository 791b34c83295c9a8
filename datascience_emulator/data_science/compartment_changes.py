"""changeCompartment for resources that move in the call itself, without a work request."""

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.operations import Handler, Operation
from datascience_emulator.store.store import Record
from datascience_emulator.wire.calls import Answer, Call
from datascience_emulator.wire.schema import ocid, record

_details = record({"compartmentId": ocid("(?:compartment|tenancy)")}, {})


def move(cloud: Cloud, call: Call, record: Record) -> Answer:
    """The etag changes, the state does not. UNVERIFIED: 204, and that a move to the same compartment is
    accepted.
    """
    record.document["compartmentId"] = call.body["compartmentId"]
    cloud.store.save(record)
    return Answer(204)


def operation(name: str, path: str, handler: Handler, note: str = "") -> Operation:
    """The operation in the table. `path`: that of one resource."""
    action = f"{path}/actions/changeCompartment"
    return Operation(name, "POST", action, handler, _details, retry_token=True, note=note)
