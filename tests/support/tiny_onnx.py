"""A whole ONNX model as text: y = x, FP32, of any size, in a hundred bytes. Tests use it where a model file
only has to be there; what makes two of them differ is a note.
"""


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
