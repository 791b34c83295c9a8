"""Which compartments exist, and the refusal of calls that name another one.

The tenancy is the root compartment, without a record of its own (docs.oracle.com, Identity, "Managing
Compartments").
"""

from datetime import datetime

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.operations import Operation
from datascience_emulator.store.store import Record, Store
from datascience_emulator.wire.calls import Call
from datascience_emulator.wire.errors import not_found
from datascience_emulator.wire.ids_and_times import timestamp
from datascience_emulator.wire.json_values import Json


def compartment_exists(store: Store, ocid: str) -> bool:
    """Whether it is the tenancy, or a compartment that is not deleted."""
    if ocid == store.meta("tenancy"):
        return True
    record = store.get("compartment", ocid)
    return record is not None and record.state == "ACTIVE"


def check(cloud: Cloud, operation: Operation, call: Call) -> None:
    """Raises 404 when the query of a list, or the body of any operation, names a compartment that does not
    exist; by the reading `unknown_compartment`.
    """
    if cloud.readings.unknown_compartment == "accepted":
        return
    body = call.body if isinstance(call.body, dict) else {}
    listed = call.query.get("compartmentId") if "compartmentId" in operation.query else None
    for ocid in (listed, body.get("compartmentId")):
        if ocid and not compartment_exists(cloud.store, ocid):
            raise not_found()


def make_compartment(store: Store, now: datetime) -> None:
    """Make the emulator's own compartment, a child of the tenancy, unless it exists."""
    ocid = store.meta("compartment")
    if ocid is not None and store.get("compartment", ocid) is None:
        details: Json = {
            "compartmentId": store.meta("tenancy"),
            "name": "emulator",
            "description": "The emulator's own.",
        }
        store.insert(new_compartment(ocid, details, now))


def new_compartment(ocid: str, details: Json, now: datetime) -> Record:
    document = {
        "id": ocid,
        "freeformTags": {},
        "definedTags": {},
        **details,
        "timeCreated": timestamp(now),
        "lifecycleState": "ACTIVE",
        "isAccessible": True,
    }
    return Record("compartment", ocid, document)
