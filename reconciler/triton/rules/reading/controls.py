"""The controls of sequences: inputs that the server fills (backend r24.10, backend_common.cc,
GetBooleanSequenceControlProperties and GetTypedSequenceControlProperties). Nothing is judged here.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from reconciler.triton.config.protobuf import protobuf
from reconciler.triton.rules.reading.data_types import type_name
from reconciler.triton.rules.rule import Field

CORRID = "CONTROL_SEQUENCE_CORRID"
SWITCHES = ("CONTROL_SEQUENCE_START", "CONTROL_SEQUENCE_END", "CONTROL_SEQUENCE_READY")
VALUES = {"int32_false_true": "INT32", "fp32_false_true": "FP32", "bool_false_true": "BOOL"}
"""The fields of a switch's values, and its type by the one that is there."""


class WrittenControl(NamedTuple):
    """A control as it is written: its field, its tensor, itself, and the name of its kind, which is empty
    where Triton does not know it.
    """

    field: Field
    tensor: Any
    message: Any
    kind: str


class Control(NamedTuple):
    """An input that the server fills: its name, its type without `TYPE_`, and the field of its tensor."""

    name: str
    datatype: str
    field: Field


def written_controls(config: Any) -> Iterator[WrittenControl]:
    """All that a configuration has, given as its protobuf."""
    kinds = protobuf().ModelSequenceBatching.Control.Kind.DESCRIPTOR.values_by_number
    for index, tensor in enumerate(config.sequence_batching.control_input):
        for at, control in enumerate(tensor.control):
            kind = kinds[control.kind].name if control.kind in kinds else ""
            field = ("sequence_batching", "control_input", index, "control", at)
            yield WrittenControl(field, tensor, control, kind)


def controls_of(config: Any) -> list[Control]:
    """Those that a backend gives to its model: the first of each kind."""
    found: dict[str, Control] = {}
    for field, tensor, message, kind in written_controls(config):
        if tensor.name and kind in (*SWITCHES, CORRID):
            switch = next((name for key, name in VALUES.items() if getattr(message, key)), "")
            datatype = type_name(message.data_type).removeprefix("TYPE_") if kind == CORRID else switch
            found.setdefault(kind, Control(tensor.name, datatype, field[:3]))
    return list(found.values())
