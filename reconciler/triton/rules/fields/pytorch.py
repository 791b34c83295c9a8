"""Rules on what the backend pytorch takes as inputs and outputs, whatever the model is (pytorch_backend,
libtorch.cc, ValidateInputs, ValidateOutputs and ValidateBooleanSequenceControl).
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from reconciler.core.model.text import counted
from reconciler.triton.backends import MODEL_FILE
from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.fields.sequences.controls import SWITCHES, controls_of
from reconciler.triton.rules.reading.completion import may_complete
from reconciler.triton.rules.reading.data_types import TEXT, type_name
from reconciler.triton.rules.reading.tensor_list import INPUT, OUTPUT, quoted, tensors_of
from reconciler.triton.rules.rule import Fault, Repository, Rule

PYTORCH = "pytorch"
TAKEN = frozenset(
    {
        *("TYPE_BOOL", "TYPE_UINT8", "TYPE_INT8", "TYPE_INT16", "TYPE_INT32", "TYPE_INT64"),
        *("TYPE_FP16", "TYPE_FP32", "TYPE_FP64", TEXT),
    }
)
_NUMBERED = re.compile(r"(?:(?!__).)*__[0-9]*", re.DOTALL)


def _of_library(model: RepositoryModel) -> bool:
    """Whether the library of the backend runs it as TorchScript, and not a model.py."""
    file = PurePosixPath(model.settings.model_file or MODEL_FILE[PYTORCH]).parts[:1]
    there = all(set(file) <= model.versions[number] for number in model.served)
    return model.config is not None and model.of_torchscript and there and not may_complete(model)


def _no_tensors(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for kind in (INPUT, OUTPUT) if _of_library(model) else ():
        if not getattr(model.message, kind):
            what = f"{model.name!r} declares no {kind}, and the backend pytorch completes none"
            yield Fault(what, f"Add `{kind}`.", (kind,))


def _data_type(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for tensor in tensors_of(model) if _of_library(model) else ():
        name = type_name(tensor.message.data_type)
        if tensor.message.data_type and name not in TAKEN:
            what = f"{tensor.title} has {name}, which the backend pytorch does not take"
            yield Fault(what, f"It takes {', '.join(sorted(TAKEN))}.", tensor.field("data_type"))


def _texts(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    batch = 1 if model.message.max_batch_size > 0 else 0
    for tensor in tensors_of(model) if _of_library(model) else ():
        message = tensor.message
        dims = len(message.reshape.shape if message.HasField("reshape") else message.dims) + batch
        if type_name(message.data_type) == TEXT and dims > 1:
            what = f"{tensor.title} has texts in {counted(dims, 'dimension')}, the batch counted"
            advice = "The backend pytorch takes one: reshape it, or set max_batch_size to 0."
            yield Fault(what, advice, tensor.field("dims"))


def _numbered_control(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for field, tensor, _control, kind in controls_of(model) if _of_library(model) else ():
        if kind in SWITCHES and tensor.name and not _NUMBERED.fullmatch(tensor.name):
            what = f"control_input {quoted(tensor.name)} does not end with the number of an input"
            yield Fault(what, f"Name it as in {tensor.name[:20]}__1.", (*field[:3], "name"))


_SOURCE = "pytorch_backend, libtorch.cc, ModelInstanceState"
RULES = (
    Rule("no-tensors-of-pytorch", f"{_SOURCE}::ValidateInputs and ValidateOutputs", _no_tensors),
    Rule("type-of-pytorch", f"{_SOURCE}::ValidateInputs and ValidateOutputs", _data_type),
    Rule("texts-of-pytorch", f"{_SOURCE}::ValidateInputs and ValidateOutputs", _texts),
    Rule("numbered-control-of-pytorch", f"{_SOURCE}::ValidateBooleanSequenceControl", _numbered_control),
)
