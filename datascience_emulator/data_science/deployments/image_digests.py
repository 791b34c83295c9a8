"""Which image a deployment runs: the digest that the service fills in, and whether the image is there.

Real registries are asked when the model servers are containers; else the emulator's own records count.
"""

import hashlib
from dataclasses import replace

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.data_science.deployments.document_parts import environment
from datascience_emulator.registry.images import Name, in_repository, look_up
from datascience_emulator.wire.calls import Call
from datascience_emulator.wire.errors import ServiceError, incorrect_state, related_not_found
from datascience_emulator.wire.images import ImageReference
from datascience_emulator.wire.json_values import Json


async def ask_registries(cloud: Cloud, call: Call, document: Json, old: Json | None = None) -> Call:
    """The call with what real registries say of the image of `document`. `old` as in `pin`."""
    if cloud.registries is None or not _to_resolve(document, old):
        return call
    container = environment(document)
    try:
        image = _reference(container.get("image", ""), container.get("imageDigest"))
    except ServiceError:  # that is for the handler to say, after what comes before it
        return call
    return replace(call, images={image: await cloud.registries.digest(image)})


def pin(cloud: Cloud, call: Call, document: Json, old: Json | None = None) -> Json:
    """`document` of a deployment with its `imageDigest`, which the service fills in. `old`: the document
    before an update; a container that the update does not change is not checked again.

    Raises 400 RelatedResourceNotAuthorizedOrNotFound for an image that is not there. By the emulator's own
    records, that is a digest that is not in a known repository; an image that the registry does not know is
    refused or gets a digest made from its name, by the reading `unknown_image`. If a real registry does not
    have it, the reading `missing_image` says whether the call is refused; if not, there is no digest.
    """
    if not _to_resolve(document, old):
        return document
    container = environment(document)
    if digest := _resolved(cloud, call, container["image"], container.get("imageDigest")):
        container["imageDigest"] = digest
    return document


def check_image(cloud: Cloud, call: Call, document: Json) -> None:
    """Raises 400 as `pin` does, for a deployment whose image has been pinned before."""
    if _to_resolve(document, None):
        container = environment(document)
        image, digest = container["image"], container.get("imageDigest")
        made_up = cloud.registries is None and digest == _made_up(image)
        _resolved(cloud, call, image, None if made_up else digest)


def _to_resolve(document: Json, old: Json | None) -> bool:
    container = environment(document)
    unchanged = old is not None and container == environment(old)
    return container.get("environmentConfigurationType") == "OCIR_CONTAINER" and not unchanged


def _resolved(cloud: Cloud, call: Call, text: str, digest: str | None) -> str | None:
    if cloud.registries is not None:
        return _by_real_registry(cloud, call, text, digest)
    name = Name.parse(text)
    pinned = digest or name.digest
    image = look_up(cloud.store, name.path, pinned or str(name.tag))
    if image is not None:
        return str(image.document["digest"])
    known = bool(in_repository(cloud.store, name.path))
    if cloud.readings.unknown_image == "refused" or (known and pinned):
        raise _not_found(text, digest)
    return pinned or _made_up(text)


def _by_real_registry(cloud: Cloud, call: Call, text: str, digest: str | None) -> str | None:
    answer = call.images.get(_reference(text, digest))
    if answer is None:
        raise incorrect_state("the deployment", "changed meanwhile", "another try")
    if isinstance(answer, str):
        return answer
    if cloud.readings.missing_image == "call":
        raise _not_found(text, digest, answer.why)
    return None


def _reference(text: str, digest: str | None) -> ImageReference:
    name = Name.parse(text)
    return ImageReference(name.host, name.path, digest or name.digest or str(name.tag))


def _not_found(text: str, digest: str | None, why: str = "") -> ServiceError:
    with_digest = f" with the digest {digest}" if digest else ""
    return related_not_found(f"image {text}{with_digest}{f' ({why})' if why else ''}")


def _made_up(image: str) -> str:
    return f"sha256:{hashlib.sha256(image.encode()).hexdigest()}"
