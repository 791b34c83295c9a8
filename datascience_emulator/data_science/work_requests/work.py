"""Work requests as records: how they open, move and end.

What is done in between lies in `lifecycle`, and how work on a resource ends beside its operations.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.records import etag
from datascience_emulator.data_science import BASE
from datascience_emulator.data_science.work_requests.kinds import ENTITIES, KINDS, WorkKind
from datascience_emulator.store.store import Record, Store
from datascience_emulator.wire.calls import Answer, Call
from datascience_emulator.wire.errors import ServiceError
from datascience_emulator.wire.ids_and_times import new_ocid, timestamp
from datascience_emulator.wire.json_values import Json, JsonValue

Finisher = Callable[[Store, Record, Record], tuple[str, ...] | None]
"""What work does in the transaction that ends it, beside moving its subject to the next state.

It gets the store, the work request and the subject, and may change the subject. Returns the content (SHA-256)
that may be needed no longer. Raises WorkFailed.
"""


class WorkFailed(Exception):
    """Asynchronous work cannot be done; `code` and `message` as a work request error has them."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@contextmanager
def refusals_fail_work() -> Iterator[None]:
    """What would refuse a call fails the work instead: a ServiceError becomes WorkFailed."""
    try:
        yield
    except ServiceError as error:
        raise WorkFailed(error.code, error.message) from error


# -- opening


def start_creation(cloud: Cloud, call: Call, operation: str, record: Record, body: JsonValue) -> Answer:
    """Keep a new record and open the work request that creates it. `body`: what the client sees of it."""
    cloud.store.insert(record)
    work = open_work(cloud, call, operation, record)
    location = f"{call.base}{_uri(record)}"
    headers = {**etag(record), "location": location, "opc-work-request-id": work}
    return Answer(body=body, headers=headers, work=work, made=record.id)


def start_work(cloud: Cloud, call: Call, operation: str, subject: Record, state: str) -> Answer:
    """Open work on a `subject` that exists: it moves to `state`, and the answer names the work request.

    Its state so far is kept as `from` in its private part, for work that fails or is cancelled.
    """
    subject.private["from"] = subject.state
    subject.document["lifecycleState"] = state
    cloud.store.save(subject)
    work = open_work(cloud, call, operation, subject)
    return Answer(202, headers={"opc-work-request-id": work}, work=work)


def as_before(subject: Record) -> None:
    """Take back what its document shows of work that did not end well (`before` in its private part)."""
    for name, value in subject.private.pop("before", {}).items():
        if value is None:
            subject.document.pop(name, None)
        else:
            subject.document[name] = value


def open_work(cloud: Cloud, call: Call, operation: str, subject: Record, **details: Json) -> str:
    """Keep a new work request on `subject`; returns its OCID. `details`: what the work needs, for its private
    part.
    """
    resource = {
        "actionType": "IN_PROGRESS",
        "entityType": KINDS[operation].entity or ENTITIES[subject.kind][0],
        "identifier": subject.id,
        "entityUri": _uri(subject),
    }
    work_id = new_ocid("datascienceworkrequest", cloud.region)
    document = {
        "id": work_id,
        "operationType": operation,
        "status": "ACCEPTED",
        "compartmentId": subject.document["compartmentId"],
        "percentComplete": 0.0,
        "resources": [resource],
        "timeAccepted": timestamp(call.now),
    }
    private = {"resource": subject.id, "kind": subject.kind, "logs": [], "errors": [], **details}
    cloud.store.insert(Record("work-request", work_id, document, private))
    return work_id


def _uri(subject: Record) -> str:
    _, path = ENTITIES[subject.kind]
    return f"{BASE}/{path.format_map(subject.document)}/{subject.id}"


def keep_operation(store: Store, work_id: str, operation: str) -> None:
    """Keep the name of the operation that opened the work request: orders for faults go by these names, also
    after a restart.
    """
    work = store.get("work-request", work_id)
    if work is not None:
        work.private["call"] = operation
        store.save(work)


# -- moving and ending


def begin(work: Record) -> None:
    work.document["status"] = "IN_PROGRESS"
    work.document.setdefault("timeStarted", _now())


def log(work: Record, message: str) -> None:
    work.private["logs"].append({"message": message, "timestamp": _now()})


def advance(work: Record, number: int, kind: WorkKind) -> None:
    """Step `number` (from 1) is done. A resumed request never goes back."""
    percent = round(100.0 * number / len(kind.steps), 1)
    work.document["percentComplete"] = max(percent, work.document["percentComplete"])
    log(work, kind.steps[number - 1])


def succeed(work: Record, kind: WorkKind) -> None:
    work.document |= {"status": "SUCCEEDED", "percentComplete": 100.0, "timeFinished": _now()}
    for resource in work.document["resources"]:
        resource["actionType"] = kind.done


def cancel(work: Record) -> None:
    work.document |= {"status": "CANCELED", "timeFinished": _now()}
    log(work, "Canceled before it started.")


def fail(work: Record, errors: list[tuple[str, str]]) -> None:
    """End with errors (code, message); each is also the last thing in the log."""
    work.document |= {"status": "FAILED", "timeFinished": _now()}
    for code, message in errors:
        work.private["errors"].append({"code": code, "message": message, "timestamp": _now()})
        log(work, message)


def _now() -> str:
    return timestamp(datetime.now(UTC))
