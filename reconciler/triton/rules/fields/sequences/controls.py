"""Rules on the controls of sequences (core, model_config_utils.cc, GetBooleanSequenceControlProperties and
GetTypedSequenceControlProperties).
"""

from collections.abc import Iterator

from reconciler.triton.config.protobuf import protobuf
from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.reading.controls import CORRID, SWITCHES, VALUES, written_controls
from reconciler.triton.rules.reading.tensor_list import quoted
from reconciler.triton.rules.rule import Fault, Repository, Rule

TYPES_OF_CORRID = ("TYPE_UINT64", "TYPE_INT64", "TYPE_UINT32", "TYPE_INT32", "TYPE_STRING")


def _names(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, tensor in enumerate(model.message.sequence_batching.control_input):
        field = ("sequence_batching", "control_input", index)
        if not tensor.name:
            yield Fault("a control_input has no name", "Add `name`.", field)
        elif tensor.name in seen:
            what = f"control_input {quoted(tensor.name)} is there twice"
            yield Fault(what, "Give each tensor one control_input.", (*field, "name"))
        seen.add(tensor.name)


def _kind_twice(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    seen: set[str] = set()
    for field, _tensor, _control, kind in written_controls(model.message):
        if kind and kind in seen:
            yield Fault(f"{kind} is controlled twice", "Keep one of them.", (*field, "kind"))
        seen.add(kind)


def _values(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for field, _tensor, control, kind in written_controls(model.message):
        given = [name for name in VALUES if getattr(control, name)]
        if kind == CORRID and given:
            yield Fault(f"{CORRID} takes no {given[0]}", f"Take `{given[0]}` out.", (*field, given[0]))
        elif kind in SWITCHES and len(given) != 1:
            what = f"{kind} has {'no values' if not given else f'both {given[0]} and {given[1]}'}"
            yield Fault(what, f"Give it one of {', '.join(VALUES)}.", field)
        elif kind in SWITCHES and (count := len(getattr(control, given[0]))) != 2:
            what = f"{given[0]} of {kind} takes two values, and it has {count}"
            yield Fault(what, "Write the value for false, then that for true.", (*field, given[0]))


def _type_of_corrid(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    types = protobuf().DataType
    for field, _tensor, control, kind in written_controls(model.message):
        if kind == CORRID and control.data_type not in map(types.Value, TYPES_OF_CORRID):
            what = f"{CORRID} has {'another' if control.data_type else 'no'} data_type"
            yield Fault(what, f"Write one of {', '.join(TYPES_OF_CORRID)}.", (*field, "data_type"))


_BOTH = (
    "core, model_config_utils.cc, GetBooleanSequenceControlProperties and GetTypedSequenceControlProperties"
)
RULES = (
    Rule("names-of-controls", _BOTH, _names),
    Rule("control-twice", _BOTH, _kind_twice),
    Rule("values-of-control", _BOTH, _values),
    Rule("type-of-corrid", "core, model_config_utils.cc, ValidateModelConfig", _type_of_corrid),
)
