"""NVIDIA's images by Triton's releases."""

import re

import pytest

from reconciler.core.model.images.image import ImageBuild
from reconciler.triton.images.releases import CONTAINER, base_image, full_image, release_order


@pytest.mark.parametrize(
    ("triton", "container"), [("2.30.0", "23.01"), ("2.51.0", "24.10"), ("2.59.1", "25.07")]
)
def test_known_releases(triton: str, container: str) -> None:
    build = ImageBuild(triton, ("onnxruntime",))
    assert full_image(build) == f"nvcr.io/nvidia/tritonserver:{container}-py3"
    assert base_image(build) == f"nvcr.io/nvidia/tritonserver:{container}-py3-min"


def test_there_is_one_for_each_month() -> None:
    months = [(int(year), int(month)) for year, month in (text.split(".") for text in CONTAINER.values())]
    following = [(year + month // 12, month % 12 + 1) for year, month in months[:-1]]
    assert months[1:] == following
    assert sorted(CONTAINER, key=release_order) == list(CONTAINER)
    assert all(re.fullmatch(r"2\.[0-9]+\.[0-9]+", triton) for triton in CONTAINER)


def test_what_a_manifest_names_comes_first() -> None:
    build = ImageBuild("9.9.9", ("onnxruntime",), base="a.example/base:1")
    assert (base_image(build), full_image(build)) == ("a.example/base:1", None)
