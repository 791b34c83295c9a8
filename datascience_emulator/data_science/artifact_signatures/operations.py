"""Signatures of model artifacts. The emulator has no key management, so nothing is really signed: it has
documents, states and work requests, with a stand-in for the signature.

Creating and verifying one is asynchronous ("these operations are asynchronous", docs.oracle.com,
data-science/using/tshoot-artifact-signatures.htm).
"""

import base64
import hashlib

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.operations import Operation, control_plane
from datascience_emulator.api.records import Listing, etag, find, find_to_change, list_records, require
from datascience_emulator.data_science import compartment_changes
from datascience_emulator.data_science.artifact_signatures import documents
from datascience_emulator.data_science.work_requests.work import Finisher, WorkFailed, open_work
from datascience_emulator.store.store import Record, Store
from datascience_emulator.store.uses import deployments_of_signature
from datascience_emulator.wire.calls import Answer, Call
from datascience_emulator.wire.empty_values import NO_TAGS_OF_ANY_KIND, changed
from datascience_emulator.wire.errors import conflict, invalid, not_found
from datascience_emulator.wire.ids_and_times import new_ocid, timestamp
from datascience_emulator.wire.json_values import Json

_LISTING = Listing(
    "signature",
    {"displayName": "name", "digest": "digest", "lifecycleState": "state"},
    {"timeCreated": "seq", "displayName": "name", "lifecycleState": "state"},
)
# A list gives everything but these (SDK, ModelArtifactSignatureSummary).
_NOT_LISTED = {"kmsKeyId", "kmsKeyVersionId", "signature", "signingAlgorithm"}


def create(cloud: Cloud, call: Call) -> Answer:
    model = find(cloud.store, "model", call.params["model"])
    if model.state == "DELETED":
        raise not_found()
    if "artifact" not in model.private:  # UNVERIFIED: status and code
        raise invalid(
            f"The model {model.id} has no artifact; upload one with POST /models/{{modelId}}/artifact."
        )
    document = {
        "id": new_ocid("datasciencemodelartifactsignature", cloud.region),
        "displayName": call.now.strftime("modelartifactsignature%Y%m%d%H%M%S"),
        **NO_TAGS_OF_ANY_KIND,
        **call.body,
        "modelId": model.id,
        "createdBy": call.caller.user,
        "timeCreated": timestamp(call.now),
        "timeUpdated": timestamp(call.now),
        "lifecycleState": "CREATING",
    }
    record = Record("signature", document["id"], document, {"resource": model.id})
    cloud.store.insert(record)
    work = open_work(cloud, call, "CREATE_MODEL_ARTIFACT_SIGNATURE", record)
    headers = {**etag(record), "opc-work-request-id": work}
    return Answer(body=document, headers=headers, work=work, made=record.id)


def get(cloud: Cloud, call: Call) -> Answer:
    record = find(cloud.store, "signature", call.params["id"])
    _check_model(record, call)
    return Answer(body=record.document, headers=etag(record), seen=(record.id,))


def list_all(cloud: Cloud, call: Call) -> Answer:
    model = find(cloud.store, "model", call.params["model"])
    records, headers = list_records(cloud.store, call, _LISTING, {"parent": model.id})
    body = [{k: v for k, v in record.document.items() if k not in _NOT_LISTED} for record in records]
    return Answer(body=body, headers=headers, seen=tuple(record.id for record in records))


def update(cloud: Cloud, call: Call) -> Answer:
    record = _to_change(cloud, call, "CREATING", "ACTIVE")
    record.document = changed(record.document, {**call.body, "timeUpdated": timestamp(call.now)})
    cloud.store.save(record)
    return Answer(body=record.document, headers=etag(record))


def move(cloud: Cloud, call: Call) -> Answer:
    record = _to_change(cloud, call, "ACTIVE")
    record.document["timeUpdated"] = timestamp(call.now)
    return compartment_changes.move(cloud, call, record)


