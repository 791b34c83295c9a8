"""image push: pushes images that were composed to their registries."""

from collections.abc import Iterator, Sequence

from reconciler.app.images.maker import ImageMaker, Progress
from reconciler.app.images.of_target import check_pushable, image_maker
from reconciler.app.workspace import Say, Workspace
from reconciler.core.model.errors import ReconcilerError
from reconciler.core.model.images.making import PushedImage, RequestedImage
from reconciler.core.model.target import Target


def push_images(
    workspace: Workspace,
    target: Target,
    images: Sequence[RequestedImage],
    progress: Progress,
    say: Say,
) -> Iterator[PushedImage]:
    """Push these images, one after another. An image that fails does not keep the others from it. A tag that
    a manifest names is moved; one that is made from a build never stands for another image.
    """
    maker = image_maker(workspace, target, say, moves_tags=True)
    for requested in images:
        yield _pushed(maker, target, requested, progress)


def _pushed(maker: ImageMaker, target: Target, requested: RequestedImage, progress: Progress) -> PushedImage:
    try:
        check_pushable(target, requested.image)
        return PushedImage(requested, maker.send(requested.image, requested.build, progress))
    except ReconcilerError as error:
        return PushedImage(requested, error)
