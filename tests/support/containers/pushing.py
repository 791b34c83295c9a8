"""Puts small images into a registry of the tests over HTTP, without an engine: also what no engine makes."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import requests

from tests.support.containers.registry import Registry

OCI = "application/vnd.oci.image"
INDEX, MANIFEST, CONFIG = f"{OCI}.index.v1+json", f"{OCI}.manifest.v1+json", f"{OCI}.config.v1+json"
DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
GOOD_CONFIG = json.dumps({"architecture": "amd64", "os": "linux", "config": {}}).encode()
LAYER = b"not a real layer, and nobody unpacks it"


@dataclass(frozen=True)
class Pushed:
    """A manifest or an index in the registry."""

    digest: str
    size: int
    platform: dict[str, str]


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def config(architecture: str = "amd64", **settings: Any) -> dict[str, Any]:
    """The configuration of an image; `settings` as Docker names them, such as Labels."""
    return {"architecture": architecture, "os": "linux", "config": settings, "rootfs": {}}


def manifest(configuration: bytes, **changes: Any) -> bytes:
    """A manifest of one layer of five bytes."""
    document = {
        "mediaType": MANIFEST,
        "config": {"mediaType": CONFIG, "digest": digest(configuration), "size": len(configuration)},
        "layers": [{"size": 5}],
    }
    return json.dumps({**document, **changes}).encode()


def push_image(registry: Registry, name: str, content: dict[str, Any], kind: str = MANIFEST) -> Pushed:
    """An image of one layer; `name` is a repository and a tag."""
    repository, _, tag = name.partition(":")
    document = json.dumps(content).encode()
    for blob in (document, LAYER):
        _put_blob(registry, repository, blob)
    layer = {"mediaType": f"{OCI}.layer.v1.tar", "digest": digest(LAYER), "size": len(LAYER)}
    told = json.loads(manifest(document, schemaVersion=2, mediaType=kind, layers=[layer]))
    platform = {"architecture": content["architecture"], "os": content["os"]}
    return put_manifest(registry, repository, tag, told, kind, platform)


def push_index(registry: Registry, name: str, *images: Pushed) -> Pushed:
    """An index of images of the same repository."""
    repository, _, tag = name.partition(":")
    entries = [
        {"mediaType": MANIFEST, "digest": one.digest, "size": one.size, "platform": one.platform}
        for one in images
    ]
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}
    return put_manifest(registry, repository, tag, index, INDEX, {})


def put_manifest(
    registry: Registry,
    repository: str,
    tag: str,
    document: dict[str, Any],
    kind: str,
    platform: dict[str, str],
) -> Pushed:
    content = json.dumps(document).encode()
    reference = tag or digest(content)
    url = f"https://{registry.host}/v2/{repository}/manifests/{reference}"
    _ask(registry, repository, "PUT", url, content, kind)
    return Pushed(digest(content), len(content), platform)


def size_of(registry: Registry, repository: str, reference: str) -> int:
    """The bytes of a manifest."""
    url = f"https://{registry.host}/v2/{repository}/manifests/{reference}"
    return int(_ask(registry, repository, "HEAD", url).headers["content-length"])


def _put_blob(registry: Registry, repository: str, content: bytes) -> None:
    begun = _ask(registry, repository, "POST", f"https://{registry.host}/v2/{repository}/blobs/uploads/")
    url = f"{begun.headers['location']}&digest={digest(content)}"
    _ask(registry, repository, "PUT", url, content, "application/octet-stream")


def _ask(
    registry: Registry, repository: str, method: str, url: str, content: bytes = b"", kind: str = ""
) -> requests.Response:
    with requests.Session() as session:
        session.trust_env, session.verify = False, str(registry.authority)
        scope = {"scope": f"repository:{repository}:pull,push"}
        login = (registry.user, registry.password)
        token = session.get(f"https://{registry.host}/token", params=scope, auth=login).json()["token"]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
        answer = session.request(method, url, data=content, headers=headers)
        assert answer.ok, answer.text
        return answer