def delete(cloud: Cloud, call: Call) -> Answer:
    """Deleted at once: there is no state DELETING. UNVERIFIED: refused while a deployment pins it."""
    record = _to_change(cloud, call, "ACTIVE", "FAILED")
    users = deployments_of_signature(cloud.store, record.id)
    if users:
        raise conflict(
            f"The signature {record.id} is pinned by {', '.join(users)}. Delete or update those first."
        )
    record.document["lifecycleState"] = "DELETED"
    cloud.store.save(record)
    return Answer(204)


def verify(cloud: Cloud, call: Call) -> Answer:
    record = _to_change(cloud, call, "ACTIVE")
    work = open_work(cloud, call, "VERIFY_MODEL_ARTIFACT_SIGNATURE", record)
    headers = {**etag(record), "opc-work-request-id": work}
    return Answer(body=record.document, headers=headers, work=work, made=record.id)


def _to_change(cloud: Cloud, call: Call, *states: str) -> Record:
    record = find_to_change(cloud.store, "signature", call)
    _check_model(record, call)
    require(record, *states)
    return record


def _check_model(record: Record, call: Call) -> None:
    if record.document["modelId"] != call.params["model"]:
        raise not_found()


# -- how the work ends


def _sign(store: Store, work: Record, signature: Record) -> None:
    digest = _digest(store, signature)
    signature.document |= {"digest": digest, "signature": _stand_in(signature.document, digest)}


def _verify(store: Store, work: Record, signature: Record) -> None:
    if signature.state != "ACTIVE":
        raise WorkFailed("SIGNATURE_NOT_FOUND", f"The signature {signature.id} was deleted meanwhile.")
    digest = _digest(store, signature)
    if signature.document["signature"] != _stand_in(signature.document, digest):
        raise WorkFailed(
            "SIGNATURE_INVALID", f"The signature {signature.id} is not that of its model's artifact."
        )


def _digest(store: Store, signature: Record) -> str:
    """UNVERIFIED: which digest the service uses. Here it is SHA-256, whatever the signature's algorithm."""
    model = store.get("model", signature.document["modelId"])
    if model is None or model.state == "DELETED":
        raise WorkFailed(
            "MODEL_NOT_FOUND", f"The model {signature.document['modelId']} does not exist any more."
        )
    return base64.b64encode(bytes.fromhex(model.private["artifact"]["sha256"])).decode()


def _stand_in(document: Json, digest: str) -> str:
    """It depends on the same things as a signature, but anybody can compute it."""
    parts = (document["kmsKeyId"], document["kmsKeyVersionId"], document["signingAlgorithm"], digest)
    return base64.b64encode(hashlib.sha512("\n".join(parts).encode()).digest()).decode()


FINISHERS: dict[str, Finisher] = {
    "CREATE_MODEL_ARTIFACT_SIGNATURE": _sign,
    "VERIFY_MODEL_ARTIFACT_SIGNATURE": _verify,
}

_PATH = "/models/{model}/artifactSignatures"
_ONE = f"{_PATH}/{{id}}"
_NOTE = "There is no key management: nothing is signed, the signature is a stand-in."


OPERATIONS = control_plane(
    _NOTE,
    Operation("create_model_artifact_signature", "POST", _PATH, create, documents.create, retry_token=True),
    Operation("list_model_artifact_signatures", "GET", _PATH, list_all, query=_LISTING.query),
    Operation("get_model_artifact_signature", "GET", _ONE, get),
    Operation("update_model_artifact_signature", "PUT", _ONE, update, documents.update),
    Operation("delete_model_artifact_signature", "DELETE", _ONE, delete),
    Operation("verify_model_artifact_signature", "POST", f"{_ONE}/actions/verify", verify, retry_token=True),
    compartment_changes.operation("change_model_artifact_signature_compartment", _ONE, move),
)
