"""The container registry's own HTTP API: tokens, and manifests that name the digest of a tag.

Bearer tokens are as OCI's registry gives them (SDK, `oci.container_registry`): to callers who sign the
request or know the registry user's password. The challenge and the errors follow the OCI Distribution
Specification. Nothing can be pushed or pulled.
"""

import re
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from datascience_emulator.api.basic_auth import basic_credentials, same
from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.credentials import registry_user, token_key
from datascience_emulator.api.http_requests import authenticate, json_response, signed_in
from datascience_emulator.api.operations import Service, Status, StreamOperation
from datascience_emulator.api.tokens import TokenRefused, issue, verified
from datascience_emulator.registry.images import MEDIA_TYPE, in_repository, look_up, manifest
from datascience_emulator.store.store import Store
from datascience_emulator.wire.errors import not_authenticated

# The OCI Distribution Specification, "Pulling manifests".
_NAME = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*")
_LIFETIME = timedelta(hours=1)
_AUDIENCE = "registry"
_VERSION = {"docker-distribution-api-version": "registry/2.0"}


async def get_access_token(cloud: Cloud, request: Request) -> Response:
    store = cloud.store
    login = basic_credentials(request)
    if login is None:
        authenticate(request, store, body_signed=False)
    elif not same(login, registry_user(store)):
        raise not_authenticated(
            "wrong user name or auth token; the emulator's home has them in oci/registry.json"
        )
    else:
        signed_in(request)
    scope = " ".join(request.query_params.getlist("scope"))
    token = issue(token_key(store), {"aud": _AUDIENCE, "scope": scope}, datetime.now(UTC), _LIFETIME)
    lifetime = int(_LIFETIME.total_seconds())
    body = {"token": token, "access_token": token, "scope": scope, "expires_in": lifetime}
    return json_response(200, body, {"cache-control": "no-store"})


async def check_version(cloud: Cloud, request: Request) -> Response:
    return _challenged(cloud, request, None) or json_response(200, {}, _VERSION)


async def get_manifest(cloud: Cloud, request: Request) -> Response:
    """GET and HEAD. The digest is that of the image; the manifest itself is a stand-in."""
    path, reference = request.path_params["name"], request.path_params["reference"]
    if not _NAME.fullmatch(path):
        return _error(400, "NAME_INVALID", "not a name that a repository can have", {})
    refused = _challenged(cloud, request, path)
    if refused is not None:
        return refused
    image = look_up(cloud.store, path, reference)
    if image is None:
        known = bool(in_repository(cloud.store, path))
        code = "MANIFEST_UNKNOWN" if known else "NAME_UNKNOWN"
        return _error(
            404, code, f"{path} has no {reference}" if known else f"there is no repository {path}", {}
        )
    content = manifest(path, image.document.get("version"))
    headers = {
        **_VERSION,
        "docker-content-digest": image.document["digest"],
        "etag": f'"{image.document["digest"]}"',
        "content-length": str(len(content)),
    }
    return Response(b"" if request.method == "HEAD" else content, 200, headers, MEDIA_TYPE)


def _challenged(cloud: Cloud, request: Request, path: str | None) -> Response | None:
    """401 with where to get a token, unless the request has a token for `path`."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        error = _bearer_error(cloud.store, token, path)
        if error is None:
            signed_in(request)
            return None
    else:
        error = ""
    host, port = request.scope["server"]
    challenge = f'Bearer realm="http://{host}:{port}/20180419/docker/token",service="{host}:{port}"'
    challenge += f',scope="repository:{path}:pull"' if path else ""
    challenge += f',error="{error}"' if error else ""
    return _error(401, "UNAUTHORIZED", "authentication required", {"www-authenticate": challenge})


def _bearer_error(store: Store, token: str, path: str | None) -> str | None:
    """The error by its name in RFC 6750. A token without a scope is valid for every repository."""
    try:
        claims = verified(token, token_key(store).public_key(), datetime.now(UTC))
    except TokenRefused:
        return "invalid_token"
    if claims.get("aud") != _AUDIENCE:
        return "invalid_token"
    scopes = str(claims.get("scope", "")).split()
    if path is None or not scopes or any(_pulls(scope, path) for scope in scopes):
        return None
    return "insufficient_scope"


def _pulls(scope: str, path: str) -> bool:
    name, _, actions = scope.rpartition(":")
    return name == f"repository:{path}" and bool({"pull", "*"} & set(actions.split(",")))


def _error(status: int, code: str, message: str, headers: dict[str, str]) -> Response:
    body = {"errors": [{"code": code, "message": message}]}
    return json_response(status, body, {**_VERSION, **headers})


_MANIFESTS = "/{name:path}/manifests/{reference}"
_NO_CONTENT = "The digest is the image's; the manifest only stands in for one: nothing can be pulled."
REGISTRY_TOKENS = Service(
    "Container Registry",
    "/20180419",
    (
        StreamOperation(
            "get_access_token", "GET", "/docker/token", get_access_token, query=("service", "scope")
        ),
    ),
)
REGISTRY = Service(
    "Container Registry, Docker Registry HTTP API V2",
    "/v2",
    (
        StreamOperation("check_version", "GET", "/", check_version),
        StreamOperation("head_manifest", "HEAD", _MANIFESTS, get_manifest),
        StreamOperation(
            "get_manifest", "GET", _MANIFESTS, get_manifest, status=Status.CONTROL_PLANE, note=_NO_CONTENT
        ),
    ),
)
