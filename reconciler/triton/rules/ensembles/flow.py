"""Rules on the tensors that flow between the steps of an ensemble: each is made once, and used (core,
model_config_utils.cc, BuildEnsembleGraph and ValidateEnsembleSchedulingConfig).
"""

from collections import deque
from collections.abc import Iterator
from typing import Any

from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.ensembles.steps import step_field, steps_of
from reconciler.triton.rules.rule import Fault, Repository, Rule


def steps_in_order(model: RepositoryModel) -> list[int]:
    """The steps that ever run, each behind those whose outputs it takes."""
    steps = steps_of(model)
    there = _names(model.message.input)
    waiting: dict[str, list[int]] = {}
    missing: list[int] = []
    for index, step in enumerate(steps):
        needed = set(step.input_map.values()) - there
        missing.append(len(needed))
        for tensor in needed:
            waiting.setdefault(tensor, []).append(index)
    ready = deque(index for index, count in enumerate(missing) if not count)
    order = []
    while ready:
        order.append(index := ready.popleft())
        for tensor in set(steps[index].output_map.values()):
            for other in waiting.pop(tensor, ()):
                missing[other] -= 1
                if not missing[other]:
                    ready.append(other)
    return order


def _twice(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    made: dict[str, int] = {}
    for index, output, tensor in _maps(model, "output_map"):
        if tensor in made:
            what = (
                f"steps {made[tensor] + 1} and {index + 1} of {model.name!r} both make the tensor {tensor!r}"
            )
            if made[tensor] == index:
                what = f"step {index + 1} of {model.name!r} makes the tensor {tensor!r} from two outputs"
            yield Fault(what, "Give each its own name.", step_field(index, "output_map", output))
        made.setdefault(tensor, index)


def _never_made(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    made = _tensors(model, "output_map") | _names(model.message.input)
    for index, name, tensor in _maps(model, "input_map"):
        if tensor not in made:
            what = f"step {index + 1} of {model.name!r} takes the tensor {tensor!r}, which nothing makes"
            advice = "Name an input of the ensemble, or what another step's output_map makes."
            yield Fault(what, advice, step_field(index, "input_map", name))


def _waiting_for_itself(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    made = _tensors(model, "output_map") | _names(model.message.input)
    if _tensors(model, "input_map") <= made and (never := _never_run(model)):
        steps = ", ".join(str(index + 1) for index in never[:10]) + (", …" if len(never) > 10 else "")
        what = f"{model.name!r} never runs some of its steps ({steps}): their tensors go round in a circle"
        yield Fault(what, "Let one of them take an input of the ensemble instead.", ("ensemble_scheduling",))


def _never_run(model: RepositoryModel) -> list[int]:
    return sorted(set(range(len(steps_of(model)))) - set(steps_in_order(model)))


def _unused_input(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    known = _tensors(model, "input_map") | _tensors(model, "output_map")
    for index, tensor in enumerate(model.message.input if steps_of(model) else ()):
        if tensor.name not in known:
            what = f"no step of {model.name!r} uses its input {tensor.name!r}"
            yield Fault(what, "Map it in a step's input_map, or take it out.", ("input", index))


def _unmade_output(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    known = _tensors(model, "input_map") | _tensors(model, "output_map")
    for index, tensor in enumerate(model.message.output if steps_of(model) else ()):
        if tensor.name not in known:
            what = f"no step of {model.name!r} makes its output {tensor.name!r}"
            yield Fault(what, "Map it in a step's output_map, or take it out.", ("output", index))


def _unused_tensor(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    used = _tensors(model, "input_map") | _names(model.message.output)
    for index, output, tensor in _maps(model, "output_map"):
        if tensor not in used:
            what = f"step {index + 1} of {model.name!r} makes the tensor {tensor!r}, which nothing uses"
            advice = "A step may leave outputs out: take it out of output_map, or declare it as an output."
            yield Fault(what, advice, step_field(index, "output_map", output))


def _maps(model: RepositoryModel, field: str) -> Iterator[tuple[int, str, str]]:
    """Each entry of the maps of all steps: the step's index, the name in its model, and the tensor."""
    for index, step in enumerate(steps_of(model)):
        for name, tensor in sorted(getattr(step, field).items()):
            yield index, name, tensor


def _tensors(model: RepositoryModel, field: str) -> set[str]:
    return {tensor for step in steps_of(model) for tensor in getattr(step, field).values()}


def _names(declared: Any) -> set[str]:
    return {item.name for item in declared}


_BUILD = "core, model_config_utils.cc, BuildEnsembleGraph"
_VALIDATE = "core, model_config_utils.cc, ValidateEnsembleSchedulingConfig"

RULES = (
    Rule("tensor-made-twice", _BUILD, _twice),
    Rule("tensor-never-made", _VALIDATE, _never_made),
    Rule("tensors-in-a-circle", _VALIDATE, _waiting_for_itself),
    Rule("unused-ensemble-input", _VALIDATE, _unused_input),
    Rule("unmade-ensemble-output", _VALIDATE, _unmade_output),
    Rule("unused-tensor", _VALIDATE, _unused_tensor),
)
