"""Files of this machine, and texts, through the port of model repositories."""

import os
from pathlib import Path

import pytest

from reconciler.core.model.artifact import Folder, Inline, LocalFile, Remote, Source
from reconciler.triton.files.local_files import LocalFiles


@pytest.fixture
def files(tmp_path: Path) -> LocalFiles:
    (tmp_path / "weights").write_bytes(b"0123456789")
    sources: dict[str, Source] = {
        "m/1/model.onnx": LocalFile(str(tmp_path / "weights")),
        "m/config.pbtxt": Inline("name: 'é'"),
        "m/2/": Folder(),
        "m/3/model.onnx": Remote("https://example.com/model.onnx"),
    }
    return LocalFiles(sources)


@pytest.mark.parametrize(
    ("path", "content"),
    [("m/1/model.onnx", b"0123456789"), ("m/config.pbtxt", "name: 'é'".encode()), ("m/2/", b"")],
)
def test_any_part_of_a_file_can_be_read(files: LocalFiles, path: str, content: bytes) -> None:
    assert path in files.paths()
    assert files.size(path) == len(content)
    for offset, length in ((0, 99), (0, 3), (4, 3), (4, 99), (99, 1), (0, 0)):
        assert files.read(path, offset, length) == content[offset : offset + length]


def test_a_file_that_is_fetched_later_cannot_be_read(files: LocalFiles) -> None:
    with pytest.raises(OSError, match="it is not on this machine"):
        files.size("m/3/model.onnx")
    with pytest.raises(OSError, match="it is not on this machine"):
        files.read("m/3/model.onnx", 0, 1)


@pytest.mark.parametrize("kind", ["pipe", "folder", "nothing"])
def test_what_is_not_a_file_is_not_waited_for(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "place"
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "folder":
        place.mkdir()
    files = LocalFiles({"m": LocalFile(str(place))})
    with pytest.raises(OSError, match=r"not a regular file|No such file"):
        files.read("m", 0, 1)
    with pytest.raises(OSError, match=r"not a regular file|No such file"):
        files.size("m")
