"""Changing the compartment of a resource, where the service does that in the call: no work request."""

from ..plane import Site
from ..schema import ocid, record
from ..store import Record
from ..wire import Answer, Call

details = record({"compartmentId": ocid("(?:compartment|tenancy)")}, {})


def move(site: Site, call: Call, record: Record) -> Answer:
    """UNVERIFIED: 204, and that moving to where it is already is accepted. The etag moves, no state does."""
    record.document["compartmentId"] = call.body["compartmentId"]
    site.store.save(record)
    return Answer(204)
