"""What a shape runs, and what the labels of an image say that we have composed."""

import pytest

from reconciler.core.model.images.image import (
    Composition,
    ImageBuild,
    ImageFacts,
    Platform,
    composition_of,
    platform_of,
)


@pytest.mark.parametrize(
    ("shape", "architecture"),
    [
        ("VM.Standard.A1.Flex", "arm64"),
        ("VM.Standard.A2.Flex", "arm64"),
        ("BM.Standard.A1.160", "arm64"),
        ("VM.Standard.E4.Flex", "amd64"),
        ("VM.Standard3.Flex", "amd64"),
        ("VM.GPU.A10.1", "amd64"),
        ("BM.GPU.A100-v2.8", "amd64"),
    ],
)
def test_what_a_shape_runs(shape: str, architecture: str) -> None:
    assert platform_of(shape) == Platform(architecture)


def test_equal_builds_for_different_processors_are_different_images() -> None:
    one, other = ImageBuild("2.51.0", ("python",)), ImageBuild("2.51.0", ("python",), architecture="arm64")
    assert one.tag != other.tag
    assert (one.platform, other.platform) == (Platform("amd64"), Platform("arm64"))


def test_labels_say_what_an_image_is_made_of() -> None:
    labels = {"reconciler.triton": "2.51.0", "reconciler.backends": "python, onnxruntime,,python"}
    assert composition_of(labels) == Composition("2.51.0", ("onnxruntime", "python"), (), "")
    more = {**labels, "reconciler.repo-agents": "checksum", "reconciler.build": "b"}
    assert composition_of(more) == Composition("2.51.0", ("onnxruntime", "python"), ("checksum",), "b")


@pytest.mark.parametrize("labels", [{}, {"reconciler.triton": "2.51.0"}, {"reconciler.backends": "python"}])
def test_without_them_nobody_knows(labels: dict[str, str]) -> None:
    assert composition_of(labels) is None


def test_a_pin_may_name_the_index_or_the_manifest() -> None:
    facts = ImageFacts("sha256:m", 1, Platform(), index="sha256:i")
    assert [facts.pinned_by(pin) for pin in ("sha256:m", "sha256:i", "sha256:x", None, "")] == [
        *(True, True, False, False, False)
    ]
    assert not ImageFacts("sha256:m", 1, Platform()).pinned_by("")
