"""Rules on the data of warm-up requests (core, backend_model_instance.cc, GenerateWarmupData). What the model
answers to them is not judged: that would mean to run it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reconciler.core.model.text import counted
from reconciler.triton.repository_model import ENSEMBLE, RepositoryModel
from reconciler.triton.rules.reading.data_types import (
    ANY_SIZE,
    TEXT,
    bytes_of,
    element_count,
    texts_in,
    type_name,
)
from reconciler.triton.rules.reading.named_files import find, not_a_file
from reconciler.triton.rules.reading.tensor_list import quoted
from reconciler.triton.rules.rule import Fault, Field, Repository, Rule

FOLDER = "warmup"
LARGEST_TEXTS = 1 << 20
"""Bytes of a file with texts that are still counted."""


@dataclass(frozen=True, slots=True)
class WarmupInput:
    """An input of a warm-up request: its field, its name and its protobuf."""

    field: Field
    name: str
    message: Any

    @property
    def title(self) -> str:
        return f"the warm-up input {quoted(self.name)}"

    @property
    def file(self) -> str | None:
        """Where its data is read from."""
        named = self.message.WhichOneof("input_data_type") == "input_data_file"
        return f"{FOLDER}/{self.message.input_data_file}" if named else None


def samples(model: RepositoryModel) -> Iterator[tuple[Field, Any]]:
    """The warm-up requests that are made, each with its field. Passive instances are not warmed up."""
    groups = model.message.instance_group
    passive = bool(groups) and all(group.passive for group in groups)
    for index, sample in enumerate(model.message.model_warmup):
        if sample.batch_size and not passive and model.backend != ENSEMBLE:
            yield ("model_warmup", index), sample


def _inputs(model: RepositoryModel) -> Iterator[WarmupInput]:
    for field, sample in samples(model):
        for name in sorted(sample.inputs):
            yield WarmupInput((*field, "inputs", name), name, sample.inputs[name])


def _no_data(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for item in _inputs(model):
        if not item.message.WhichOneof("input_data_type"):
            advice = "Add `zero_data: true`, `random_data: true` or `input_data_file`."
            yield Fault(f"{item.title} has no data", advice, item.field)


def _variable(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for item in _inputs(model):
        if ANY_SIZE in item.message.dims:
            what = f"{item.title} has a variable size (-1)"
            yield Fault(what, "Write how large the request's input is.", (*item.field, "dims"))


def _data_file(model: RepositoryModel, repository: Repository) -> Iterator[Fault]:
    for item in _inputs(model):
        if item.file is None:
            continue
        field = (*item.field, "input_data_file")
        place = find(model, repository, item.file)
        yield from not_a_file(
            place, f"the file {quoted(item.file)} of {item.title}", quoted(item.file), field
        )
        size = place.size()
        if type_name(item.message.data_type) == TEXT:
            yield from _texts(item, place.read(LARGEST_TEXTS + 1), field)
        elif size is not None and size < (needed := bytes_of(item.message.data_type, item.message.dims)):
            what = f"the file of {item.title} has {size} bytes, and its dims take {needed}"
            yield Fault(what, "Write all values to it, or smaller dims.", field)


def _texts(item: WarmupInput, data: bytes | None, field: Field) -> Iterator[Fault]:
    if data is None or len(data) > LARGEST_TEXTS:
        return
    count, needed = texts_in(data), element_count(item.message.dims)
    if count != needed:
        holds = "ends within a text" if count is None else f"holds {counted(count, 'text')}"
        what = f"the file of {item.title} {holds}, and its dims take {needed}"
        yield Fault(what, "Before each text, write its length in 4 bytes, the lowest first.", field)


_SOURCE = "core, backend_model_instance.cc, TritonModelInstance::GenerateWarmupData"
RULES = (
    Rule("warmup-without-data", _SOURCE, _no_data),
    Rule("warmup-of-variable-size", _SOURCE, _variable),
    Rule("warmup-file", f"{_SOURCE}; infer_request.cc, ValidateBytesInputs", _data_file),
)
