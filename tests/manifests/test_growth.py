"""What reading manifests costs grows with their number, and no faster, whether they are right or wrong."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from support.growth import growth
from support.manifests import SMALL

from reconciler.core.model.errors import InvalidManifests
from reconciler.manifests.loading import load_manifests

LINEAR = 1.03


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("shape: VM.GPU.A10.1", "shape: 1"),
        ("name: NAME", "name: again"),
        ("models/model.onnx", "models/absent.onnx"),
    ],
    ids=["right", "wrong", "the same name", "no such file"],
)
def test_reading_is_linear(root: Path, old: str, new: str) -> None:
    text = SMALL.replace(old, new) if old else SMALL

    def make(number: int) -> Callable[[], object]:
        folder = root / f"of-{number}"
        for index in range(number):
            path = folder / f"{index:04}.yaml"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text.replace("NAME", f"vision{index}").replace("models/", "../manifests/models/"))

        def act() -> None:
            with suppress(InvalidManifests):
                load_manifests([folder], root, {})

        return act

    assert growth(make, 30) < LINEAR
