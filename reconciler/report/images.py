"""What became of images that were built or pushed: in lines, and as JSON."""

from collections.abc import Sequence

from reconciler.core.model.configuration import Json
from reconciler.core.model.errors import ReconcilerError
from reconciler.core.model.images.making import BuiltImage, Push, PushedImage, RequestedImage
from reconciler.core.model.text import counted
from reconciler.report.errors import error_part
from reconciler.report.style import clean, indented

BUILD_VERSION = "reconciler.oci/image-build.v1"
PUSH_VERSION = "reconciler.oci/image-push.v1"


def without_build_words(manifests: Sequence[str]) -> str:
    """That the images of these manifests are built by somebody else."""
    names = ", ".join(map(clean, manifests))
    return f"left out, because no image.build says what the image is made of: {names}"


def build_lines(one: BuiltImage) -> tuple[str, ...]:
    """What became of an image that was to be built."""
    if isinstance(one.result, ReconcilerError):
        return _error_lines(one.result)
    return (f"{clean(one.requested.image)}  {one.result.value}  ({_for(one.requested)})",)


def push_lines(one: PushedImage) -> tuple[str, ...]:
    """What became of an image that was to be pushed."""
    match one.result:
        case Push() as push:
            how = "pushed" if push.sent else "in the registry already"
            lines = [f"{clean(one.requested.image)}  {push.digest}  {how}  ({_for(one.requested)})"]
            if push.moved_from:
                lines.append(f"    the tag has moved: before it stood for {clean(push.moved_from)}")
            return tuple(lines)
        case error:
            return _error_lines(error)


def build_document(target: str, images: Sequence[BuiltImage], without_build: Sequence[str]) -> Json:
    """The result of `image build` (schemas/image-build.v1.json)."""
    built: list[Json] = [
        _requested(one.requested)
        | (
            {"result": None, "error": error_part(one.result)}
            if isinstance(one.result, ReconcilerError)
            else {"result": one.result.value, "error": None}
        )
        for one in images
    ]
    return {
        "apiVersion": BUILD_VERSION,
        "target": target,
        "images": built,
        "withoutBuild": list(without_build),
    }


def push_document(target: str, images: Sequence[PushedImage], without_build: Sequence[str]) -> Json:
    """The result of `image push` (schemas/image-push.v1.json)."""
    pushed: list[Json] = [_requested(one.requested) | _pushed(one.result) for one in images]
    return {
        "apiVersion": PUSH_VERSION,
        "target": target,
        "images": pushed,
        "withoutBuild": list(without_build),
    }


def _pushed(result: Push | ReconcilerError) -> dict[str, Json]:
    if isinstance(result, ReconcilerError):
        return {"digest": None, "sent": False, "movedFrom": None, "error": error_part(result)}
    return {
        "digest": result.digest,
        "sent": result.sent,
        "movedFrom": result.moved_from or None,
        "error": None,
    }


def _requested(requested: RequestedImage) -> dict[str, Json]:
    return {
        "image": requested.image,
        "build": requested.build.digest,
        "manifests": list(requested.manifests),
    }


def _for(requested: RequestedImage) -> str:
    names = ", ".join(map(clean, requested.manifests))
    few = len(requested.manifests) <= MOST_NAMED
    return names if few else counted(len(requested.manifests), "deployment")


MOST_NAMED = 5


def _error_lines(error: ReconcilerError) -> tuple[str, ...]:
    return tuple(f"error: {indented(str(error))}".split("\n"))
