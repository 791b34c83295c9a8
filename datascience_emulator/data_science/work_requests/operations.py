"""Work requests, their logs and their errors, as clients see them; and cancelling."""

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.operations import Operation
from datascience_emulator.api.records import Listing, etag, find, find_to_change, list_records
from datascience_emulator.data_science.work_requests import work
from datascience_emulator.data_science.work_requests.kinds import KINDS
from datascience_emulator.store.store import Record
from datascience_emulator.wire.calls import Answer, Call
from datascience_emulator.wire.pages import list_items

_LISTING = Listing(
    "work-request",
    {"id": "id", "resourceId": "parent", "operationType": "operationType", "status": "state"},
    {"timeAccepted": "seq", "operationType": "operationType", "status": "state"},
    "timeAccepted",
)


def list_all(cloud: Cloud, call: Call) -> Answer:
    records, headers = list_records(cloud.store, call, _LISTING)
    seen = tuple(record.private["resource"] for record in records)
    return Answer(body=[record.document for record in records], headers=headers, seen=seen)


def get(cloud: Cloud, call: Call) -> Answer:
    record = find(cloud.store, "work-request", call.params["id"])
    headers = {**etag(record), "retry-after": "1"}
    return Answer(body=record.document, headers=headers, seen=(record.private["resource"],))


def logs(cloud: Cloud, call: Call) -> Answer:
    return list_items(call, find(cloud.store, "work-request", call.params["id"]).private["logs"])


def errors(cloud: Cloud, call: Call) -> Answer:
    return list_items(call, find(cloud.store, "work-request", call.params["id"]).private["errors"])


def cancel(cloud: Cloud, call: Call) -> Answer:
    """ "Cancels a work request that has not started" (SDK). UNVERIFIED: 202, and no state CANCELING."""
    record = find_to_change(cloud.store, "work-request", call, "ACCEPTED")
    if KINDS[record.document["operationType"]].after is not None:
        subject = cloud.store.expect(record.private["kind"], record.private["resource"])
        _take_back(subject)
        cloud.store.save(subject)
    work.cancel(record)
    cloud.store.save(record)
    return Answer(202)


def _take_back(subject: Record) -> None:
    """Leave the resource as if the work had not been started. UNVERIFIED: that one which was to be created is
    then FAILED.
    """
    state = subject.private.get("from", "FAILED")
    work.as_before(subject)
    for name in ("from", "target", "updateType"):
        subject.private.pop(name, None)
    subject.document["lifecycleState"] = state
    if subject.kind == "deployment" and state == "FAILED":
        subject.document["lifecycleDetails"] = "The work request was canceled before it started."


OPERATIONS = (
    Operation("list_work_requests", "GET", "/workRequests", list_all, query=_LISTING.query),
    Operation("get_work_request", "GET", "/workRequests/{id}", get),
    Operation("list_work_request_logs", "GET", "/workRequests/{id}/logs", logs, query=("limit", "page")),
    Operation(
        "list_work_request_errors", "GET", "/workRequests/{id}/errors", errors, query=("limit", "page")
    ),
    Operation("cancel_work_request", "DELETE", "/workRequests/{id}", cancel),
)
