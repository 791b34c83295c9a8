"""The images that a saved plan would build: only what a manifest may ask for. What stands in such a build
becomes part of commands.
"""

import re
from collections.abc import Iterator

from reconciler.core.model.images.image import ImageBuild
from reconciler.core.planning.plan import Plan
from reconciler.core.planning.steps import BuildImage, PushImage
from reconciler.manifests.declarations.image import (
    ComponentName,
    ImageText,
    PackageText,
    ReleaseText,
    RepositoryText,
    TagText,
)
from reconciler.manifests.schema.notes import Text

ARCHITECTURE = Text("amd64|arm64", "an architecture of compute shapes")


def wrong_builds(plan: Plan) -> Iterator[str]:
    """What no manifest may ask for, each in words."""
    for item in plan.deployments:
        for step in item.steps:
            if isinstance(step, BuildImage | PushImage) and not _is_image(step.image):
                yield f"{item.name!r} names the image {step.image!r}, which no manifest may name"
            for text in _wrong_texts(step.build) if isinstance(step, BuildImage) else ():
                yield f"{item.name!r} builds an image with {text!r}, which no manifest may ask for"


def _is_image(image: str) -> bool:
    repository, _, tag = image.rpartition(":")
    return _fits(repository, RepositoryText) and _fits(tag, TagText)


def _wrong_texts(build: ImageBuild) -> Iterator[str]:
    texts = (
        ((build.triton,), ReleaseText),
        ((*build.backends, *build.repo_agents), ComponentName),
        (tuple(text for text in (build.base, build.full) if text is not None), ImageText),
        ((*build.pip, *build.apt), PackageText),
        ((build.architecture,), ARCHITECTURE),
    )
    return (text for found, kind in texts for text in found if not _fits(text, kind))


def _fits(text: str, kind: Text) -> bool:
    return len(text) <= (kind.longest or len(text)) and re.fullmatch(kind.pattern, text) is not None
