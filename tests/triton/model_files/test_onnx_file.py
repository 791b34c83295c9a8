"""Signatures of ONNX files are what the package onnx and ONNX Runtime say; large weights are not read."""

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import onnx
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from reconciler.triton.model_files.onnx_file import DATATYPES, MOST_BYTES, OnnxTensor, read_onnx
from reconciler.triton.model_files.wire_format import NotReadable

SHIPPED = sorted((Path(onnx.__file__).parent / "backend/test/data").rglob("*.onnx"))


class Counted:
    """Bytes that are read at an offset; it counts them."""

    def __init__(self, content: bytes) -> None:
        self.content, self.read, self.reads = content, 0, 0

    def __call__(self, offset: int, length: int) -> bytes:
        self.read, self.reads = self.read + length, self.reads + 1
        return self.content[offset : offset + length]


def signature_of(content: bytes) -> tuple[list[OnnxTensor], list[OnnxTensor]]:
    read = read_onnx(Counted(content), len(content))
    return list(read.inputs), list(read.outputs)


def told_by_onnx(values: Sequence[onnx.ValueInfoProto]) -> list[OnnxTensor]:
    return [
        OnnxTensor(
            value.name,
            DATATYPES[value.type.tensor_type.elem_type],
            tuple(size.dim_value or -1 for size in value.type.tensor_type.shape.dim)
            if value.type.tensor_type.HasField("shape")
            else None,
        )
        for value in values
    ]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_as_the_package_reads_it(path: Path) -> None:
    model = onnx.load(path, load_external_data=False)
    weights = {tensor.name for tensor in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in weights]
    assert signature_of(path.read_bytes()) == (told_by_onnx(inputs), told_by_onnx(model.graph.output))


def made(weights: bytes = b"", version: int = 8, listed: bool = False) -> bytes:
    """y = x + w, with weights of its own beside, listed as inputs as in old files, or not."""
    kinds = TensorProto
    w = helper.make_tensor("w", kinds.FLOAT, [1], [1.0])
    large = helper.make_tensor("large", kinds.UINT8, [len(weights)], weights, raw=True)
    inputs = [helper.make_tensor_value_info("x", kinds.FLOAT, ["n", 3])]
    if listed:
        inputs.append(helper.make_tensor_value_info("w", kinds.FLOAT, [1]))
        inputs.append(helper.make_tensor_value_info("large", kinds.UINT8, [len(weights)]))
    outputs = [helper.make_tensor_value_info("y", kinds.FLOAT, ["n", 3])]
    graph = helper.make_graph([helper.make_node("Add", ["x", "w"], ["y"])], "g", inputs, outputs, [w, large])
    opset = helper.make_opsetid("", 17)
    return bytes(helper.make_model(graph, opset_imports=[opset], ir_version=version).SerializeToString())


@pytest.mark.parametrize("version", [3, 8])
def test_what_has_a_value_need_not_be_sent(version: int) -> None:
    content = made(version=version, listed=True)
    inputs, _ = signature_of(content)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    assert [tensor.name for tensor in inputs] == [item.name for item in session.get_inputs()] == ["x"]


def test_large_weights_are_not_read() -> None:
    counted = Counted(made(bytes(50 << 20)))
    assert [tensor.name for tensor in read_onnx(counted, len(counted.content)).inputs] == ["x"]
    assert counted.read < 10_000
    assert counted.reads < 10


def test_a_thousand_weights_take_little() -> None:
    kinds = TensorProto
    weights = [
        helper.make_tensor(f"w{n}", kinds.UINT8, [50_000], bytes(50_000), raw=True) for n in range(1000)
    ]
    value = helper.make_tensor_value_info("x", kinds.FLOAT, [1])
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["x"])], "g", [value], [value], weights)
    counted = Counted(helper.make_model(graph).SerializeToString())
    read_onnx(counted, len(counted.content))
    assert counted.read < 1 << 20


REFUSED: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "no model": lambda: b"PK\x03\x04 and more",
    "cut": lambda: made()[:-5],
    "a length without an end": lambda: b"\x3a" + b"\xff" * 12,
    "a graph that is longer than the file": lambda: b"\x3a\xff\xff\xff\xff\x0f",
    "endless small fields": lambda: b"\x3a" + b"\x80\x80\x80\x04" + b"\x08\x01" * (4 << 20),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_model_is_not_readable(name: str) -> None:
    counted = Counted(REFUSED[name]())
    with pytest.raises(NotReadable):
        read_onnx(counted, len(counted.content))
    assert counted.read <= MOST_BYTES


@given(st.integers(0, 2**32))
def test_damaged_files_end_in_a_signature_or_in_this_error(seed: int) -> None:
    chance, content = random.Random(seed), bytearray(made(b"weights", listed=True))
    for _ in range(chance.randint(1, 4)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    with suppress(NotReadable):
        read_onnx(Counted(bytes(content)), len(content))
