"""The images in the registry: names, tags and digests.

There is one registry, whatever the host in an image's name: iad.ocir.io/acme/triton:1.0 stands for the path
acme/triton and the tag 1.0. An image is one content (a digest) in one repository, with its tags ("versions").
"""

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.store.store import Record, Store
from datascience_emulator.wire.empty_values import NO_TAGS_OF_ANY_KIND
from datascience_emulator.wire.errors import invalid
from datascience_emulator.wire.ids_and_times import new_ocid, timestamp
from datascience_emulator.wire.json_values import Json

MEDIA_TYPE = "application/vnd.oci.image.manifest.v1+json"
_NAME = re.compile(r"(?P<host>[^\s/]+)/(?P<path>[^\s:@]+)(?::(?P<tag>[\w.-]{1,128}))?(?:@(?P<digest>\S+))?")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Name:
    """`path`: namespace and repository. `tag`: `latest` if the name has neither tag nor digest."""

    host: str
    path: str
    tag: str | None
    digest: str | None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises a ServiceError 400."""
        match = _NAME.fullmatch(text)
        if match is None or (match["digest"] and not _DIGEST.fullmatch(match["digest"])):
            raise invalid(f"image: {text!r} is not REGISTRY/NAME[:TAG][@sha256:DIGEST]")
        tag = match["tag"] or (None if match["digest"] else "latest")
        return cls(match["host"], match["path"], tag, match["digest"])


def repository_id(path: str, region: str) -> str:
    """An OCID made from the path: repositories have no records of their own."""
    unique = base64.b32encode(hashlib.sha256(path.encode()).digest()).decode().rstrip("=").lower()
    return new_ocid("containerrepo", region).rpartition(".")[0] + f".{unique}"


def manifest(path: str, tag: str | None) -> bytes:
    """A stand-in for an image's manifest, as the registry has no layers."""
    content = {
        "schemaVersion": 2,
        "mediaType": MEDIA_TYPE,
        "layers": [],
        "annotations": {"org.opencontainers.image.ref.name": f"{path}:{tag or ''}"},
    }
    return json.dumps(content).encode()


def in_repository(store: Store, path: str) -> list[Record]:
    return [image for image in store.every("image") if image.private["path"] == path]


def look_up(store: Store, path: str, reference: str) -> Record | None:
    """`reference`: a tag or a digest."""
    for image in in_repository(store, path):
        if reference == image.document["digest"] or reference in image.private["tags"]:
            return image
    return None


def push(cloud: Cloud, name: Name, digest: str | None, now: datetime) -> Record:
    """Put the image into its repository, and point its tag to it. Without a digest, one is made up."""
    digest = digest or name.digest or f"sha256:{hashlib.sha256(manifest(name.path, name.tag)).hexdigest()}"
    if name.tag is not None:
        _untag(cloud, name.path, name.tag, now)
    image = look_up(cloud.store, name.path, digest)
    if image is None:
        image = _new(cloud, name, digest, now)
        cloud.store.insert(image)
    if name.tag is not None:
        image.private["tags"] = {**image.private["tags"], name.tag: timestamp(now)}
    return _save(cloud, image)


def _untag(cloud: Cloud, path: str, tag: str, now: datetime) -> None:
    before = look_up(cloud.store, path, tag)
    if before is not None:
        before.private["tags"] = {key: time for key, time in before.private["tags"].items() if key != tag}
        _save(cloud, before)


def _new(cloud: Cloud, name: Name, digest: str, now: datetime) -> Record:
    document: Json = {
        "id": new_ocid("containerimage", cloud.region),
        "compartmentId": cloud.store.meta("compartment"),
        "repositoryId": repository_id(name.path, cloud.region),
        "repositoryName": name.path.partition("/")[2] or name.path,
        "digest": digest,
        "createdBy": cloud.store.meta("user"),
        "timeCreated": timestamp(now),
        "lifecycleState": "AVAILABLE",
        **NO_TAGS_OF_ANY_KIND,
    }
    return Record("image", document["id"], document, {"host": name.host, "path": name.path, "tags": {}})


def _save(cloud: Cloud, image: Record) -> Record:
    """Save the image with the fields that follow from its tags: `version` is the most recent one (SDK,
    ContainerImage).
    """
    tags = image.private["tags"]
    image.document.pop("version", None)
    if tags:
        image.document["version"] = max(tags, key=lambda tag: (tags[tag], tag))
    suffix = image.document.get("version", f"unknown@{image.document['digest']}")
    image.document["displayName"] = f"{image.document['repositoryName']}:{suffix}"
    cloud.store.save(image)
    return image
