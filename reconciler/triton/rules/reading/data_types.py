"""Dims and data types: how many values and bytes a tensor has, and how texts are packed in a file."""

from collections.abc import Sequence

from reconciler.triton.config.protobuf import protobuf

ANY_SIZE = -1
WRAP = 1 << 64
"""The server counts values in 64 bits."""

TEXT = "TYPE_STRING"
BYTES = {
    **dict.fromkeys(("TYPE_BOOL", "TYPE_UINT8", "TYPE_INT8"), 1),
    **dict.fromkeys(("TYPE_UINT16", "TYPE_INT16", "TYPE_FP16", "TYPE_BF16"), 2),
    **dict.fromkeys(("TYPE_UINT32", "TYPE_INT32", "TYPE_FP32"), 4),
    **dict.fromkeys(("TYPE_UINT64", "TYPE_INT64", "TYPE_FP64"), 8),
}
LENGTH = 4
"""Bytes of the length before each text (server docs, "Tensor data types": serialized byte tensors)."""


def type_name(number: int) -> str:
    """As in a configuration, `no type` where there is none, and the number where Triton does not know it."""
    if not number:
        return "no type"
    known = protobuf().DataType.DESCRIPTOR.values_by_number
    return str(known[number].name) if number in known else str(number)


def element_count(sizes: Sequence[int]) -> int:
    """How many values there are, as the server counts: -1 where a size is variable, 0 for no sizes."""
    if ANY_SIZE in sizes:
        return ANY_SIZE
    return product(sizes) if sizes else 0


def product(sizes: Sequence[int]) -> int:
    """1 for no sizes."""
    values = 1
    for size in sizes:
        values = values * size % WRAP
    return values


def shown_sizes(sizes: Sequence[int]) -> str:
    """Dims as in `[1, -1]`, and not too many."""
    return f"[{', '.join(map(str, sizes[:8]))}{', …' if len(sizes) > 8 else ''}]"


def bytes_of(data_type: int, dims: Sequence[int]) -> int:
    """Bytes of a tensor; of one whose type has no size, four for each value, as the server takes it."""
    return element_count(dims) * BYTES.get(type_name(data_type), LENGTH)


def texts_in(data: bytes) -> int | None:
    """How many texts are packed; None when the last one is cut."""
    at = count = 0
    while at < len(data):
        if at + LENGTH > len(data):
            return None
        at += LENGTH + int.from_bytes(data[at : at + LENGTH], "little")
        count += 1
    return count if at == len(data) else None
