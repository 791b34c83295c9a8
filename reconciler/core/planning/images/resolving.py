"""What registries say of images, put into what is desired: a tag that was looked up is deployed by its
digest.

Looking is not done here (`app.images.looking`), and what follows of it is decided in
`transition.image_verdict`.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias

from reconciler.core.model.desired import Desired
from reconciler.core.model.images.image import (
    NO_IMAGE,
    ImageFacts,
    ImageRequest,
    ImageSight,
    Platform,
    platform_of,
)
from reconciler.core.model.live import Live, State
from reconciler.core.model.spec import Spec
from reconciler.core.planning.diff.fields import DIGEST_POINTER
from reconciler.core.planning.diff.merge import ignored

Wanted: TypeAlias = tuple[ImageRequest, Platform]
"""An image, for what it is to run on."""


def wanted_images(desired: Desired) -> frozenset[Wanted]:
    """The images that a plan of this has to know of."""
    return frozenset(wanted(spec) for spec in desired.specs if _asks(spec))


def with_sights(desired: Desired, sights: Mapping[Wanted, ImageSight | None]) -> Desired:
    """The same, with what the registries say. What nobody can tell stays as the manifest has it."""
    specs = (with_sight(spec, sights.get(wanted(spec))) if _asks(spec) else spec for spec in desired.specs)
    return replace(desired, specs=tuple(specs))


def with_sight(spec: Spec, sight: ImageSight | None) -> Spec:
    """The spec with what the registry says of its image; a pin of the manifest stays."""
    seen = replace(spec, sight=sight)
    if seen.looked_up is None:
        return seen
    container = replace(spec.configuration.container, digest=seen.looked_up)
    return replace(seen, configuration=replace(spec.configuration, container=container))


def as_live(spec: Spec, live: Live) -> Spec:
    """The spec, with the digest that is live where that stands for the image which was looked up: of an image
    for several platforms the service may keep the digest of the index (docs/service.md §7). While a
    deployment is created, the service may not tell its digest (§1.6): then there is nothing to compare.
    """
    digest = live.configuration.container.digest if live.configuration else None
    if spec.looked_up is None or not isinstance(spec.sight, ImageFacts):
        return spec
    untold = digest is None and live.configuration is not None and live.state is State.CREATING
    return _with_digest(spec, digest) if untold or spec.sight.pinned_by(digest) else spec


def _with_digest(spec: Spec, digest: str | None) -> Spec:
    container = replace(spec.configuration.container, digest=digest)
    return replace(spec, configuration=replace(spec.configuration, container=container))


def wanted(spec: Spec) -> Wanted:
    """The image of a deployment, for its compute shape."""
    return spec.image, platform_of(spec.configuration.instance.shape)


def _asks(spec: Spec) -> bool:
    """Whether it matters what is behind the image: not where the manifest leaves it as it is."""
    untouched = spec.policy.paused or ignored(DIGEST_POINTER, spec.policy.ignore)
    return spec.image != NO_IMAGE and not untouched
