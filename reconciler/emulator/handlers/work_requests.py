"""Work requests, their logs and their errors: read only."""

from ..plane import Operation, Site
from ..wire import Answer, Call, Listing, etag, find, list_items, list_records

_LISTING = Listing(
    "work-request",
    {"id": "id", "resourceId": "parent", "operationType": "operationType", "status": "state"},
    {"timeAccepted": "seq", "operationType": "operationType", "status": "state"},
    "timeAccepted",
)


def list_all(site: Site, call: Call) -> Answer:
    records, headers = list_records(site.store, call, _LISTING)
    seen = tuple(record.private["resource"] for record in records)
    return Answer(body=[record.document for record in records], headers=headers, seen=seen)


def get(site: Site, call: Call) -> Answer:
    record = find(site.store, "work-request", call.params["id"])
    headers = {**etag(record), "retry-after": "1"}
    return Answer(body=record.document, headers=headers, seen=(record.private["resource"],))


def logs(site: Site, call: Call) -> Answer:
    return list_items(call, find(site.store, "work-request", call.params["id"]).private["logs"])


def errors(site: Site, call: Call) -> Answer:
    return list_items(call, find(site.store, "work-request", call.params["id"]).private["errors"])


OPERATIONS = (
    Operation("list_work_requests", "GET", "/workRequests", list_all, query=_LISTING.query),
    Operation("get_work_request", "GET", "/workRequests/{id}", get),
    Operation("list_work_request_logs", "GET", "/workRequests/{id}/logs", logs, query=("limit", "page")),
    Operation(
        "list_work_request_errors", "GET", "/workRequests/{id}/errors", errors, query=("limit", "page")
    ),
)
