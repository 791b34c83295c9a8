"""Builds and pushes the image of a deployment, for whoever carries out a plan.

It fits a port of the engine by its shape.
"""

from dataclasses import dataclass

from reconciler.core.model.image_progress import TellImageProgress
from reconciler.core.model.images import ImageBuild


@dataclass(frozen=True, slots=True)
class ImageMaker:
    """Both methods block, may be called again at any time (what is done already is not done twice), and raise
    only errors of `core.model.errors`. Several threads may call them for different images.
    """

    def build(self, image: str, build: ImageBuild, revision: str, progress: TellImageProgress) -> None:
        """Compose the image `image` (repository:tag) in the container engine. Nothing is built when the
        registry has it already, made from the same build, nor when the engine has. `revision` is the git
        commit it is made from, or empty.
        """
        raise NotImplementedError

    def push(self, image: str, build: ImageBuild, progress: TellImageProgress) -> str:
        """Push it; the digest of its manifest in the registry, `sha256:…`. Nothing is sent when the registry
        has it already, made from the same build: then no engine is needed either.
        """
        raise NotImplementedError
