"""The tensors of an ONNX model that are in other files (ONNX, docs/ExternalData.md). Numbers of fields are
those of onnx.proto.

The tensors themselves are not read, neither in the model's file nor in another.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.triton.files.port import RepositoryFiles
from reconciler.triton.model_files.port_reader import reader_of
from reconciler.triton.model_files.wire_format import MOST_NESTED, Field, NotReadable, WireReader

_MODEL, _GRAPH, _NODE, _ATTRIBUTE, _FUNCTION, _SPARSE, _TENSOR = range(7)

_INSIDE = {
    _MODEL: {7: _GRAPH, 25: _FUNCTION},
    _GRAPH: {1: _NODE, 5: _TENSOR, 15: _SPARSE},
    _NODE: {5: _ATTRIBUTE},
    _ATTRIBUTE: {5: _TENSOR, 6: _GRAPH, 10: _TENSOR, 11: _GRAPH, 22: _SPARSE, 23: _SPARSE},
    _FUNCTION: {7: _NODE},
    _SPARSE: {1: _TENSOR, 2: _TENSOR},
}
"""Which messages hold which others, by the number of the field. A tensor holds none that matters."""

_DIMS, _DATA_TYPE, _NAME, _EXTERNAL_DATA, _DATA_LOCATION = 1, 2, 8, 13, 14  # TensorProto
_EXTERNAL = 1  # TensorProto.DataLocation
_KEY, _VALUE = 1, 2  # StringStringEntryProto


_BITS = {
    1: 32, 2: 8, 3: 8, 4: 16, 5: 16, 6: 32, 7: 64, 9: 8, 10: 16, 11: 64, 12: 32, 13: 64, 14: 64, 15: 128,
    16: 16, 17: 8, 18: 8, 19: 8, 20: 8, 21: 4, 22: 4, 23: 4, 24: 8,
}  # fmt: skip
"""Of one element, by TensorProto.DataType. Texts have none."""

LARGEST_SIZE = 1 << 63


@dataclass(frozen=True, slots=True)
class ExternalTensor:
    """A tensor in another file: `entries` are the keys and values that say where, as they are written. `size`
    are the bytes that it takes there; None where nobody can tell.
    """

    name: str
    entries: tuple[tuple[str, str], ...]
    size: int | None = None

    @property
    def location(self) -> str:
        """The path of the file, from the folder of the model's file; empty where none is named."""
        return dict(self.entries).get("location", "")


def external_data(files: RepositoryFiles, path: str) -> tuple[str, ...]:
    """The paths of the other files that hold tensors of the ONNX file at `path`, sorted, as it writes them:
    they start at its folder, and may be anything. Raises NotReadable, and OSError or Failed as the port does.
    """
    reader = WireReader(*reader_of(files, path))
    return tuple(sorted({tensor.location for tensor in external_tensors(reader)} - {""}))


def external_tensors(reader: WireReader) -> Iterator[ExternalTensor]:
    """All tensors of the model that are in other files, those of subgraphs and functions too. Raises
    NotReadable.
    """
    for tensor in _tensors(reader):
        if found := _external(reader, tensor):
            yield found


def _external(reader: WireReader, tensor: Field) -> ExternalTensor | None:
    entries: list[tuple[str, str]] = []
    name, elsewhere, kind, count, packed = "", False, 0, 1, False
    for field in reader.fields(tensor):
        if field.number == _DATA_LOCATION:
            elsewhere = field.value == _EXTERNAL
        elif field.number == _EXTERNAL_DATA:
            entries.append((reader.text(field, _KEY), reader.text(field, _VALUE)))
        elif field.number == _NAME:
            name = reader.decoded(field)
        elif field.number == _DATA_TYPE:
            kind = field.value
        elif field.number == _DIMS:
            packed = packed or field.place is not None
            count = min(count * field.value, LARGEST_SIZE)
    if not elsewhere:
        return None
    known = kind in _BITS and not packed and count < LARGEST_SIZE
    return ExternalTensor(name, tuple(entries), (count * _BITS[kind] + 7) // 8 if known else None)


def _tensors(reader: WireReader) -> Iterator[Field]:
    """All tensors, in the order of the file; without recursion, for they may be deep inside."""
    around = [(_INSIDE[_MODEL], reader.fields(reader.whole()))]
    while around:
        inside, fields = around[-1]
        field = next(fields, None)
        kind = inside.get(field.number) if field else None
        if field is None:
            around.pop()
        elif kind == _TENSOR:
            yield field
        elif kind is not None:
            around.append((_INSIDE[kind], reader.fields(field)))
            if len(around) > MOST_NESTED:
                raise NotReadable(f"more than {MOST_NESTED} messages inside each other")
