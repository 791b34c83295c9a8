"""Small ONNX models, as bytes. It imports onnx, which takes a second: tests import it where they use it."""

from collections.abc import Sequence

import onnx
from onnx import TensorProto, helper

Dims = Sequence[int | str | None] | None


def value(name: str, dims: Dims, kind: int = TensorProto.FLOAT) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, dims)


def model(
    nodes: Sequence[onnx.NodeProto],
    inputs: Sequence[onnx.ValueInfoProto],
    outputs: Sequence[onnx.ValueInfoProto],
    weights: Sequence[onnx.TensorProto] = (),
    ir_version: int = 8,
) -> onnx.ModelProto:
    graph = helper.make_graph(nodes, "g", inputs, outputs, weights)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 2)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=ir_version)


def identity(dims: Dims, out: Dims = (), kind: int = TensorProto.FLOAT) -> onnx.ModelProto:
    """y = x, of these dimensions; `out` are what the file claims of y where it claims others."""
    outputs = [value("y", dims if out == () else out, kind)]
    return model([helper.make_node("Identity", ["x"], ["y"])], [value("x", dims, kind)], outputs)


def two_pairs(first: Dims, second: Dims, out: Dims = (), kind: int = TensorProto.INT64) -> onnx.ModelProto:
    """y = x and t = s, which is of this kind; `out` is what the file claims of t."""
    nodes = [helper.make_node("Identity", ["x"], ["y"]), helper.make_node("Identity", ["s"], ["t"])]
    outputs = [value("y", first), value("t", second if out == () else out, kind)]
    return model(nodes, [value("x", first), value("s", second, kind)], outputs)


def sums() -> onnx.ModelProto:
    """t = s + x, and y = t: the sum so far, where t is the next s."""
    nodes = [helper.make_node("Add", ["s", "x"], ["t"]), helper.make_node("Identity", ["t"], ["y"])]
    both = [value(name, ["n", 3]) for name in "xsyt"]
    return model(nodes, both[:2], both[2:])


def with_file_beside(location: str) -> onnx.ModelProto:
    """y = x + w, three numbers, those of w in a file at this place."""
    w = TensorProto(dims=[3], data_type=TensorProto.FLOAT, name="w", data_location=TensorProto.EXTERNAL)
    w.external_data.add(key="location", value=location)
    return model([helper.make_node("Add", ["x", "w"], ["y"])], [value("x", [3])], [value("y", [3])], [w])


def optional_tensor() -> onnx.ModelProto:
    element = helper.make_tensor_type_proto(TensorProto.FLOAT, [3])
    x = helper.make_value_info("x", helper.make_optional_type_proto(element))
    return model([helper.make_node("OptionalGetElement", ["x"], ["y"])], [x], [value("y", [3])])


def constant_beside(out: Dims) -> onnx.ModelProto:
    """y = x of [n, 3], and c, which is always of [2, 3]; `out` is what the file claims of c."""
    fixed = helper.make_tensor("c", TensorProto.FLOAT, [2, 3], [0.0] * 6)
    nodes = [helper.make_node("Identity", ["x"], ["y"]), helper.make_node("Constant", [], ["c"], value=fixed)]
    return model(nodes, [value("x", ["n", 3])], [value("y", ["n", 3]), value("c", out)])


def with_weight(
    listed: bool, ir_version: int = 8, weights: Sequence[onnx.TensorProto] = ()
) -> onnx.ModelProto:
    """y = x + w. The weight w has a value, and is `listed` among the inputs as in old files, or not."""
    w = helper.make_tensor("w", TensorProto.FLOAT, [1], [1.0])
    inputs = [value("x", ["n", 3]), *([value("w", [1])] if listed else [])]
    nodes = [helper.make_node("Add", ["x", "w"], ["y"])]
    return model(nodes, inputs, [value("y", ["n", 3])], [w, *weights], ir_version)


def classes_by_name(beside: bool = False) -> onnx.ModelProto:
    """As of scikit-learn: its output is a sequence of maps. `beside`: z = x is an output, too."""
    node = helper.make_node("ZipMap", ["x"], ["y"], domain="ai.onnx.ml", classlabels_int64s=[0, 1, 2])
    element = helper.make_tensor_type_proto(TensorProto.FLOAT, [])
    maps = helper.make_sequence_type_proto(helper.make_map_type_proto(TensorProto.INT64, element))
    nodes = [node, *([helper.make_node("Identity", ["x"], ["z"])] if beside else [])]
    outputs = [helper.make_value_info("y", maps), *([value("z", ["n", 3])] if beside else [])]
    return model(nodes, [value("x", ["n", 3])], outputs)


def varint(number: int) -> bytes:
    low = number & 0x7F
    return bytes([low | 0x80]) + varint(number >> 7) if number >> 7 else bytes([low])


def field(number: int, length: int) -> bytes:
    """The beginning of a field of bytes."""
    return varint(number << 3 | 2) + varint(length)


def with_holes(sizes: Sequence[int]) -> list[bytes | int]:
    """y = x, and weights of these sizes, as onnx writes them, as pieces: bytes, and how many zeros."""
    whole = identity(["n", 3]).SerializeToString()
    graph = identity(["n", 3]).graph.SerializeToString()
    assert whole.count(graph) == 1
    weights: list[bytes | int] = []
    for number, size in enumerate(sizes):
        tensor = TensorProto(dims=[size], data_type=TensorProto.UINT8, name=f"w{number}").SerializeToString()
        tensor += field(9, size)
        weights += [field(5, len(tensor) + size) + tensor, size]
    length = len(graph) + sum(piece if isinstance(piece, int) else len(piece) for piece in weights)
    before, after = whole.split(field(7, len(graph)) + graph)
    return [before + field(7, length), *weights, graph + after]
