"""Container images as real registries have them: what is asked, and what is answered. Types only."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ImageReference:
    """`host` is the registry, `path` the repository in it, `reference` a tag or a digest."""

    host: str
    path: str
    reference: str

    def __str__(self) -> str:
        return f"{self.host}/{self.path}{'@' if ':' in self.reference else ':'}{self.reference}"


@dataclass(frozen=True, slots=True)
class ImageMissing:
    """The registry does not have it, or not for us; `why` is a sentence."""

    why: str


class Registries(Protocol):
    async def digest(self, image: ImageReference) -> str | ImageMissing:
        """Ask the registry that the image is named after. Takes as long as that takes."""
