"""Asks registries about images: many at once, each once."""

import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

from reconciler.app.connecting import ReachedTarget, registries_for
from reconciler.app.workspace import Say, Workspace
from reconciler.core.model.images.image import ImageRequest, ImageSight, NotLookedUp, Platform
from reconciler.core.model.target import Target
from reconciler.core.model.text import counted

THREADS = 16
"""The most registries that are asked at the same time."""

WHOLE_SECONDS = 120.0
"""Looks begin for so long: one look is bounded, and many images in a slow registry must be, too."""

TOO_LONG = "registries took too long to answer, so that it was not asked about this image any more"

WantedImage: TypeAlias = tuple[ImageRequest, Platform]


def look_at_images(
    workspace: Workspace,
    target: Target,
    reached: ReachedTarget | None,
    wanted: Collection[WantedImage],
    say: Say,
    elapsed: Callable[[], float] = time.monotonic,
) -> dict[WantedImage, ImageSight | None]:
    """What the registries say of each image; None of one of which nobody can say anything. Without a target
    that is `reached`, its own registry is signed in to when it is asked first.

    A registry that cannot be asked is no error: then the answer says why.
    """
    registries = reached.registries if reached else registries_for(workspace, target, say)
    distinct = {_asked_for(one): one for one in wanted}
    if not distinct:
        return {}
    say(f"asking registries about {counted(len(distinct), 'image')}")
    end = elapsed() + WHOLE_SECONDS

    def look(one: WantedImage) -> ImageSight | None:
        return registries.look(*one) if elapsed() < end else NotLookedUp(TOO_LONG)

    with ThreadPoolExecutor(min(THREADS, len(distinct))) as pool:
        answers = dict(zip(distinct, pool.map(look, distinct.values()), strict=True))
    return {one: answers[_asked_for(one)] for one in wanted}


def _asked_for(one: WantedImage) -> tuple[str, str | None, Platform]:
    """What decides the answer: how an image is made does not."""
    image, platform = one
    return image.reference, image.digest, platform
