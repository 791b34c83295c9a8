"""What the tags of images stand for, beside the pins in the manifests: as a table and as JSON."""

from collections.abc import Iterator, Sequence

from reconciler.core.model.configuration import Json
from reconciler.core.model.images.image import ImageFacts, NoSuchImage, NotLookedUp
from reconciler.core.model.images.pins import PinState, ResolvedImage
from reconciler.core.model.text import counted
from reconciler.report.style import clean
from reconciler.report.values import table_lines

API_VERSION = "reconciler.oci/image-resolve.v1"
HEAD = ("NAME", "IMAGE", "PLATFORM", "PIN")
_PINS = {
    PinState.UNPINNED: "none",
    PinState.UP_TO_DATE: "up to date",
    PinState.OUTDATED: "outdated",
}


def resolve_lines(images: Sequence[ResolvedImage], target: str) -> list[str]:
    """A table with a line for each manifest; below it the digest, and what is wrong."""
    if not images:
        return ["No manifests."]
    head, *lines = table_lines([HEAD, *(_cells(image) for image in images)])
    result = [head]
    for image, line in zip(images, lines, strict=True):
        result += [line, *(f"    {clean(more)}" for more in _below(image, target))]
    return result


def _cells(image: ResolvedImage) -> tuple[str, ...]:
    pin = _PINS.get(image.state, "-")
    return clean(image.name), clean(image.request.reference), clean(str(image.platform)), pin


def _below(image: ResolvedImage, target: str) -> Iterator[str]:
    if image.facts is not None:
        yield f"is {image.facts.digest}"
    if image.state is PinState.OUTDATED:
        yield f"pinned to {image.pin}"
    if why := _why(image, target):
        yield why


def _why(image: ResolvedImage, target: str) -> str:
    """Why there is no digest; empty when there is one."""
    match image.sight:
        case NoSuchImage(why):
            return f"no such image: {why}"
        case NotLookedUp(why):
            return f"not looked up: {why}"
        case ImageFacts() as facts:
            if image.facts is None:
                return f"an image for {facts.platform}, and the deployment's shape takes {image.platform}"
            return ""
        case None:
            return (
                f"nobody can say: target {target} is a local cloud, which takes any image of OCI's registry; "
                "name the target that it is for, with -t"
            )


def written_lines(written: Sequence[ResolvedImage]) -> list[str]:
    """Which manifests were changed."""
    if not written:
        return ["Nothing to write: every pin is up to date."]
    lines = [
        f"{clean(image.where.path)}: {clean(image.name)} is pinned to {image.wanted_pin}" for image in written
    ]
    return [*lines, f"{counted(len(written), 'pin')} written."]


def resolve_document(
    images: Sequence[ResolvedImage], written: Sequence[ResolvedImage], target: str
) -> dict[str, Json]:
    """The result of `image resolve` (schemas/image-resolve.v1.json)."""
    return {
        "apiVersion": API_VERSION,
        "target": target,
        "images": [_image(image, image in written, target) for image in images],
    }


def _image(image: ResolvedImage, written: bool, target: str) -> dict[str, Json]:
    facts = image.facts
    return {
        "name": image.name,
        "file": image.where.path,
        "line": image.where.line,
        "image": image.request.reference,
        "platform": str(image.platform),
        "digest": facts.digest if facts else None,
        "index": (facts.index or None) if facts else None,
        "pin": image.pin,
        "state": image.state.value,
        "why": _why(image, target),
        "written": written,
    }
