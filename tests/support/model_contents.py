"""The smallest contents of model files that a server takes, for tests in which such a file only has to be
there: y = x, FP32, of any size. What makes two of them differ is a note.
"""

import os
from pathlib import Path

from tests.support.torchscript_files import forward, torchscript


def tiny_onnx(note: str = "", dims: tuple[int | str, ...] = ("n",)) -> str:
    """The file as text of ASCII: it can stand where tests write text. `note` is at most 100 letters."""
    shape = "".join(
        _field(1, _number(1, size) if isinstance(size, int) else _field(2, size)) for size in dims
    )
    kind = _field(2, _field(1, _number(1, 1) + _field(2, shape)))
    tensors = _field(11, _field(1, "x") + kind) + _field(12, _field(1, "y") + kind)
    node = _field(1, _field(1, "x") + _field(2, "y") + _field(4, "Identity"))
    opset = _field(8, _number(2, 17))
    return _number(1, 8) + _field(7, node + _field(2, "g") + tensors) + opset + _field(6, note)


def _number(field: int, value: int) -> str:
    assert value < 128
    return chr(field << 3) + chr(value)


def _field(field: int, content: str) -> str:
    assert len(content) < 128
    return chr(field << 3 | 2) + chr(len(content)) + content


ONNX = tiny_onnx()
TORCH = torchscript(forward())
PYTHON = """class TritonPythonModel:
    def execute(self, requests):
        return []
"""


def onnx_of_size(size: int, end: bytes = b"") -> bytes:
    """A model of so many bytes, of which the last are `end`; the other ones are zeros that nobody reads."""
    head = _onnx_before(size)
    return head + bytes(size - len(head) - len(end)) + end


def _onnx_before(size: int) -> bytes:
    """What comes before the zeros: a model, and the beginning of a field that no reader knows."""
    head = ONNX.encode() + b"\xa2\x06"
    length = size - len(head) - 9
    return head + bytes(length >> 7 * n & 127 | (128 if n < 8 else 0) for n in range(9))


def write_large(path: Path, size: int) -> None:
    """A model file of this size, nearly all of which is a hole. Its name tells its format."""
    path.write_bytes(_onnx_before(size) if path.suffix == ".onnx" else b"")
    tail = TORCH if path.suffix == ".pt" else b""
    os.truncate(path, size - len(tail))
    with path.open("ab") as file:
        file.write(tail)
