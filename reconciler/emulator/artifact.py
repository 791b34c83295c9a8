"""The artifact of a model: one, immutable (docs.oracle.com, data-science/using/models-about.htm).

How bytes stream in and out is `content`'s.
"""

import re

from starlette.requests import Request
from starlette.responses import Response

from .blobs import Incoming
from .content import described, receive, send
from .errors import conflict, invalid
from .gate import authenticate
from .plane import Plane, Site, Transfer
from .store import Record
from .wire import Answer, Call, find, find_to_change


async def create(plane: Plane, request: Request) -> Response:
    """POST: 204 with the artifact's etag; refused when the model has one already."""
    return await receive(plane, request, _free_model, _register, retry_token=True)


def _free_model(site: Site, call: Call) -> Record:
    record = find_to_change(site.store, "model", call)
    if "artifact" in record.private:
        # UNVERIFIED: no document tells what a second upload gets; artifacts are immutable, so it is refused.
        message = (
            f"The model {record.id} has an artifact already; artifacts are immutable. Create a new model."
        )
        raise conflict(message) if site.readings.second_artifact == "409" else invalid(message)
    return record


def _register(site: Site, call: Call, incoming: Incoming) -> Answer:
    record = _free_model(site, call)
    record.private["artifact"] = described(incoming.keep(), _disposition(call, record.id))
    site.store.save(record)
    return Answer(204, headers={"etag": record.private["artifact"]["etag"]}, made=record.id)


def _disposition(call: Call, model_id: str) -> str:
    """With the bare name, however it came: oracle-ads uploads `filename="x.zip"`, and unpacks only what it
    reads back as `filename=x.zip` (ADS, SmallArtifactDownloader).
    """
    name = re.search(r'filename="?([^";]+)', call.headers.get("content-disposition", ""))
    return f"attachment; filename={name[1].strip() if name else f'{model_id}.zip'}"


async def read(plane: Plane, request: Request) -> Response:
    """GET and HEAD; 404 when nothing has arrived."""
    authenticate(request, plane.site.store, body_signed=False)
    record = find(plane.site.store, "model", request.path_params["id"])
    return send(plane, request, None if record.state == "DELETED" else record.private.get("artifact"))


_PATH = "/models/{id}/artifact"
OPERATIONS = (
    Transfer("create_model_artifact", "POST", _PATH, create),
    Transfer("get_model_artifact_content", "GET", f"{_PATH}/content", read),
    Transfer("head_model_artifact", "HEAD", f"{_PATH}/content", read),
)
