"""The artifact of a model group: what the members of a HOMOGENEOUS group share beside their own.

"homogeneous only", and accepted while the group is CREATING (docs/service.md §1.5). UNVERIFIED: the refusals,
and that it is immutable as a model's is. How bytes stream in and out is `content`'s.
"""

from starlette.requests import Request
from starlette.responses import Response

from .blobs import Incoming
from .content import described, receive, send
from .errors import conflict, incorrect_state, invalid
from .gate import authenticate
from .plane import Plane, Site, Transfer
from .store import Record
from .wire import Answer, Call, find, find_to_change


async def create(plane: Plane, request: Request) -> Response:
    """POST: 204 with the artifact's etag."""
    return await receive(plane, request, _free_group, _register, retry_token=True)


def _free_group(site: Site, call: Call) -> Record:
    record = find_to_change(site.store, "model-group", call)
    kind = record.document["modelGroupDetails"]["type"]
    if kind != "HOMOGENEOUS":
        raise invalid(f"The model group {record.id} is {kind}; only a HOMOGENEOUS group has an artifact.")
    if record.state not in ("CREATING", "ACTIVE", "INACTIVE"):
        raise incorrect_state(f"The model group {record.id}", record.state, "CREATING, ACTIVE or INACTIVE")
    if "artifact" in record.private:
        message = (
            f"The model group {record.id} has an artifact already; artifacts are immutable. Make another."
        )
        raise conflict(message) if site.readings.second_artifact == "409" else invalid(message)
    return record


def _register(site: Site, call: Call, incoming: Incoming) -> Answer:
    record = _free_group(site, call)
    disposition = call.headers.get("content-disposition") or f"attachment; filename={record.id}.zip"
    record.private["artifact"] = described(incoming.keep(), disposition)
    site.store.save(record)
    return Answer(204, headers={"etag": record.private["artifact"]["etag"]}, made=record.id)


async def read(plane: Plane, request: Request) -> Response:
    """GET and HEAD; 404 when nothing has arrived."""
    authenticate(request, plane.site.store, body_signed=False)
    record = find(plane.site.store, "model-group", request.path_params["id"])
    return send(plane, request, None if record.state == "DELETED" else record.private.get("artifact"))


_PATH = "/modelGroups/{id}/artifact"
OPERATIONS = (
    Transfer("create_model_group_artifact", "POST", _PATH, create),
    Transfer("get_model_group_artifact_content", "GET", f"{_PATH}/content", read),
    Transfer("head_model_group_artifact", "HEAD", f"{_PATH}/content", read),
)
