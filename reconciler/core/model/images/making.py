"""What is to be done about images that we compose, and what became of it."""

from dataclasses import dataclass
from enum import StrEnum

from reconciler.core.model.errors import ReconcilerError
from reconciler.core.model.images.image import ImageBuild


@dataclass(frozen=True, slots=True)
class RequestedImage:
    """An image that is composed: its name with tag, what it is made of, and the manifests that run it."""

    image: str
    build: ImageBuild
    manifests: tuple[str, ...]


class Making(StrEnum):
    """What it took to have an image."""

    BUILT = "built"
    IN_ENGINE = "in the engine already"
    IN_REGISTRY = "in the registry already"


@dataclass(frozen=True, slots=True)
class BuiltImage:
    """What became of one image: how it came to be there, or why not."""

    requested: RequestedImage
    result: Making | ReconcilerError


@dataclass(frozen=True, slots=True)
class Push:
    """`digest` is that of the manifest in the registry; without `sent` it was there already. `moved_from`:
    what the tag stood for before, if that was another image; empty when there was none.
    """

    digest: str
    sent: bool
    moved_from: str = ""


@dataclass(frozen=True, slots=True)
class PushedImage:
    """What became of one image: what the registry has now, or why not."""

    requested: RequestedImage
    result: Push | ReconcilerError
