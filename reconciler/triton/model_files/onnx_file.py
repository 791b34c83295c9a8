"""The inputs and outputs of an ONNX model, from its file alone. Numbers of fields are those of onnx.proto.

Weights are skipped, so a file of gigabytes costs some kilobytes.
"""

from dataclasses import dataclass

from reconciler.triton.model_files.wire_format import Broken, Field, NotReadable, ReadAt, WireReader

STANDARD = "ai.onnx"
"""The other name of the standard operator set."""

MOST_TENSORS = 4096
MOST_DIMENSIONS = 64

_IR_VERSION, _GRAPH, _OPSET = 1, 7, 8  # ModelProto
_DOMAIN, _VERSION = 1, 2  # OperatorSetIdProto
_INITIALIZER, _INPUT, _OUTPUT, _SPARSE_INITIALIZER = 5, 11, 12, 15  # GraphProto
_TENSOR_NAME = 8  # TensorProto
_VALUES = 1  # SparseTensorProto
_NAME, _TYPE = 1, 2  # ValueInfoProto
_TENSOR_TYPE = 1  # TypeProto
_ELEMENT, _SHAPE = 1, 2  # TypeProto.Tensor
_DIMENSION = 1  # TensorShapeProto
_SIZE, _SYMBOL = 1, 2  # TensorShapeProto.Dimension; with neither the dimension is free

DATATYPES = {
    1: "FP32", 2: "UINT8", 3: "INT8", 4: "UINT16", 5: "INT16", 6: "INT32", 7: "INT64", 8: "STRING", 9: "BOOL",
    10: "FP16", 11: "FP64", 12: "UINT32", 13: "UINT64", 16: "BF16",
}  # fmt: skip
"""TensorProto.DataType in the words of Triton's model configuration, without `TYPE_`."""


TENSOR = "tensor"
NOTHING = "nothing"

_KINDS = {1: TENSOR, 4: "sequence", 5: "map", 7: "opaque value", 8: "sparse tensor", 9: "optional"}
"""TypeProto.value"""

OVERRIDABLE = 4
"""The first ir_version in which clients may send what has a value (ONNX, docs/IR.md, "Initializers")."""


@dataclass(frozen=True, slots=True)
class OnnxTensor:
    """An input or output. A free dimension is a text: its symbol, which may be empty. `dims` is None where
    the file says nothing of them. `datatype` is empty where Triton has no word for it; `kind` is what it is
    instead of a tensor, or `nothing` where the file does not say.
    """

    name: str
    datatype: str
    dims: tuple[int | str, ...] | None
    kind: str = TENSOR


@dataclass(frozen=True, slots=True)
class OnnxSignature:
    """What a model takes and gives, in the order of the file. `overridable` are inputs that have a value:
    clients may send them. `opsets` are the versions of operator sets by their domains, the standard one's
    is empty.
    """

    inputs: tuple[OnnxTensor, ...]
    outputs: tuple[OnnxTensor, ...]
    overridable: tuple[OnnxTensor, ...] = ()
    ir_version: int = 0
    opsets: tuple[tuple[str, int], ...] = ()


def read_onnx(read_at: ReadAt, size: int) -> OnnxSignature:
    """The signature of the ONNX file of this size. Raises NotReadable when it would take too much to read,
    and Broken when it is none.
    """
    reader = WireReader(read_at, size)
    graph = reader.only(reader.whole(), _GRAPH)
    if graph is None:
        raise Broken("it has no graph")
    ir_version = reader.only(reader.whole(), _IR_VERSION)
    listed, outputs, given = _graph(reader, graph)
    return OnnxSignature(
        tuple(item for item in listed if item.name not in given),
        tuple(outputs),
        # Weights may be listed as inputs, too. Nobody has to send what has a value.
        tuple(item for item in listed if item.name in given),
        ir_version.value if ir_version else 0,
        tuple(_opset(reader, field) for field in reader.each(reader.whole(), _OPSET)),
    )


def _graph(reader: WireReader, graph: Field) -> tuple[list[OnnxTensor], list[OnnxTensor], set[str]]:
    """What it lists as inputs and outputs, and the names of what has a value."""
    inputs, outputs, given = [], [], set[str]()
    for field in reader.fields(graph):
        if field.number == _INPUT:
            inputs.append(_tensor(reader, field))
        elif field.number == _OUTPUT:
            outputs.append(_tensor(reader, field))
        elif field.number == _INITIALIZER:
            given.add(reader.text(field, _TENSOR_NAME))
        elif field.number == _SPARSE_INITIALIZER and (values := reader.only(field, _VALUES)):
            given.add(reader.text(values, _TENSOR_NAME))
        if len(inputs) + len(outputs) > MOST_TENSORS:
            raise NotReadable(f"more than {MOST_TENSORS} inputs and outputs")
    return inputs, outputs, given


def _opset(reader: WireReader, field: Field) -> tuple[str, int]:
    version = reader.only(field, _VERSION)
    domain = reader.text(field, _DOMAIN)
    return "" if domain == STANDARD else domain, version.value if version else 0


def _tensor(reader: WireReader, value: Field) -> OnnxTensor:
    name, kind = reader.text(value, _NAME), reader.only(value, _TYPE)
    kinds = [_KINDS[field.number] for field in reader.fields(kind) if field.number in _KINDS] if kind else []
    if kind is None or kinds != [TENSOR]:
        return OnnxTensor(name, "", None, kinds[-1] if kinds else NOTHING)
    tensor = reader.only(kind, _TENSOR_TYPE)
    element = reader.only(tensor, _ELEMENT) if tensor else None
    if tensor is None or element is None or not element.value:
        return OnnxTensor(name, "", None, NOTHING)
    shape = reader.only(tensor, _SHAPE)
    dims = tuple(_dimension(reader, field) for field in reader.each(shape, _DIMENSION)) if shape else None
    if dims is not None and len(dims) > MOST_DIMENSIONS:
        raise NotReadable(f"{name!r} has more than {MOST_DIMENSIONS} dimensions")
    return OnnxTensor(name, DATATYPES.get(element.value, ""), dims)


def _dimension(reader: WireReader, dimension: Field) -> int | str:
    size, symbol = reader.only(dimension, _SIZE), reader.only(dimension, _SYMBOL)
    if size is None:
        return reader.decoded(symbol) if symbol else ""
    if symbol is not None:
        raise NotReadable("a dimension has both a size and a symbol")
    return size.value if size.value < 1 << 63 else ""
