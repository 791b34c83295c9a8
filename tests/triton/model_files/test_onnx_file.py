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

from reconciler.triton.model_files.onnx_file import DATATYPES, OnnxTensor, read_onnx
from reconciler.triton.model_files.wire_format import MOST_BYTES, MOST_FIELDS, MOST_READS, NotReadable
from tests.support.holes import Counted
from tests.support.onnx_models import field, identity, model, value, varint, with_holes, with_weight

SHIPPED = sorted((Path(onnx.__file__).parent / "backend/test/data").rglob("*.onnx"))


def signature_of(content: bytes) -> tuple[list[OnnxTensor], list[OnnxTensor]]:
    read = read_onnx(Counted(content), len(content))
    return list(read.inputs), list(read.outputs)


def names_of(content: bytes) -> list[str]:
    return [tensor.name for tensor in signature_of(content)[0]]


def told_by_onnx(values: Sequence[onnx.ValueInfoProto]) -> list[OnnxTensor]:
    return [
        OnnxTensor(
            value.name,
            DATATYPES[value.type.tensor_type.elem_type],
            tuple(
                size.dim_value if size.HasField("dim_value") else size.dim_param
                for size in value.type.tensor_type.shape.dim
            )
            if value.type.tensor_type.HasField("shape")
            else None,
        )
        for value in values
    ]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_as_the_package_reads_it(path: Path) -> None:
    read = onnx.load(path, load_external_data=False)
    weights = {tensor.name for tensor in read.graph.initializer}
    inputs = [value for value in read.graph.input if value.name not in weights]
    assert signature_of(path.read_bytes()) == (told_by_onnx(inputs), told_by_onnx(read.graph.output))


@pytest.mark.parametrize("ir_version", [3, 8])
def test_what_has_a_value_need_not_be_sent(ir_version: int) -> None:
    content = with_weight(listed=True, ir_version=ir_version).SerializeToString()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    assert names_of(content) == [item.name for item in session.get_inputs()] == ["x"]


def test_nor_what_has_a_sparse_value() -> None:
    numbers = helper.make_tensor("w", TensorProto.FLOAT, [1], [1.0])
    places = helper.make_tensor("", TensorProto.INT64, [1], [0])
    node = helper.make_node("Add", ["x", "w"], ["y"])
    made = model([node], [value("x", ["n", 3]), value("w", [3])], [value("y", ["n", 3])])
    made.graph.sparse_initializer.append(helper.make_sparse_tensor(numbers, places, [3]))
    content = made.SerializeToString()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    assert names_of(content) == [item.name for item in session.get_inputs()] == ["x"]


def test_weights_in_another_file_are_no_matter(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    large = helper.make_tensor("large", TensorProto.UINT8, [16], bytes(16), raw=True)
    made = with_weight(listed=False, weights=[large])
    onnx.save_model(made, path, save_as_external_data=True, location="weights", size_threshold=0)
    assert (tmp_path / "weights").stat().st_size >= 16
    assert names_of(path.read_bytes()) == ["x"]


@pytest.mark.parametrize("sizes", [[2_000 << 20], [7 << 20] * 285, [1 << 20, 64] * 500], ids=len)
def test_two_gigabytes_of_weights_cost_less_than_a_megabyte(sizes: list[int]) -> None:
    counted = Counted(*with_holes(sizes))
    assert [tensor.name for tensor in read_onnx(counted, counted.size).inputs] == ["x"]
    assert counted.read < 600_000
    assert counted.reads <= MOST_READS


def test_weights_that_onnx_writes_are_skipped_as_well() -> None:
    kinds = TensorProto
    weights = [
        helper.make_tensor(f"w{n}", kinds.UINT8, [50_000], bytes(50_000), raw=True) for n in range(500)
    ]
    counted = Counted(with_weight(listed=False, weights=weights).SerializeToString())
    assert len(read_onnx(counted, counted.size).inputs) == 1
    assert counted.read < 300_000


def test_small_fields_are_read_together() -> None:
    small = [helper.make_tensor(f"w{n}", TensorProto.FLOAT, [4], [1.0] * 4) for n in range(5000)]
    counted = Counted(with_weight(listed=False, weights=small).SerializeToString())
    assert len(read_onnx(counted, counted.size).inputs) == 1
    assert counted.reads < 20


GRAPH = identity(["n", 3]).graph.SerializeToString()
INPUT = value("x", [1]).SerializeToString()

REFUSED: dict[str, Callable[[], Counted]] = {
    "nothing": lambda: Counted(b""),
    "no model": lambda: Counted(b"PK\x03\x04 and more"),
    "zeros": lambda: Counted(1000),
    "cut": lambda: Counted(identity(["n", 3]).SerializeToString()[:-5]),
    "a length without an end": lambda: Counted(b"\x3a" + b"\xff" * 12),
    "a number without an end": lambda: Counted(b"\x08" + b"\xff" * 12),
    "a negative length": lambda: Counted(b"\x3a" + varint(2**64 - 1) + b" " * 9),
    "a graph that is longer than the file": lambda: Counted(b"\x3a\xff\xff\xff\xff\x0f"),
    "an input that is longer than the graph": lambda: Counted(
        field(7, 10) + field(11, len(INPUT)) + INPUT + field(12, 0)
    ),
    "a graph that is a number": lambda: Counted(b"\x38\x01"),
    "two graphs": lambda: Counted((field(7, len(GRAPH)) + GRAPH) * 2),
    "an unknown kind of field": lambda: Counted(b"\x3b\x3c"),
    "endless small fields": lambda: Counted(field(7, 16 << 20), b"\x08\x01" * (8 << 20)),
    "endless fields of a kilobyte": lambda: Counted((field(1, 1 << 10) + bytes(1 << 10)) * (5 << 10)),
    "100,000 weights": lambda: Counted(*with_holes([10_000] * 100_000)),
    "too many inputs": lambda: Counted(
        field(7, 5000 * (len(INPUT) + 2)) + (field(11, len(INPUT)) + INPUT) * 5000
    ),
    "a name without an end": lambda: Counted(identity(["n" * 5000, 3]).SerializeToString()),
    "a name of other bytes": lambda: Counted(
        identity(["n", 3]).SerializeToString().replace(b"\x01x", b"\x01\xff")
    ),
    "too many dimensions": lambda: Counted(identity([1] * 100).SerializeToString()),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_model_is_not_readable(name: str) -> None:
    counted = REFUSED[name]()
    with pytest.raises(NotReadable):
        read_onnx(counted, counted.size)
    assert counted.read <= MOST_BYTES
    assert counted.reads <= MOST_READS


def test_the_number_of_fields_has_a_bound() -> None:
    counted = Counted(field(7, 2 * MOST_FIELDS + 2) + b"\x08\x01" * (MOST_FIELDS + 1))
    with pytest.raises(NotReadable, match="fields"):
        read_onnx(counted, counted.size)


def test_a_file_that_shrinks_is_not_readable() -> None:
    content = with_weight(listed=True).SerializeToString()
    with pytest.raises(NotReadable):
        read_onnx(lambda offset, length: content[offset : offset + length][:-1], len(content))


@given(st.integers(0, 2**32))
def test_damaged_files_end_in_a_signature_or_in_this_error(seed: int) -> None:
    chance, content = random.Random(seed), bytearray(with_weight(listed=True).SerializeToString())
    for _ in range(chance.randint(1, 4)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    with suppress(NotReadable):
        read_onnx(Counted(bytes(content)), len(content))
