"""The control API for container images: which images the registry holds.

Local and unsigned, as the rest of the control API.

GET    /emulator/images    {"images": [{"uri", "digest"}]}
POST   /emulator/images    {"uri": "iad.ocir.io/acme/triton:1.0", "digest": "sha256:…"}; without a digest, one
                           is made up
DELETE /emulator/images    forgets all images
"""

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.http_requests import json_response
from datascience_emulator.control.operations import local_route, read_json
from datascience_emulator.registry.images import Name, push
from datascience_emulator.store.store import Record
from datascience_emulator.wire.json_values import Json
from datascience_emulator.wire.schema import record, text

_image = record(
    {"uri": text(maximum=2048)},
    {"digest": text(pattern="sha256:[0-9a-f]{64}", hint="sha256: and 64 hexadecimal digits")},
)


def image_routes(cloud: Cloud) -> list[Route]:
    async def show(request: Request) -> Response:
        return _shown(cloud)

    async def add(request: Request) -> Response:
        image = _image(await read_json(request), "")
        with cloud.store.transaction():
            push(cloud, Name.parse(image["uri"]), image.get("digest"), datetime.now(UTC))
        return _shown(cloud)

    async def clear(request: Request) -> Response:
        with cloud.store.transaction():
            for image in cloud.store.every("image"):
                cloud.store.remove(image)
        return _shown(cloud)

    return [
        local_route("/emulator/images", show, "GET"),
        local_route("/emulator/images", add, "POST"),
        local_route("/emulator/images", clear, "DELETE"),
    ]


def _shown(cloud: Cloud) -> Response:
    images = [named for image in cloud.store.every("image") for named in _named(image)]
    return json_response(200, {"images": images}, {})


def _named(image: Record) -> list[Json]:
    """One name for each tag; for an image without tags, one name with its digest."""
    name = f"{image.private['host']}/{image.private['path']}"
    digest = image.document["digest"]
    uris = [f"{name}:{tag}" for tag in image.private["tags"]] or [f"{name}@{digest}"]
    return [{"uri": uri, "digest": digest} for uri in uris]
