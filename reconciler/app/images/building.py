"""image build: composes the images of manifests in the container engine of this machine."""

from collections.abc import Iterator, Sequence

from reconciler.adapters.git.repository import revision
from reconciler.app.images.maker import ImageMaker, Progress
from reconciler.app.images.of_target import image_maker
from reconciler.app.workspace import Say, Workspace
from reconciler.core.model.errors import ReconcilerError
from reconciler.core.model.images.making import BuiltImage, RequestedImage
from reconciler.core.model.spec import Revision
from reconciler.core.model.target import Target


def build_images(
    workspace: Workspace,
    target: Target,
    images: Sequence[RequestedImage],
    progress: Progress,
    say: Say,
) -> Iterator[BuiltImage]:
    """Compose these images, one after another. An image that fails does not keep the others from it."""
    commit = revision(workspace.root)
    maker = image_maker(workspace, target, say)
    for requested in images:
        yield _built(maker, requested, commit.commit if isinstance(commit, Revision) else "", progress)


def _built(maker: ImageMaker, requested: RequestedImage, commit: str, progress: Progress) -> BuiltImage:
    try:
        making = maker.make(requested.image, requested.build, commit, progress)
    except ReconcilerError as error:
        return BuiltImage(requested, error)
    return BuiltImage(requested, making)
