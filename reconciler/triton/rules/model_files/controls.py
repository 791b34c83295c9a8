"""The controls of a sequence that a backend gives to its model as inputs (backend r24.10, backend_common.cc,
GetBooleanSequenceControlProperties and GetTypedSequenceControlProperties).
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from reconciler.triton.config.protobuf import protobuf
from reconciler.triton.rules.rule import Field

_BOOLEAN = ("CONTROL_SEQUENCE_START", "CONTROL_SEQUENCE_END", "CONTROL_SEQUENCE_READY")
_TYPED = "CONTROL_SEQUENCE_CORRID"
_VALUES = (("int32_false_true", "INT32"), ("fp32_false_true", "FP32"), ("bool_false_true", "BOOL"))


class Control(NamedTuple):
    """An input that the server fills: its name, its type without `TYPE_`, and where it is in the
    configuration.
    """

    name: str
    datatype: str
    field: Field


def controls_of(message: Any) -> list[Control]:
    """The first of each kind."""
    found: dict[str, Control] = {}
    for kind, control in _controls(message):
        found.setdefault(kind, control)
    return list(found.values())


def _controls(message: Any) -> Iterator[tuple[str, Control]]:
    types = protobuf().DataType.DESCRIPTOR.values_by_number
    for index, item in enumerate(message.sequence_batching.control_input):
        field = ("sequence_batching", "control_input", index)
        for control in item.control:
            kind = (
                type(control).Kind.Name(control.kind) if control.kind in type(control).Kind.values() else ""
            )
            if kind in _BOOLEAN and item.name:
                datatype = next((name for key, name in _VALUES if getattr(control, key)), "")
                yield kind, Control(item.name, datatype, field)
            elif kind == _TYPED and item.name:
                datatype = types[control.data_type].name if control.data_type in types else ""
                yield kind, Control(item.name, datatype.removeprefix("TYPE_"), field)
