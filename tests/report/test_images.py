"""What became of images, in lines and as JSON."""

from reconciler.core.model.errors import Failed, ReconcilerError
from reconciler.core.model.images.image import ImageBuild
from reconciler.core.model.images.making import BuiltImage, Making, Push, PushedImage, RequestedImage
from reconciler.report.images import (
    build_document,
    build_lines,
    push_document,
    push_lines,
    without_build_words,
)
from tests.support.schemas import fits

IMAGE = "iad.ocir.io/acme/triton:1.0"
DIGEST, FORMER = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"
WRONG = Failed("it is full\n    Free some. \x1b[2J")


def wanted(*manifests: str) -> RequestedImage:
    return RequestedImage(IMAGE, ImageBuild("2.51.0", ("onnxruntime",)), manifests)


BUILT = [
    BuiltImage(wanted("vision"), Making.BUILT),
    BuiltImage(wanted(*(f"d{number}" for number in range(7))), Making.IN_REGISTRY),
    BuiltImage(wanted("falcon"), WRONG),
]
PUSHED = [
    PushedImage(wanted("vision"), Push(DIGEST, sent=True, moved_from=FORMER)),
    PushedImage(wanted("vision", "too"), Push(DIGEST, sent=False)),
    PushedImage(wanted("falcon"), WRONG),
]


def test_lines() -> None:
    assert [line for one in BUILT for line in build_lines(one)] == [
        f"{IMAGE}  built  (vision)",
        f"{IMAGE}  in the registry already  (7 deployments)",
        "error: it is full",
        "    Free some. \\x1b[2J",
    ]
    assert [line for one in PUSHED for line in push_lines(one)] == [
        f"{IMAGE}  {DIGEST}  pushed  (vision)",
        f"    the tag has moved: before it stood for {FORMER}",
        f"{IMAGE}  {DIGEST}  in the registry already  (vision, too)",
        "error: it is full",
        "    Free some. \\x1b[2J",
    ]
    assert without_build_words(["a", "b"]).endswith(": a, b")


def test_documents_fit_their_schemas() -> None:
    built, pushed = build_document("prod", BUILT, ["theirs"]), push_document("prod", PUSHED, [])
    for document in (built, pushed, build_document("prod", [], [])):
        fits(document)
    assert [one["result"] for one in built["images"]] == ["built", "in the registry already", None]
    assert [one["error"] is None for one in pushed["images"]] == [True, True, False]
    assert issubclass(Failed, ReconcilerError)
