"""The maker of images of a target: its registries, with its sign-in."""

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.adapters.docker.refusals import host_of
from reconciler.app.connecting import registries_for
from reconciler.app.images.maker import ImageMaker, Registries
from reconciler.app.workspace import Say, Workspace
from reconciler.core.model.errors import SetupError
from reconciler.core.model.images.image import ImageRequest, ImageSight, Platform
from reconciler.core.model.target import EmulatorTarget, Target
from reconciler.core.planning.images.hosts import is_ocir


def image_maker(workspace: Workspace, target: Target, say: Say, *, moves_tags: bool = False) -> ImageMaker:
    """Makes images as this target signs in; it does so when OCI's registry is asked first."""
    registries: Registries = registries_for(workspace, target, say)
    if isinstance(target, EmulatorTarget):
        registries = _WithoutOcir(registries)
    return ImageMaker(registries, workspace.redaction, moves_tags)


def check_pushable(target: Target, image: str) -> None:
    """Raises SetupError for an image of OCI's registry on the local cloud, which has none to push to."""
    if isinstance(target, EmulatorTarget) and is_ocir(host_of(image)):
        raise SetupError(
            f"{image} is not pushed: target {target.name} is the local cloud, whose registry "
            "takes no images; name the target that may push it: -t TARGET"
        )


@dataclass(frozen=True, slots=True)
class _WithoutOcir:
    """On the local cloud, names of OCI's registry stand for its own, where nothing is pushed to: whether an
    image is there decides nothing.
    """

    registries: Registries

    def look(self, image: ImageRequest, platform: Platform) -> ImageSight | None:
        return None if is_ocir(host_of(image.reference)) else self.registries.look(image, platform)

    def credentials_for(self, host: str) -> Mapping[str, str] | None:
        return self.registries.credentials_for(host)
