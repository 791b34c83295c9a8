"""Looks at images in the local cloud's own registry, for which the names of OCI's registry stand.

It has digests and no content: an image there fits any platform and has no size. The local cloud takes images
that it was not told of too, so what its registry does not know is no fault of the image's.
"""

import re
from http import HTTPStatus

from reconciler.adapters.oci.client import ServiceAccess
from reconciler.adapters.registry.documents import ACCEPTED
from reconciler.adapters.registry.places import ImagePlace
from reconciler.adapters.registry.tokens import Authorizations
from reconciler.adapters.registry.transport import NotSaid, RegistryTransport
from reconciler.core.model.images.image import ImageFacts, Platform

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def look_in_emulator(
    transport: RegistryTransport,
    access: ServiceAccess,
    place: ImagePlace,
    digest: str | None,
    platform: Platform,
) -> ImageFacts | None:
    """What the local cloud's registry knows of an image; None when it does not know it. Raises NotSaid."""
    deadline, origin = transport.deadline(), access.endpoint or ""
    tokens = Authorizations(transport, lambda: access.signer)
    token = tokens.signed_token(origin, deadline, f"repository:{place.path}:pull")
    headers = {"Accept": ACCEPTED, "Authorization": f"Bearer {token}"}
    url = f"{origin}/v2/{place.path}/manifests/{digest or place.tag}"
    answer = transport.get(url, deadline, headers)
    if answer.status == HTTPStatus.NOT_FOUND:
        return None
    found = answer.headers.get("docker-content-digest", "")
    if not answer.good or not _DIGEST.fullmatch(found):
        raise NotSaid(f"the registry of the local cloud answers {answer.status}")
    return ImageFacts(found, 0, platform)
