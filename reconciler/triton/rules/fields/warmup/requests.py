"""Rules on whether warm-up requests fit the inputs of the model (core, infer_request.cc,
InferenceRequest::Normalize). Inputs that a backend may add are not blamed for being unknown.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.fields.warmup.data import samples
from reconciler.triton.rules.reading.completion import knows_inputs, knows_largest_batch
from reconciler.triton.rules.reading.data_types import ANY_SIZE, shown_sizes, type_name
from reconciler.triton.rules.reading.tensor_list import listed, quoted
from reconciler.triton.rules.rule import Fault, Field, Repository, Rule

MOST_NAMED = 5
"""Inputs that a message names."""


def _declared(model: RepositoryModel) -> Iterator[tuple[Field, str, Any, Any]]:
    """Each warm-up input that the model declares: its field, its name, its protobuf and the declared one."""
    declared = {tensor.name: tensor for tensor in reversed(model.message.input)}
    for field, sample in samples(model):
        for name in sorted(declared.keys() & set(sample.inputs)):
            yield (*field, "inputs", name), name, sample.inputs[name], declared[name]


def _other_type(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for field, name, given, declared in _declared(model):
        if declared.data_type and given.data_type != declared.data_type:
            types = f"{type_name(given.data_type)}, and the input {type_name(declared.data_type)}"
            what = f"the warm-up input {quoted(name)} has {types}"
            yield Fault(what, "Give both the same data_type.", (*field, "data_type"))


def _other_dims(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for field, name, given, declared in _declared(model):
        dims, expected = list(given.dims), list(declared.dims)
        if ANY_SIZE not in dims and expected and not _fits(dims, expected):
            both = f"{shown_sizes(dims)}, and the input {shown_sizes(expected)}"
            what = f"the warm-up input {quoted(name)} has dims {both}"
            yield Fault(what, "Write dims that fit, without the dimension of the batch.", (*field, "dims"))


def _fits(dims: Sequence[int], expected: Sequence[int]) -> bool:
    return len(dims) == len(expected) and all(
        size >= 0 and asked in (ANY_SIZE, size) for size, asked in zip(dims, expected, strict=True)
    )


def _lacking(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    """The server counts the inputs only: an optional one makes up for one that is not, and so may one that a
    backend adds.
    """
    made = list(samples(model))
    complete = bool(made) and knows_inputs(model)
    declared = {tensor.name for tensor in model.message.input}
    required = [tensor.name for tensor in model.message.input if not tensor.optional]
    for field, sample in made:
        given = (declared if complete else set(sample.inputs)) & set(sample.inputs)
        if len(given) < len(required):
            lacking = listed(list(islice((name for name in required if name not in given), MOST_NAMED)))
            what = f"the warm-up request {quoted(sample.name)} lacks the input {lacking}"
            yield Fault(what, "Add it to `inputs`.", (*field, "inputs"))
        elif not sample.inputs and complete and model.message.max_batch_size > 0:
            what = f"the warm-up request {quoted(sample.name)} has no input, so no batch size"
            yield Fault(what, "Add one to `inputs`.", (*field, "inputs"))


def _large(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    largest = max(model.message.max_batch_size, 1)
    large = [(field, sample) for field, sample in samples(model) if sample.batch_size > largest]
    for field, sample in large if large and knows_largest_batch(model) else ():
        what = f"a warm-up request has a batch_size of {sample.batch_size}, and the model takes {largest}"
        yield Fault(what, f"Write {largest} or less.", (*field, "batch_size"))


_SOURCE = "core, infer_request.cc, InferenceRequest::Normalize"
RULES = (
    Rule("type-of-warmup-input", _SOURCE, _other_type),
    Rule("dims-of-warmup-input", _SOURCE, _other_dims),
    Rule("inputs-of-warmup", "core, infer_request.cc, InferenceRequest::ValidateRequestInputs", _lacking),
    Rule("batch-size-of-warmup", "python_backend, python_be.cc, CheckIncomingRequests", _large),
)
