"""Rules on the tensors of a configuration for the pytorch backend, whatever its file takes (pytorch_backend
r24.10, src/libtorch.cc and libtorch_utils.cc).
"""

from collections.abc import Iterator
from typing import Any

from reconciler.core.model.text import LONGEST_WORD_SHOWN, cut
from reconciler.triton.config.protobuf import protobuf
from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.model_files.controls import controls_of
from reconciler.triton.rules.model_files.naming import indexed
from reconciler.triton.rules.rule import Fault, Field, Repository, Rule

CARRIED = frozenset(
    f"TYPE_{name}" for name in ("BOOL", "UINT8", "INT8", "INT16", "INT32", "INT64", "FP16", "FP32", "FP64")
)
TEXT = "TYPE_STRING"
STATE: Field = ("sequence_batching", "state")


def _judged(model: RepositoryModel) -> bool:
    return model.of_torchscript and not model.settings.runtime


def _types(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for field, item in _tensors(model):
        datatype = _name_of(item.data_type)
        if datatype not in CARRIED and datatype != TEXT and datatype != "TYPE_INVALID":
            what = f"the backend pytorch carries no {datatype}"
            advice = f"It carries {', '.join(sorted(CARRIED))} and {TEXT}."
            yield Fault(what, advice, (*field, "data_type"))


def _texts(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    message = model.message
    batch = 1 if message.max_batch_size > 0 else 0
    for field, item in _tensors(model):
        is_state = field[:2] == STATE
        if _name_of(item.data_type) != TEXT or (is_state and not batch and len(item.dims) < 2):
            continue
        reshaped = not is_state and item.HasField("reshape")
        dims = item.reshape.shape if reshaped else item.dims
        if len(dims) + batch > 1:
            what = "the backend pytorch carries texts in one dimension alone, the batch included"
            yield Fault(what, "Write one dimension, or `reshape { shape: [] }` in batches.", (*field, "dims"))


def _tensors(model: RepositoryModel) -> Iterator[tuple[Field, Any]]:
    if _judged(model):
        for kind in ("input", "output"):
            for index, item in enumerate(getattr(model.message, kind)):
                yield (kind, index), item
        for index, state in enumerate(model.message.sequence_batching.state):
            yield (*STATE, index), state


def _name_of(number: int) -> str:
    known = protobuf().DataType.DESCRIPTOR.values_by_number
    return str(known[number].name) if number in known else str(number)


def _sequences(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    """With a sequence batcher, all names must be of the kind `NAME__0`."""
    if not _judged(model) or not model.message.HasField("sequence_batching"):
        return
    for field, name in _named_in_sequences(model.message):
        if indexed(name) is None:
            shown = cut(name, LONGEST_WORD_SHOWN)
            what = f"{shown!r} is not of the form NAME__0, which sequences need with pytorch"
            yield Fault(what, "Put the number of the argument or result behind it, as in `NAME__0`.", field)


def _named_in_sequences(message: Any) -> Iterator[tuple[Field, str]]:
    for kind in ("input", "output"):
        for index, item in enumerate(getattr(message, kind)):
            yield (kind, index, "name"), item.name
    for control in controls_of(message):
        yield (*control.field, "name"), control.name
    for index, state in enumerate(message.sequence_batching.state):
        yield (*STATE, index, "input_name"), state.input_name
        yield (*STATE, index, "output_name"), state.output_name


def _correlation(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for control in controls_of(model.message) if _judged(model) else ():
        if f"TYPE_{control.datatype}" not in CARRIED:
            what = (
                f"the backend pytorch carries no TYPE_{control.datatype}, as the control {control.name!r} has"
            )
            yield Fault(what, "Write another data_type, such as TYPE_INT64.", (*control.field, "control"))


_SOURCE = "pytorch_backend, libtorch.cc, "
RULES = (
    Rule("torch-types", _SOURCE + "ValidateInputs, ValidateOutputs", _types),
    Rule("torch-texts", _SOURCE + "ValidateInputs, ValidateOutputs", _texts),
    Rule("torch-sequences", _SOURCE + "GetNamingConvention", _sequences),
    Rule("torch-correlation", _SOURCE + "ValidateTypedSequenceControl", _correlation),
)
