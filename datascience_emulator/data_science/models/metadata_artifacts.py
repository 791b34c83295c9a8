"""The artifacts of a model's metadata: one for each key of the custom and of the defined list.

Unlike the model's own artifact, they can be replaced and deleted (SDK, update_ and
delete_model_custom_metadatum_artifact). `api.content` streams the bytes.
"""

from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from datascience_emulator.api.content import described, receive, send
from datascience_emulator.api.gate import authenticate
from datascience_emulator.api.operations import Operation, Transfer
from datascience_emulator.api.records import check_etag, etag, find, find_to_change
from datascience_emulator.api.site import Site
from datascience_emulator.data_science.models.metadata import Lists, artifact_id, check_entry, mark
from datascience_emulator.store.blobs import Incoming
from datascience_emulator.store.store import Record
from datascience_emulator.wire.calls import Answer, Call
from datascience_emulator.wire.errors import conflict, not_found


async def create(which: Lists, site: Site, request: Request) -> Response:
    """POST: 204; `if-match` is the model's etag. 409 when there is an artifact already (UNVERIFIED)."""
    return await receive(site, request, partial(_free_entry, which), partial(_insert, which))


def _free_entry(which: Lists, site: Site, call: Call) -> Record:
    model, key = find_to_change(site.store, "model", call), call.params["key"]
    check_entry(site.readings, model, which, key)
    if site.store.get("metadata-artifact", artifact_id(model.id, which, key)) is not None:
        raise conflict(f"{key} of the model {model.id} has an artifact already. Replace it with PUT.")
    return model


def _insert(which: Lists, site: Site, call: Call, incoming: Incoming) -> Answer:
    model, key = _free_entry(which, site, call), call.params["key"]
    artifact = described(incoming.keep(), _disposition(call))
    record = Record(
        "metadata-artifact",
        artifact_id(model.id, which, key),
        {},
        {"resource": model.id, "artifact": artifact},
    )
    site.store.insert(record)
    mark(model, which, key, has_artifact=True)
    site.store.save(model)
    return Answer(204, headers=etag(record))


def _disposition(call: Call) -> str:
    """The content-disposition to keep. If none is sent, "the OCID of the model is used for the file name"
    (SDK).
    """
    return call.headers.get("content-disposition") or f"attachment; filename={call.params['id']}"


async def update(which: Lists, site: Site, request: Request) -> Response:
    """PUT: 204; `if-match` is the artifact's etag. 404 when there is none to replace."""
    return await receive(site, request, partial(_to_change, which), partial(_replace, which))


def _replace(which: Lists, site: Site, call: Call, incoming: Incoming) -> Answer:
    record = _to_change(which, site, call)
    before: str = record.private["artifact"]["sha256"]
    record.private["artifact"] = described(incoming.keep(), _disposition(call))
    site.store.save(record)
    return Answer(204, headers=etag(record), freed=(before,))


def delete(which: Lists, site: Site, call: Call) -> Answer:
    """DELETE: 204; the entry stays, without an artifact. `if-match` is the artifact's etag."""
    record = _to_change(which, site, call)
    site.store.remove(record)
    model = find(site.store, "model", call.params["id"])
    mark(model, which, call.params["key"], has_artifact=False)
    site.store.save(model)
    return Answer(204, freed=(record.private["artifact"]["sha256"],))


def _to_change(which: Lists, site: Site, call: Call) -> Record:
    record = _find(site, which, call.params["id"], call.params["key"])
    check_etag(record, call)
    return record


def _find(site: Site, which: Lists, model_id: str, key: str) -> Record:
    record = site.store.get("metadata-artifact", artifact_id(model_id, which, key))
    if record is None:
        raise not_found()
    return record


async def read(which: Lists, site: Site, request: Request) -> Response:
    """GET and HEAD."""
    authenticate(request, site.store, body_signed=False)
    record = _find(site, which, request.path_params["id"], request.path_params["key"])
    return send(site, request, record.private["artifact"] | etag(record))


def _operations(which: Lists, word: str) -> tuple[Operation | Transfer, ...]:
    name, path = f"model_{word}_metadatum_artifact", f"/models/{{id}}/{word}Metadata/{{key}}/artifact"
    return (
        Transfer(f"create_{name}", "POST", path, partial(create, which)),
        Transfer(f"update_{name}", "PUT", path, partial(update, which)),
        Operation(f"delete_{name}", "DELETE", path, partial(delete, which)),
        Transfer(f"get_{name}_content", "GET", f"{path}/content", partial(read, which)),
        Transfer(f"head_{name}", "HEAD", f"{path}/content", partial(read, which)),
    )


OPERATIONS = (*_operations(Lists.CUSTOM, "custom"), *_operations(Lists.DEFINED, "defined"))
