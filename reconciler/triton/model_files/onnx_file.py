"""The inputs and outputs of an ONNX model, from its file alone. Numbers of fields are those of
onnx.proto, 1.x.

Weights are skipped, so a file of gigabytes costs some kilobytes. It is what the backend of Triton completes a
configuration from, when a model has none.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.triton.model_files.wire_format import Field, NotReadable, ReadAt, WireReader

MOST_BYTES = 4 << 20
"""That are read of one file."""

LONGEST_NAME = 4096
MOST_TENSORS = 4096

_GRAPH = 7  # ModelProto
_INITIALIZER, _INPUT, _OUTPUT = 5, 11, 12  # GraphProto
_TENSOR_NAME = 8  # TensorProto
_NAME, _TYPE = 1, 2  # ValueInfoProto
_TENSOR_TYPE = 1  # TypeProto
_ELEMENT, _SHAPE = 1, 2  # TypeProto.Tensor
_DIMENSION = 1  # TensorShapeProto
_SIZE = 1  # TensorShapeProto.Dimension; without it the dimension is free

DATATYPES = {
    1: "FP32", 2: "UINT8", 3: "INT8", 4: "UINT16", 5: "INT16", 6: "INT32", 7: "INT64", 8: "STRING", 9: "BOOL",
    10: "FP16", 11: "FP64", 12: "UINT32", 13: "UINT64", 16: "BF16",
}  # fmt: skip
"""TensorProto.DataType in the words of Triton's model configuration, without `TYPE_`."""


@dataclass(frozen=True, slots=True)
class OnnxTensor:
    """An input or output; -1 is a dimension that is free. `dims` is None where the rank is open."""

    name: str
    datatype: str
    dims: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class OnnxSignature:
    """What the model takes and gives, in the order of the file."""

    inputs: tuple[OnnxTensor, ...]
    outputs: tuple[OnnxTensor, ...]


def read_onnx(read_at: ReadAt, size: int) -> OnnxSignature:
    """The signature of the ONNX file of this size. Raises NotReadable when it is none, or too large a one."""
    reader = WireReader(read_at, size, MOST_BYTES)
    graphs = [field for field in reader.fields(0, size) if field.number == _GRAPH]
    if len(graphs) != 1:
        raise NotReadable("it has no graph")
    inputs, outputs, given = [], [], set[str]()
    for field in reader.fields(graphs[0].start, graphs[0].end):
        match field.number:
            case 11:
                inputs.append(_tensor(reader, field))
            case 12:
                outputs.append(_tensor(reader, field))
            case 5:
                given.add(_text(reader, field, _TENSOR_NAME))
        if len(inputs) + len(outputs) > MOST_TENSORS:
            raise NotReadable(f"more than {MOST_TENSORS} inputs and outputs")
    # Before IR version 4, weights were listed as inputs, too. Nobody has to send what has a value.
    return OnnxSignature(tuple(item for item in inputs if item.name not in given), tuple(outputs))


def _tensor(reader: WireReader, value: Field) -> OnnxTensor:
    name, tensor = _text(reader, value, _NAME), None
    for kind in _inside(reader, value, _TYPE):
        tensor = next(_inside(reader, kind, _TENSOR_TYPE), None)
    if tensor is None:
        raise NotReadable(f"{name!r} is no tensor")
    element = [field.value for field in _inside(reader, tensor, _ELEMENT)][-1:]
    if not element or element[0] not in DATATYPES:
        raise NotReadable(f"{name!r} has elements of an unknown kind")
    shapes = list(_inside(reader, tensor, _SHAPE))
    dims = None
    if shapes:
        dims = tuple(_size(reader, field) for field in _inside(reader, shapes[-1], _DIMENSION))
    return OnnxTensor(name, DATATYPES[element[0]], dims)


def _size(reader: WireReader, dimension: Field) -> int:
    sizes = [field.value for field in _inside(reader, dimension, _SIZE)]
    return sizes[-1] if sizes and 0 < sizes[-1] < 1 << 63 else -1


def _inside(reader: WireReader, message: Field, number: int) -> Iterator[Field]:
    return (field for field in reader.fields(message.start, message.end) if field.number == number)


def _text(reader: WireReader, message: Field, number: int) -> str:
    for field in _inside(reader, message, number):
        if field.end - field.start > LONGEST_NAME:
            raise NotReadable(f"a name of more than {LONGEST_NAME} bytes")
        return reader.content(field).decode(errors="replace")
    return ""
