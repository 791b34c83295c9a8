"""The artifacts of models and of model groups: one each, immutable (docs.oracle.com,
data-science/using/models-about.htm).

The artifact of a model group is what the members of a HOMOGENEOUS group share beside their own artifacts:
"homogeneous only", and accepted while the group is CREATING (docs/service.md §1.5). UNVERIFIED: how a group
refuses an artifact, and that its artifact is immutable too. `api.uploads_and_downloads` streams the
bytes.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.http_requests import authenticate
from datascience_emulator.api.operations import StreamOperation
from datascience_emulator.api.records import find, find_to_change, require
from datascience_emulator.api.uploads_and_downloads import described, receive, send
from datascience_emulator.store.blobs import Incoming
from datascience_emulator.store.store import Kind, Record
from datascience_emulator.wire.calls import Answer, Call
from datascience_emulator.wire.errors import ServiceError, conflict, invalid, payload_too_large


@dataclass(frozen=True, slots=True)
class _Owners:
    """The resources of one kind that have artifacts. `check` raises for one that can have none."""

    kind: Kind
    noun: str
    check: Callable[[Record], None] = lambda record: None

    async def create(self, cloud: Cloud, request: Request) -> Response:
        """POST: 204 with the artifact's etag; refused when there is one already."""
        return await receive(cloud, request, self._free, self._register, retry_token=True)

    def _free(self, cloud: Cloud, call: Call) -> Record:
        _check_size(cloud, call)
        record = find_to_change(cloud.store, self.kind, call)
        self.check(record)
        if "artifact" in record.private:
            message = (
                f"The {self.noun} {record.id} has an artifact already; artifacts are immutable. "
                f"Create a new {self.noun}."
            )
            raise taken(cloud, message)
        return record

    def _register(self, cloud: Cloud, call: Call, incoming: Incoming) -> Answer:
        record = self._free(cloud, call)
        record.private["artifact"] = described(incoming.keep(), _disposition(call, record.id))
        cloud.store.save(record)
        return Answer(204, headers={"etag": record.private["artifact"]["etag"]}, made=record.id)

    async def read(self, cloud: Cloud, request: Request) -> Response:
        """GET and HEAD: 404 when there is no artifact."""
        authenticate(request, cloud.store, body_signed=False)
        record = find(cloud.store, self.kind, request.path_params["id"])
        return send(cloud, request, None if record.state == "DELETED" else record.private.get("artifact"))


def taken(cloud: Cloud, message: str) -> ServiceError:
    """How a second artifact is refused, as artifacts are immutable. UNVERIFIED: no document has the code."""
    return conflict(message) if cloud.readings.second_artifact == "409" else invalid(message)


def _check_size(cloud: Cloud, call: Call) -> None:
    most = cloud.limits.artifact_bytes
    if cloud.readings.large_upload == "refused" and int(call.headers["content-length"]) > most:
        raise payload_too_large(f"At most {most:,} bytes in one upload; use exportArtifact for more.")


def _disposition(call: Call, owner_id: str) -> str:
    """The content-disposition to keep, with the file's name without quotes. oracle-ads uploads
    `filename="x.zip"`, and unpacks only what it reads back as `filename=x.zip` (ADS,
    SmallArtifactDownloader).
    """
    name = re.search(r'filename="?([^";]+)', call.headers.get("content-disposition", ""))
    return f"attachment; filename={name[1].strip() if name else f'{owner_id}.zip'}"


def _homogeneous(record: Record) -> None:
    kind = record.document["modelGroupDetails"]["type"]
    if kind != "HOMOGENEOUS":
        raise invalid(f"The model group {record.id} is {kind}; only a HOMOGENEOUS one has an artifact.")
    require(record, "CREATING", "ACTIVE", "INACTIVE")


_MODELS = _Owners("model", "model")
_GROUPS = _Owners("model-group", "model group", _homogeneous)
_OF_MODEL, _OF_GROUP = "/models/{id}/artifact", "/modelGroups/{id}/artifact"
OPERATIONS = (
    StreamOperation("create_model_artifact", "POST", _OF_MODEL, _MODELS.create),
    StreamOperation("get_model_artifact_content", "GET", f"{_OF_MODEL}/content", _MODELS.read),
    StreamOperation("head_model_artifact", "HEAD", f"{_OF_MODEL}/content", _MODELS.read),
)
OF_GROUPS = (
    StreamOperation("create_model_group_artifact", "POST", _OF_GROUP, _GROUPS.create),
    StreamOperation("get_model_group_artifact_content", "GET", f"{_OF_GROUP}/content", _GROUPS.read),
    StreamOperation("head_model_group_artifact", "HEAD", f"{_OF_GROUP}/content", _GROUPS.read),
)
