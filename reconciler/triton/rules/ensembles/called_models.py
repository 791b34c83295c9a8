"""The models that an ensemble calls, with what the server knows of them when it judges the ensemble: their
completed configurations. What cannot be told from here is None.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.core.model.served.contract import Contract, Tensor
from reconciler.triton.backends import PYTHON
from reconciler.triton.repository_model import ENSEMBLE, RepositoryModel
from reconciler.triton.rules.ensembles.steps import reached_from, steps_of
from reconciler.triton.rules.reading.completion import may_add_tensors
from reconciler.triton.rules.rule import Repository


@dataclass(frozen=True, slots=True)
class CalledTensors:
    """Inputs or outputs by their names, with the place of each in the order of the server. `required` are
    the names of those that a step must map.
    """

    by_name: Mapping[str, Tensor]
    places: Mapping[str, int]
    required: frozenset[str]

    def among(self, names: Iterable[str]) -> list[Tensor]:
        """Those that have one of these names, in the order of the server."""
        there = (name for name in names if name in self.by_name)
        return [self.by_name[name] for name in sorted(there, key=self.places.__getitem__)]


@dataclass(frozen=True, slots=True)
class CalledModel:
    """A model that a step calls. Its largest batch is 0 where it takes none."""

    inputs: CalledTensors
    outputs: CalledTensors
    max_batch: int


def called_by(
    model: RepositoryModel, repository: Repository
) -> Iterator[tuple[int, Any, CalledModel | None]]:
    """Each step of an ensemble: its index, its protobuf, and the model that it calls."""
    known: dict[str, CalledModel | None] = {}
    for index, step in enumerate(steps_of(model)):
        if step.model_name not in known:
            called = repository.get(step.model_name)
            known[step.model_name] = called_model(called) if called else None
        yield index, step, known[step.model_name]


def called_model(model: RepositoryModel) -> CalledModel | None:
    """By the configuration of its highest version, whatever version a step names: so does the server."""
    contract = _contract(model)
    if contract is None:
        return None
    inputs = _tensors(contract.inputs, model.message.input)
    return CalledModel(inputs, _tensors(contract.outputs, model.message.output), contract.max_batch)


def is_decoupled(model: RepositoryModel, repository: Repository) -> bool | None:
    """Whether the server takes it for decoupled. An ensemble is when one of the models is that it calls in
    the end, whatever its own configuration says.
    """
    names = reached_from(model.settings, repository) if steps_of(model) else {model.name}
    unknown = False
    for name in names:
        called = repository.get(name)
        if called is None or (not steps_of(called) and may_add_tensors(called)):
            unknown = True
        elif not steps_of(called) and called.settings.contract.decoupled:
            return True
    return None if unknown else False


def _contract(model: RepositoryModel) -> Contract | None:
    if not model.served or may_add_tensors(model):
        return None
    contract = model.contracts.get(max(model.served))
    if contract is None and model.backend in {PYTHON, ENSEMBLE}:
        return model.settings.contract  # nothing completes it
    return contract


def _tensors(tensors: Sequence[Tensor], declared: Sequence[Any]) -> CalledTensors:
    """Those that are declared are in the order of the configuration. What is completed is sorted by name."""
    by_name = {tensor.name: tensor for tensor in reversed(tensors)}
    names = dict.fromkeys(item.name for item in declared) or sorted(by_name)
    required = frozenset(name for name in by_name if not by_name[name].optional)
    return CalledTensors(by_name, {name: place for place, name in enumerate(names)}, required)
