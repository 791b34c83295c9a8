"""Artifacts that are damaged or dangerous in any way are refused as bad artifacts."""

import contextlib
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datascience_emulator.store import unpack as module
from datascience_emulator.store.unpack import BadArtifact, unpack
from tests.support.examples import examples


def pack(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return target.getvalue()


def unpacked(data: bytes, folder: Path) -> Path:
    (folder / "a.zip").write_bytes(data)
    unpack(folder / "a.zip", folder / "out")
    return folder / "out"


@pytest.mark.parametrize(
    ("names", "hint"),
    [
        (["."], "parts; 1 to 100"),
        (["./"], "parts; 1 to 100"),
        (["a", "a/b"], "as a file and a folder"),
        (["a", "a/"], "as a file and a folder"),
        (["a/", "a"], "as a file and a folder"),
        (["a/b", "a"], "as a file and a folder"),
        (["a", "./a"], "twice"),
        (["n" * 300], "cannot be unpacked: .*File name too long"),
        (["n" * 300 + "/"], "cannot be unpacked: .*File name too long"),
        (["d/" * 1500 + "f"], "parts; 1 to 100"),
        (["x/"] * 11, "11 entries"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_cannot_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: list[str], hint: str
) -> None:
    monkeypatch.setattr(module, "_MAX_ENTRIES", 10)
    data = pack(*((name, b"" if name.endswith("/") else b"x") for name in names))
    with pytest.raises(BadArtifact, match=hint):
        unpacked(data, tmp_path)


def test_corrupt_content(tmp_path: Path) -> None:
    data = bytearray(pack(("weights", bytes(range(256)) * 40)))
    start = 30 + len("weights")
    data[start : start + 40] = b"\xff" * 40
    with pytest.raises(BadArtifact, match="not a readable zip"):
        unpacked(bytes(data), tmp_path)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_methods(tmp_path: Path, method: int) -> None:
    with pytest.raises(BadArtifact, match="neither stored nor deflated"):
        unpacked(pack(("a", b"content"), method=method), tmp_path)


def test_a_relative_name_is_fine(tmp_path: Path) -> None:
    assert (
        unpacked(pack(("./m/1/", b""), ("./m/1/model", b"x")), tmp_path) / "m/1/model"
    ).read_bytes() == b"x"


GOOD = pack(("m/config.pbtxt", b"name: 'm'" * 50), ("m/1/", b""), ("m/1/model", bytes(range(256)) * 4))


@settings(max_examples=examples(100))
@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_damage_of_any_kind(tmp_path_factory: pytest.TempPathFactory, damage: list[tuple[int, int]]) -> None:
    data = bytearray(GOOD)
    for position, value in damage:
        data[position] = value
    folder = tmp_path_factory.mktemp("damaged")
    with contextlib.suppress(BadArtifact):
        unpacked(bytes(data), folder)
    assert {path.name for path in folder.iterdir()} <= {"a.zip", "out"}
