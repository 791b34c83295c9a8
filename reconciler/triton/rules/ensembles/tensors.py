"""Rules on the tensors of an ensemble against those of the models that it calls (core, ensemble_utils.cc,
ValidateTensorMapping and ValidateTensorConsistency). Where a model's tensors are not known, nothing is said.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.ensembles.called_models import CalledModel, called_by
from reconciler.triton.rules.ensembles.steps import step_field
from reconciler.triton.rules.rule import Fault, Repository, Rule


def _unknown_tensor(model: RepositoryModel, repository: Repository) -> Iterator[Fault]:
    for index, step, called in called_by(model, repository):
        if called is None:
            continue
        for field, tensors in (("input_map", called.inputs), ("output_map", called.outputs)):
            for name in sorted(set(getattr(step, field)) - tensors.by_name.keys()):
                kind = field.removesuffix("_map")
                what = f"step {index + 1} of {model.name!r}: {step.model_name!r} has no {kind} {name!r}"
                advice = f"It has {', '.join(map(repr, tensors.places)) or 'none'}."
                yield Fault(what, advice, step_field(index, field, name))


def _unmapped_input(model: RepositoryModel, repository: Repository) -> Iterator[Fault]:
    for index, step, called in called_by(model, repository):
        missing = called.inputs.required.difference(step.input_map) if called else ()
        if missing and step.input_map:
            names = ", ".join(map(repr, sorted(missing)))
            what = f"step {index + 1} of {model.name!r} leaves out what {step.model_name!r} takes: {names}"
            advice = "Map each to a tensor, or make it `optional` in the configuration of that model."
            yield Fault(what, advice, step_field(index, "input_map"))


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is known of a tensor from the first place that has it: the ensemble itself, or a step's model."""

    datatype: str
    dims: tuple[int, ...]
    batched: bool
    whose: str

    def __str__(self) -> str:
        return f"{self.datatype} {[*self.dims]}" + (" in batches" if self.batched else "")


def _inconsistent(model: RepositoryModel, repository: Repository) -> Iterator[Fault]:
    seen = _of_ensemble(model)
    for index, step, called in called_by(model, repository):
        for field, name, tensor, here in _of_step(step, called):
            before = seen.setdefault(tensor, here)
            if before and here and (wrong := _difference(before, here)):
                what = f"the tensor {tensor!r} is {before} for {before.whose}, and {here} for {here.whose}"
                yield Fault(what, f"Give both the same {wrong}.", step_field(index, field, name))


def _of_ensemble(model: RepositoryModel) -> dict[str, _Seen | None]:
    seen: dict[str, _Seen | None] = {}
    contract, message = model.settings.contract, model.message
    for tensors, declared in ((contract.inputs, message.input), (contract.outputs, message.output)):
        datatypes: dict[str, str] = {}
        for tensor in tensors:
            datatypes.setdefault(tensor.name, tensor.datatype)
        for item in declared:
            dims = item.reshape.shape if item.HasField("reshape") else item.dims
            node = _Seen(datatypes[item.name], tuple(dims), contract.max_batch > 0, repr(model.name))
            seen.setdefault(item.name, node)
    return seen


def _of_step(step: Any, called: CalledModel | None) -> Iterator[tuple[str, str, str, _Seen | None]]:
    """Each entry of the step's maps, in the order in which the server looks at them: the field, the name in
    its model, the tensor, and what the model says of it; None where that is not known.
    """
    whose = f"its step {step.model_name!r}"
    for field in ("input_map", "output_map"):
        entries = getattr(step, field)
        if called is None:
            yield from ((field, name, tensor, None) for name, tensor in sorted(entries.items()))
            continue
        tensors = called.inputs if field == "input_map" else called.outputs
        for item in tensors.among(entries):
            here = _Seen(item.datatype, item.dims, called.max_batch > 0, whose)
            yield field, item.name, entries[item.name], here


def _difference(first: _Seen, second: _Seen) -> str:
    if first.datatype != second.datatype:
        return "type"
    agree = same_shape(first.dims, second.dims) or same_shape(_whole(first), _whole(second))
    return "" if agree else "shape"


def _whole(seen: _Seen) -> tuple[int, ...]:
    """With the dimension of the batch."""
    return (-1, *seen.dims) if seen.batched else seen.dims


def same_shape(first: Sequence[int], second: Sequence[int]) -> bool:
    """Whether two shapes may be of one tensor; -1 is any size."""
    return len(first) == len(second) and all(
        a == b or -1 in {a, b} for a, b in zip(first, second, strict=True)
    )


RULES = (
    Rule("unknown-step-tensor", "core, ensemble_utils.cc, ValidateTensorMapping", _unknown_tensor),
    Rule("unmapped-step-input", "core, ensemble_utils.cc, ValidateTensorMapping", _unmapped_input),
    Rule("inconsistent-tensor", "core, ensemble_utils.cc, ValidateTensorConsistency", _inconsistent),
)
