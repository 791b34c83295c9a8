"""Asks registries about images: many at once, each once."""

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

from reconciler.app.connecting import ReachedTarget, registries_for
from reconciler.app.workspace import Say, Workspace
from reconciler.core.model.images import ImageRequest, ImageSight, Platform
from reconciler.core.model.target import Target
from reconciler.core.model.text import counted

THREADS = 16
"""The most registries that are asked at the same time."""

WantedImage: TypeAlias = tuple[ImageRequest, Platform]


def look_at_images(
    workspace: Workspace,
    target: Target,
    reached: ReachedTarget | None,
    wanted: Collection[WantedImage],
    say: Say,
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
    with ThreadPoolExecutor(min(THREADS, len(distinct))) as pool:
        answers = dict(
            zip(distinct, pool.map(lambda one: registries.look(*one), distinct.values()), strict=True)
        )
    return {one: answers[_asked_for(one)] for one in wanted}


def _asked_for(one: WantedImage) -> tuple[str, str | None, Platform]:
    """What decides the answer: how an image is made does not."""
    image, platform = one
    return image.reference, image.digest, platform
