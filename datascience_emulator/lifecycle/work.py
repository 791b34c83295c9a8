"""Work requests as documents: how they open, move and end. Pure but for the store that keeps them.

What the work is lies in `lifecycle`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from datascience_emulator.api.jsons import Json, JsonValue
from datascience_emulator.api.wire import PREFIX, Answer, Call, etag, new_ocid, timestamp
from datascience_emulator.errors import ServiceError
from datascience_emulator.store.store import Record, Store


@dataclass(frozen=True, slots=True)
class Operation:
    """One kind of asynchronous work. `steps` move percentComplete; the real work happens in step number
    `real`. `after` and `failed` are the subject's state when it is over; None leaves it as it is.

    The step counts are those that oracle-ads expects: 6 to create, 2 to delete or deactivate.
    """

    done: str
    steps: tuple[str, ...]
    real: int
    after: str | None = "ACTIVE"
    failed: str | None = "FAILED"


class WorkFailed(Exception):
    """Asynchronous work cannot be done; `code` and `message` as a work request error has them."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@contextmanager
def in_work() -> Iterator[None]:
    """A refusal fails the work."""
    try:
        yield
    except ServiceError as error:
        raise WorkFailed(error.code, error.message) from error


_START = (
    "Validated the configuration.",
    "Prepared the compute resources.",
    "Fetched the model artifact.",
    "Started the model servers.",
    "Checked the health of the model servers.",
    "Routed the endpoint to the model servers.",
)
_STOP = ("Stopped the model servers.", "Released the compute resources.")
OPERATIONS = {
    "MODEL_DEPLOYMENT_CREATE": Operation("CREATED", _START, 4),
    "MODEL_DEPLOYMENT_UPDATE": Operation("UPDATED", _START, 4),
    "MODEL_DEPLOYMENT_ACTIVATE": Operation("UPDATED", _START, 4),
    "MODEL_DEPLOYMENT_DEACTIVATE": Operation("UPDATED", _STOP, 1, "INACTIVE"),
    "MODEL_DEPLOYMENT_DELETE": Operation("DELETED", _STOP, 1, "DELETED"),
    "PROJECT_DELETE": Operation(
        "DELETED", ("Checked what the project holds.", "Deleted the project."), 1, "DELETED"
    ),
    "MODEL_GROUP_CREATE": Operation("CREATED", ("Checked the members.", "Created the model group."), 1),
    "MODEL_GROUP_DELETE": Operation(
        "DELETED", ("Checked who uses it.", "Deleted the model group."), 1, "DELETED"
    ),
    "MODEL_GROUP_VERSION_HISTORY_DELETE": Operation(
        "DELETED", ("Checked what it holds.", "Deleted the version history."), 1, "DELETED"
    ),
    "COMPUTE_TARGET_CREATE": Operation("CREATED", ("Checked the shape.", "Created the compute target."), 1),
    "COMPUTE_TARGET_UPDATE": Operation("UPDATED", ("Checked the shape.", "Changed the compute target."), 1),
    "COMPUTE_TARGET_DELETE": Operation(
        "DELETED", ("Checked who uses it.", "Deleted the compute target."), 1, "DELETED"
    ),
    "PRIVATE_ENDPOINT_CREATE": Operation(
        "CREATED", ("Checked the subnet.", "Created the private endpoint."), 1
    ),
    "PRIVATE_ENDPOINT_UPDATE": Operation("UPDATED", ("Changed the private endpoint.",), 1),
    "PRIVATE_ENDPOINT_MOVE": Operation("UPDATED", ("Moved the private endpoint.",), 1),
    "PRIVATE_ENDPOINT_DELETE": Operation(
        "DELETED", ("Checked who uses it.", "Deleted the private endpoint."), 1, "DELETED"
    ),
    "MODELVERSIONSET_DELETE": Operation(
        "DELETED", ("Checked the models of the set.", "Deleted the model version set."), 1, "DELETED"
    ),
    "CREATE_MODEL_ARTIFACT_SIGNATURE": Operation(
        "CREATED", ("Computed the digest of the artifact.", "Signed the digest."), 1
    ),
    "VERIFY_MODEL_ARTIFACT_SIGNATURE": Operation(
        "RELATED", ("Computed the digest of the artifact.", "Verified the signature."), 1, None, None
    ),
    # UNVERIFIED: the SDK has no name for this one. A version set has no state for it.
    "MODELVERSIONSET_MOVE": Operation("UPDATED", ("Moved the model version set.",), 1, None, None),
    # Transfers of artifacts; the model keeps its state. All is done, or fails, at the last step.
    "EXPORT_MODEL_ARTIFACT": Operation(
        "UPDATED", ("Prepared the transfer.", "Stored the artifact."), 1, None, None
    ),
    "IMPORT_MODEL_ARTIFACT": Operation(
        "UPDATED", ("Prepared the transfer.", "Stored the object."), 1, None, None
    ),
    "REGISTER_MODEL_ARTIFACT": Operation("UPDATED", ("Checked the references.",), 1, None, None),
}
_PATHS = {
    "deployment": ("model-deployment", "modelDeployments"),
    "model": ("model", "models"),
    "model-group": ("model-group", "modelGroups"),
    "group-history": ("model-group-version-history", "modelGroupVersionHistory"),
    "compute-target": ("compute-target", "computeTargets"),
    # Terraform's provider looks for "datascience" in this one (…_private_endpoint_resource.go).
    "private-endpoint": ("datascience-private-endpoint", "dataSciencePrivateEndpoints"),
    "project": ("project", "projects"),
    "signature": ("model-artifact-signature", "models/{modelId}/artifactSignatures"),
    "version-set": ("model-version-set", "modelVersionSets"),
}


