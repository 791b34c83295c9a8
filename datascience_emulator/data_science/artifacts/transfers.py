"""Transfers of artifacts between a customer's bucket and the catalog: export, import, and references.

"Export" is into the catalog: "Export model artifact from source to the service bucket"; "import" is out of it
(SDK, export_model_artifact, import_model_artifact). Content is addressed by its hash, and buckets and catalog
share one store. So a transfer copies no bytes: it only makes another record of them, in the transaction that
ends the work request.

UNVERIFIED: what happens when the bucket or the object does not exist. Here they are looked up during the
work, so the work request fails, with the codes of Object Storage.
"""

from datetime import UTC, datetime

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.operations import Operation, Status
from datascience_emulator.api.records import find_to_change
from datascience_emulator.api.uploads_and_downloads import described
from datascience_emulator.data_science.artifacts import documents
from datascience_emulator.data_science.artifacts.operations import taken
from datascience_emulator.data_science.work_requests.work import (
    Finisher,
    WorkFailed,
    open_work,
    refusals_fail_work,
)
from datascience_emulator.object_storage.errors import object_not_found
from datascience_emulator.object_storage.names import past
from datascience_emulator.object_storage.records import find_object, key, named_bucket, put_object
from datascience_emulator.object_storage.streams import modified, times
from datascience_emulator.store.blobs import Digest
from datascience_emulator.store.store import Record, Store
from datascience_emulator.wire.calls import Answer, Call
from datascience_emulator.wire.errors import invalid, not_found
from datascience_emulator.wire.json_values import Json


def export(cloud: Cloud, call: Call) -> Answer:
    record = _without_artifact(cloud, call)
    details = call.body["artifactExportDetails"]
    _check_region(cloud, "artifactExportDetails.sourceRegion", details.get("sourceRegion"))
    return _start(cloud, call, record, "EXPORT_MODEL_ARTIFACT", details)


def import_(cloud: Cloud, call: Call) -> Answer:
    """UNVERIFIED: 404 when the model has no artifact, as for GET of the artifact."""
    record = find_to_change(cloud.store, "model", call)
    if "artifact" not in record.private:
        raise not_found()
    details = call.body["artifactImportDetails"]
    _check_region(cloud, "artifactImportDetails.destinationRegion", details.get("destinationRegion"))
    return _start(cloud, call, record, "IMPORT_MODEL_ARTIFACT", details)


def register(cloud: Cloud, call: Call) -> Answer:
    record = _without_artifact(cloud, call)
    return _start(cloud, call, record, "REGISTER_MODEL_ARTIFACT", call.body)


def _without_artifact(cloud: Cloud, call: Call) -> Record:
    record = find_to_change(cloud.store, "model", call)
    if reason := _taken(record):
        raise taken(cloud, reason)
    return record


def _taken(record: Record) -> str | None:
    if "artifact" in record.private or record.document.get("isModelByReference"):
        return f"The model {record.id} has an artifact already; artifacts are immutable. Create a new model."
    return None


def _check_region(cloud: Cloud, where: str, region: str | None) -> None:
    if region not in (None, cloud.region):
        raise invalid(f"{where}: there is only the region {cloud.region} here, not {region}")


def _start(cloud: Cloud, call: Call, record: Record, operation: str, details: Json) -> Answer:
    work_id = open_work(cloud, call, operation, record, transfer=details)
    return Answer(202, headers={"opc-work-request-id": work_id}, work=work_id)


# -- how the work ends


def _exported(store: Store, work: Record, model: Record) -> None:
    _check_not_deleted(model)
    if reason := _taken(model):
        raise WorkFailed("Conflict", reason)
    details = work.private["transfer"]
    with refusals_fail_work():
        bucket = named_bucket(store, details["namespace"], details["sourceBucket"])
        content = find_object(store, bucket, details["sourceObjectName"]).private["artifact"]
    digest = Digest(content["sha256"], content["md5"], content["size"])
    model.private["artifact"] = described(digest, f"attachment; filename={model.id}.zip")


def _imported(store: Store, work: Record, model: Record) -> tuple[str, ...]:
    """An object of the same name is replaced."""
    _check_not_deleted(model)
    details, artifact, now = work.private["transfer"], model.private["artifact"], datetime.now(UTC)
    document = {**times(now), "md5": artifact["md5"]}
    private = {
        "artifact": {name: artifact[name] for name in ("sha256", "md5", "size")},
        "headers": {"content-type": "application/octet-stream"},
        "modified": modified(now),
    }
    with refusals_fail_work():
        bucket = named_bucket(store, details["namespace"], details["destinationBucket"])
        _, replaced = put_object(store, bucket, details["destinationObjectName"], document, private)
    return replaced


def _registered(store: Store, work: Record, model: Record) -> None:
    _check_not_deleted(model)
    if reason := _taken(model):
        raise WorkFailed("Conflict", reason)
    references = work.private["transfer"]["modelArtifactReferences"]
    for reference in references:
        with refusals_fail_work():
            _check_reference(store, reference)
    model.document["isModelByReference"] = True
    model.private["references"] = references


def _check_reference(store: Store, reference: Json) -> None:
    bucket, prefix = (
        named_bucket(store, reference["namespace"], reference["bucketName"]),
        reference.get("prefix", ""),
    )
    ends = key("object", bucket, prefix), key("object", bucket, past(prefix))
    if not store.between("object", *ends, 1):
        raise object_not_found(f"{prefix}*", reference["bucketName"])


def _check_not_deleted(model: Record) -> None:
    if model.state == "DELETED":
        raise WorkFailed("NotAuthorizedOrNotFound", f"The model {model.id} has been deleted.")


FINISHERS: dict[str, Finisher] = {
    "EXPORT_MODEL_ARTIFACT": _exported,
    "IMPORT_MODEL_ARTIFACT": _imported,
    "REGISTER_MODEL_ARTIFACT": _registered,
}
_ACTIONS = "/models/{id}/actions"
OPERATIONS = (
    Operation(
        "export_model_artifact",
        "POST",
        f"{_ACTIONS}/exportArtifact",
        export,
        documents.export_artifact,
        retry_token=True,
    ),
    Operation(
        "import_model_artifact", "POST", f"{_ACTIONS}/importArtifact", import_, documents.import_artifact
    ),
    Operation(
        "register_model_artifact_reference",
        "POST",
        f"{_ACTIONS}/registerArtifactReference",
        register,
        documents.register_reference,
        retry_token=True,
        status=Status.CONTROL_PLANE,
        note="The references are checked and kept; a deployment of such a model runs no servers.",
    ),
)
