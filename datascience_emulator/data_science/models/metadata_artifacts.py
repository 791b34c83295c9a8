"""The artifacts of a model's metadata: one for each key of the custom and of the defined list.

Unlike the model's own artifact, they can be replaced and deleted (SDK, update_ and
delete_model_custom_metadatum_artifact). `api.uploads_and_downloads` streams the bytes.
"""

from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.http_requests import authenticate
from datascience_emulator.api.operations import Operation, StreamOperation
from datascience_emulator.api.records import check_etag, etag, find, find_to_change
from datascience_emulator.api.uploads_and_downloads import described, receive, send
from datascience_emulator.data_science.models.metadata import MetadataList, artifact_id, check_entry, mark
from datascience_emulator.store.blobs import Incoming
from datascience_emulator.store.store import Record
from datascience_emulator.wire.calls import Answer, Call
from datascience_emulator.wire.errors import conflict, not_found


async def create(which: MetadataList, cloud: Cloud, request: Request) -> Response:
    """POST: 204; `if-match` is the model's etag. 409 when there is an artifact already (UNVERIFIED)."""
    return await receive(cloud, request, partial(_free_entry, which), partial(_insert, which))


def _free_entry(which: MetadataList, cloud: Cloud, call: Call) -> Record:
    model, key = find_to_change(cloud.store, "model", call), call.params["key"]
    check_entry(cloud.readings, model, which, key)
    if cloud.store.get("metadata-artifact", artifact_id(model.id, which, key)) is not None:
        raise conflict(f"{key} of the model {model.id} has an artifact already. Replace it with PUT.")
    return model


def _insert(which: MetadataList, cloud: Cloud, call: Call, incoming: Incoming) -> Answer:
    model, key = _free_entry(which, cloud, call), call.params["key"]
    artifact = described(incoming.keep(), _disposition(call))
    record = Record(
        "metadata-artifact",
        artifact_id(model.id, which, key),
        {},
        {"resource": model.id, "artifact": artifact},
    )
    cloud.store.insert(record)
    mark(model, which, key, has_artifact=True)
    cloud.store.save(model)
    return Answer(204, headers=etag(record))


def _disposition(call: Call) -> str:
    """The content-disposition to keep. If none is sent, "the OCID of the model is used for the file name"
    (SDK).
    """
    return call.headers.get("content-disposition") or f"attachment; filename={call.params['id']}"


async def update(which: MetadataList, cloud: Cloud, request: Request) -> Response:
    """PUT: 204; `if-match` is the artifact's etag. 404 when there is none to replace."""
    return await receive(cloud, request, partial(_to_change, which), partial(_replace, which))


def _replace(which: MetadataList, cloud: Cloud, call: Call, incoming: Incoming) -> Answer:
    record = _to_change(which, cloud, call)
    before: str = record.private["artifact"]["sha256"]
    record.private["artifact"] = described(incoming.keep(), _disposition(call))
    cloud.store.save(record)
    return Answer(204, headers=etag(record), freed=(before,))


def delete(which: MetadataList, cloud: Cloud, call: Call) -> Answer:
    """DELETE: 204; the entry stays, without an artifact. `if-match` is the artifact's etag."""
    record = _to_change(which, cloud, call)
    cloud.store.remove(record)
    model = find(cloud.store, "model", call.params["id"])
    mark(model, which, call.params["key"], has_artifact=False)
    cloud.store.save(model)
    return Answer(204, freed=(record.private["artifact"]["sha256"],))


def _to_change(which: MetadataList, cloud: Cloud, call: Call) -> Record:
    record = _find(cloud, which, call.params["id"], call.params["key"])
    check_etag(record, call)
    return record


def _find(cloud: Cloud, which: MetadataList, model_id: str, key: str) -> Record:
    record = cloud.store.get("metadata-artifact", artifact_id(model_id, which, key))
    if record is None:
        raise not_found()
    return record


async def read(which: MetadataList, cloud: Cloud, request: Request) -> Response:
    """GET and HEAD."""
    authenticate(request, cloud.store, body_signed=False)
    record = _find(cloud, which, request.path_params["id"], request.path_params["key"])
    return send(cloud, request, record.private["artifact"] | etag(record))


def _operations(which: MetadataList, word: str) -> tuple[Operation | StreamOperation, ...]:
    name, path = f"model_{word}_metadatum_artifact", f"/models/{{id}}/{word}Metadata/{{key}}/artifact"
    return (
        StreamOperation(f"create_{name}", "POST", path, partial(create, which)),
        StreamOperation(f"update_{name}", "PUT", path, partial(update, which)),
        Operation(f"delete_{name}", "DELETE", path, partial(delete, which)),
        StreamOperation(f"get_{name}_content", "GET", f"{path}/content", partial(read, which)),
        StreamOperation(f"head_{name}", "HEAD", f"{path}/content", partial(read, which)),
    )


OPERATIONS = (*_operations(MetadataList.CUSTOM, "custom"), *_operations(MetadataList.DEFINED, "defined"))