def open_work(store: Store, call: Call, region: str, operation: str, subject: Record, **details: Json) -> str:
    """A new work request on `subject`; its OCID. `details`: what the work needs, in its private part."""
    resource = {
        "actionType": "IN_PROGRESS",
        "entityType": _PATHS[subject.kind][0],
        "identifier": subject.id,
        "entityUri": _uri(subject),
    }
    work_id = new_ocid("datascienceworkrequest", region)
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
    store.insert(Record("work-request", work_id, document, private))
    return work_id


def _uri(subject: Record) -> str:
    _, path = _PATHS[subject.kind]
    return f"{PREFIX}/{path.format_map(subject.document)}/{subject.id}"


def created(store: Store, call: Call, region: str, operation: str, record: Record, body: JsonValue) -> Answer:
    """Keep a new record and begin the work that makes it; `body`: what the client sees of it."""
    store.insert(record)
    work = open_work(store, call, region, operation, record)
    location = f"{call.base}{_uri(record)}"
    headers = {**etag(record), "location": location, "opc-work-request-id": work}
    return Answer(body=body, headers=headers, work=work, made=record.id)


def set_off(store: Store, call: Call, region: str, operation: str, subject: Record, state: str) -> Answer:
    """Begin work on a `subject` that exists: it moves to `state`, and the answer names the work request.

    What it came from is kept (`from`), for work that fails or is cancelled.
    """
    subject.private["from"] = subject.state
    subject.document["lifecycleState"] = state
    store.save(subject)
    work = open_work(store, call, region, operation, subject)
    return Answer(202, headers={"opc-work-request-id": work}, work=work)


def asked_by(store: Store, work_id: str, call: str) -> None:
    """Keep the name of the operation that opened it: `orders` go by these names, also after a restart."""
    work = store.get("work-request", work_id)
    if work is not None:
        work.private["call"] = call
        store.save(work)


def begin(work: Record) -> None:
    work.document["status"] = "IN_PROGRESS"
    work.document.setdefault("timeStarted", _now())


def log(work: Record, message: str) -> None:
    work.private["logs"].append({"message": message, "timestamp": _now()})


def advance(work: Record, number: int, operation: Operation) -> None:
    """Step `number` (from 1) is done. A resumed request never goes back."""
    percent = round(100.0 * number / len(operation.steps), 1)
    work.document["percentComplete"] = max(percent, work.document["percentComplete"])
    log(work, operation.steps[number - 1])


def succeed(work: Record, operation: Operation) -> None:
    work.document |= {"status": "SUCCEEDED", "percentComplete": 100.0, "timeFinished": _now()}
    for resource in work.document["resources"]:
        resource["actionType"] = operation.done


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
