"""Which image a deployment runs: the digest that the service fills in, and whether the image is there."""

import hashlib

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.data_science.deployments.document_parts import environment
from datascience_emulator.registry.images import Name, in_repository, look_up
from datascience_emulator.wire.errors import related_not_found
from datascience_emulator.wire.json_values import Json


def pin(cloud: Cloud, document: Json, old: Json | None = None) -> Json:
    """`document` of a deployment with its `imageDigest`, which the service fills in. `old`: the document
    before an update; a container that the update does not change is not checked again.

    Raises 400 RelatedResourceNotAuthorizedOrNotFound for a digest that is not in a known repository. An image
    that the registry does not know is refused or gets a digest made from its name, by the reading
    `unknown_image`.
    """
    container = environment(document)
    unchanged = old is not None and container == environment(old)
    if container.get("environmentConfigurationType") == "OCIR_CONTAINER" and not unchanged:
        container["imageDigest"] = _resolved(cloud, container["image"], container.get("imageDigest"))
    return document


def check_image(cloud: Cloud, document: Json) -> None:
    """Raises 400 as `pin` does, for a deployment whose image has been pinned before."""
    container = environment(document)
    if container.get("environmentConfigurationType") == "OCIR_CONTAINER":
        image, digest = container["image"], container["imageDigest"]
        _resolved(cloud, image, None if digest == _made_up(image) else digest)


def _resolved(cloud: Cloud, text: str, digest: str | None) -> str:
    name = Name.parse(text)
    pinned = digest or name.digest
    image = look_up(cloud.store, name.path, pinned or str(name.tag))
    if image is not None:
        return str(image.document["digest"])
    known = bool(in_repository(cloud.store, name.path))
    if cloud.readings.unknown_image == "refused" or (known and pinned):
        raise related_not_found(f"image {text}" + (f" with the digest {digest}" if digest else ""))
    return pinned or _made_up(text)


def _made_up(image: str) -> str:
    return f"sha256:{hashlib.sha256(image.encode()).hexdigest()}"
