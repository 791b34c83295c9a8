"""The inputs and outputs of an ONNX model, from its file alone. Numbers of fields are those of onnx.proto.

Weights are skipped, so a file of gigabytes costs some kilobytes.
"""

from dataclasses import dataclass

from reconciler.triton.model_files.wire_format import Field, NotReadable, ReadAt, WireReader

MOST_TENSORS = 4096
MOST_DIMENSIONS = 64

_GRAPH = 7  # ModelProto
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


@dataclass(frozen=True, slots=True)
class OnnxTensor:
    """An input or output. A free dimension is a text: its symbol, which may be empty. `dims` is None where
    the file says nothing of them.
    """

    name: str
    datatype: str
    dims: tuple[int | str, ...] | None


@dataclass(frozen=True, slots=True)
class OnnxSignature:
    """What a model takes and gives, in the order of the file."""

    inputs: tuple[OnnxTensor, ...]
    outputs: tuple[OnnxTensor, ...]


def read_onnx(read_at: ReadAt, size: int) -> OnnxSignature:
    """The signature of the ONNX file of this size. Raises NotReadable when it is none, when something in it
    is no tensor that Triton carries, or when it would take too much to read.
    """
    reader = WireReader(read_at, size)
    graph = reader.only(reader.whole(), _GRAPH)
    if graph is None:
        raise NotReadable("it has no graph")
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
    # Weights may be listed as inputs, too. Nobody has to send what has a value.
    return OnnxSignature(tuple(item for item in inputs if item.name not in given), tuple(outputs))


def _tensor(reader: WireReader, value: Field) -> OnnxTensor:
    name, kind = reader.text(value, _NAME), reader.only(value, _TYPE)
    tensor = reader.only(kind, _TENSOR_TYPE) if kind else None
    element = reader.only(tensor, _ELEMENT) if tensor else None
    if tensor is None or element is None or element.value not in DATATYPES:
        raise NotReadable(f"{name!r} is no tensor that Triton carries")
    shape = reader.only(tensor, _SHAPE)
    dims = tuple(_dimension(reader, field) for field in reader.each(shape, _DIMENSION)) if shape else None
    if dims is not None and len(dims) > MOST_DIMENSIONS:
        raise NotReadable(f"{name!r} has more than {MOST_DIMENSIONS} dimensions")
    return OnnxTensor(name, DATATYPES[element.value], dims)


def _dimension(reader: WireReader, dimension: Field) -> int | str:
    size, symbol = reader.only(dimension, _SIZE), reader.only(dimension, _SYMBOL)
    if size is None:
        return reader.decoded(symbol) if symbol else ""
    if symbol is not None:
        raise NotReadable("a dimension has both a size and a symbol")
    return size.value if size.value < 1 << 63 else ""
