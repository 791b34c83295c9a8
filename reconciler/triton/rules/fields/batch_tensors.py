"""Rules on `batch_input` and `batch_output` (core, model_config_utils.cc, ValidateBatchIO; backend,
backend_common.cc, BatchInput::Init and BatchOutput::ParseFromModelConfig).
"""

from collections.abc import Iterator
from functools import cache, partial
from typing import Any

from reconciler.core.model.text import counted
from reconciler.triton.backends import ONNXRUNTIME
from reconciler.triton.config.protobuf import protobuf
from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.reading.completion import completes, knows_inputs
from reconciler.triton.rules.reading.data_types import type_name
from reconciler.triton.rules.reading.tensor_list import listed, quoted
from reconciler.triton.rules.rule import Fault, Repository, Rule

LISTS = ("batch_input", "batch_output")


def _each(model: RepositoryModel) -> Iterator[tuple[str, int, Any]]:
    for field in LISTS:
        for index, item in enumerate(getattr(model.message, field)):
            yield field, index, item


def _number_of_sources(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for field, index, item in _each(model):
        if (count := len(item.source_input)) != 1:
            what = f"{field} takes one source_input, and it has {count}"
            yield Fault(what, "Name one input.", (field, index, "source_input"))


def _unknown_source(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    inputs = {tensor.name for tensor in model.message.input}
    known = cache(partial(knows_inputs, model))
    for field, index, item in _each(model):
        unknown = [name for name in item.source_input if name not in inputs]
        if unknown and known():
            what = f"{field} has the source_input {quoted(unknown[0])}, which is not an input"
            yield Fault(what, f"Inputs are {listed(list(inputs))}.", (field, index, "source_input"))


def _data_type(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    types = protobuf().DataType
    for index, item in enumerate(model.message.batch_input):
        if item.data_type not in (types.Value("TYPE_INT32"), types.Value("TYPE_FP32")):
            what = f"batch_input has {type_name(item.data_type)} as its data_type"
            yield Fault(what, "Write TYPE_INT32 or TYPE_FP32.", ("batch_input", index, "data_type"))


def _target(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    outputs = {tensor.name for tensor in model.message.output}
    filled_in = not outputs and model.backend == ONNXRUNTIME
    completed = completes(model)
    for index, item in enumerate(model.message.batch_output):
        names = list(item.target_name)
        field = ("batch_output", index, "target_name")
        unknown = [name for name in names if name not in outputs]
        if not names:
            what = "batch_output has no target_name, which ends a server that loads it"
            yield Fault(what, "Name an output.", field)
        elif len(names) > len(set(names)):
            what = f"batch_output has {counted(len(names), 'target_name')}, some of them the same"
            yield Fault(what, "Name each output once.", field)
        elif unknown and not filled_in and not completed():
            what = f"batch_output has the target_name {quoted(unknown[0])}, which is not an output"
            yield Fault(what, f"Outputs are {listed(list(outputs))}.", field)


_CORE = "core, model_config_utils.cc, ValidateBatchIO"
RULES = (
    Rule("sources-of-batch-tensor", _CORE, _number_of_sources),
    Rule("unknown-source-of-batch-tensor", _CORE, _unknown_source),
    Rule("type-of-batch-input", _CORE, _data_type),
    Rule("target-of-batch-output", f"{_CORE}; backend, BatchOutput::ParseFromModelConfig", _target),
)
