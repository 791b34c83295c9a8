"""Rules on what the backend pytorch takes as inputs and outputs, whatever the model is (pytorch_backend
r24.10, src/libtorch.cc).
"""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from reconciler.core.model.text import counted
from reconciler.triton.backends import MODEL_FILE, PYTORCH
from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.reading.controls import controls_of
from reconciler.triton.rules.reading.data_types import TEXT, type_name
from reconciler.triton.rules.reading.pytorch import by_library, number_in
from reconciler.triton.rules.reading.tensor_list import INPUT, OUTPUT, quoted
from reconciler.triton.rules.rule import Fault, Field, Repository, Rule

TAKEN = frozenset(
    {
        *("TYPE_BOOL", "TYPE_UINT8", "TYPE_INT8", "TYPE_INT16", "TYPE_INT32", "TYPE_INT64"),
        *("TYPE_FP16", "TYPE_FP32", "TYPE_FP64", TEXT),
    }
)
STATE: Field = ("sequence_batching", "state")


def _no_tensors(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    file = PurePosixPath(model.settings.model_file or MODEL_FILE[PYTORCH]).parts[:1]
    there = all(set(file) <= model.versions[number] for number in model.served)
    for kind in (INPUT, OUTPUT) if by_library(model) and model.config is not None and there else ():
        if not getattr(model.message, kind):
            what = f"{model.name!r} declares no {kind}, and the backend pytorch completes none"
            yield Fault(what, f"Add `{kind}`.", (kind,))


def _tensors(model: RepositoryModel) -> Iterator[tuple[Field, str, Any]]:
    """Inputs, outputs and states: the field of each, what messages call it, and its protobuf."""
    if by_library(model):
        for kind in (INPUT, OUTPUT):
            for index, item in enumerate(getattr(model.message, kind)):
                yield (kind, index), f"{kind} {quoted(item.name)}", item
        for index, state in enumerate(model.message.sequence_batching.state):
            yield (*STATE, index), f"the state {quoted(state.input_name)}", state


def _data_type(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for field, title, item in _tensors(model):
        name = type_name(item.data_type)
        if item.data_type and name not in TAKEN:
            what = f"{title} has {name}, which the backend pytorch does not take"
            yield Fault(what, f"It takes {', '.join(sorted(TAKEN))}.", (*field, "data_type"))


def _texts(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    batch = 1 if model.message.max_batch_size > 0 else 0
    for field, title, item in _tensors(model):
        reshaped = field[:2] != STATE and item.HasField("reshape")
        dims = len(item.reshape.shape if reshaped else item.dims) + batch
        if type_name(item.data_type) == TEXT and dims > 1:
            what = f"{title} has texts in {counted(dims, 'dimension')}, the batch counted"
            advice = "The backend pytorch takes one: reshape it, or set max_batch_size to 0."
            yield Fault(what, advice, (*field, "dims"))


def _sequences(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    """With a sequence batcher, all names must end with a number."""
    if not by_library(model) or not model.message.HasField("sequence_batching"):
        return
    for field, name in _names(model.message):
        if number_in(name) is None:
            what = f"{quoted(name)} does not end as in NAME__0, which sequences need with pytorch"
            yield Fault(what, "Put the number of the argument or result behind it.", field)


def _names(config: Any) -> Iterator[tuple[Field, str]]:
    for kind in (INPUT, OUTPUT):
        for index, item in enumerate(getattr(config, kind)):
            yield (kind, index, "name"), item.name
    for control in controls_of(config):
        yield (*control.field, "name"), control.name
    for index, state in enumerate(config.sequence_batching.state):
        yield (*STATE, index, "input_name"), state.input_name
        yield (*STATE, index, "output_name"), state.output_name


def _control(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for control in controls_of(model.message) if by_library(model) else ():
        name = f"TYPE_{control.datatype}"
        if name not in TAKEN - {TEXT}:
            what = f"the control {quoted(control.name)} has {name}, which the backend pytorch does not take"
            yield Fault(what, "Write another data_type, such as TYPE_INT64.", (*control.field, "control"))


_SOURCE = "pytorch_backend, libtorch.cc, "
_VALIDATE = f"{_SOURCE}ModelInstanceState::ValidateInputs and ValidateOutputs"
RULES = (
    Rule("no-tensors-of-pytorch", _VALIDATE, _no_tensors),
    Rule("type-of-pytorch", _VALIDATE, _data_type),
    Rule("texts-of-pytorch", _VALIDATE, _texts),
    Rule("names-of-pytorch", f"{_SOURCE}GetNamingConvention", _sequences),
    Rule("control-of-pytorch", f"{_SOURCE}ModelInstanceState::ValidateTypedSequenceControl", _control),
)
