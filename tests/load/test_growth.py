"""What reading manifests costs grows with their number, and no faster, whether they are right or wrong."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from support.growth import growth
from support.manifests import SMALL

from reconciler.core.errors import InvalidManifests
from reconciler.load import load_manifests

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


def test_a_file_of_many_documents_is_looked_up_as_often_as_one_of_few(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    real = os.path.realpath

    def counted(path: str, **options: bool) -> str:
        asked.append(path)
        return real(path, **options)

    monkeypatch.setattr(os.path, "realpath", counted)
    times = []
    for number in (2, 200):
        (root / "many.yaml").write_text("---\n" * number)
        asked.clear()
        with suppress(InvalidManifests):
            load_manifests([root / "many.yaml"], root, {})
        times.append(len(asked))
    assert times[0] == times[1] > 0
