"""The steps of an ensemble, and the models that they call, as the rules on ensembles look at them."""

from collections.abc import Iterator, Sequence
from typing import Any

from reconciler.core.model.served.contract import Contract, Tensor
from reconciler.triton.config.values import Config
from reconciler.triton.repository_model import ENSEMBLE, RepositoryModel
from reconciler.triton.rules.rule import Field, Repository

MOST_CODE_FILES = 64
LARGEST_CODE = 1 << 20
"""Python files of a model, and bytes of each, that are searched."""

_COMPLETES_ITSELF = b"auto_complete_config"
"""The function by which a Python model adds to its configuration (docs of python_backend)."""

_MAY_ADD = frozenset({"dali", "vllm"})
"""Backends that add tensors to those that a configuration declares."""


def steps_of(model: RepositoryModel) -> Sequence[Any]:
    """The protobufs `ModelEnsembling.Step` of an ensemble; empty for any other model."""
    steps: Sequence[Any] = model.message.ensemble_scheduling.step
    return steps


def is_scheduled(model: RepositoryModel) -> bool:
    """Whether its configuration has `ensemble_scheduling`, even an empty one."""
    return bool(model.message.HasField("ensemble_scheduling"))


def step_field(index: int, *inside: str | int) -> Field:
    """A field of the step with this index."""
    return ("ensemble_scheduling", "step", index, *inside)


def members_of(model: RepositoryModel, repository: Repository) -> Iterator[tuple[int, Any, Contract | None]]:
    """Each step that calls another model of the repository: its index, its protobuf, and the contract of that
    model.
    """
    for index, step in enumerate(steps_of(model)):
        if called := repository.get(step.model_name):
            yield index, step, contract_of(called)


def contract_of(model: RepositoryModel) -> Contract | None:
    """What the server compares an ensemble with: the completed configuration of the highest version, whatever
    version the step names, with tensors in its order. None where that cannot be told from here.
    """
    if not model.served or _adds_to_its_configuration(model):
        return None
    contract = model.contracts.get(max(model.served))
    if contract is None and model.backend in {"python", ENSEMBLE}:
        contract = model.settings.contract  # nothing completes it
    if contract is None:
        return None
    inputs = _in_order(contract.inputs, model.message.input)
    return Contract(
        inputs,
        _in_order(contract.outputs, model.message.output),
        contract.max_batch,
        contract.decoupled,
        contract.sequence,
    )


def _in_order(tensors: Sequence[Tensor], declared: Sequence[Any]) -> tuple[Tensor, ...]:
    places: dict[str, int] = {}
    for place, item in enumerate(declared):
        places.setdefault(item.name, place)
    return tuple(sorted(tensors, key=lambda tensor: places.get(tensor.name, len(places))))


def _adds_to_its_configuration(model: RepositoryModel) -> bool:
    """Whether the model may declare more by itself than its configuration does. No code is run to know."""
    if model.backend != "python":
        return model.backend in _MAY_ADD
    code = [f"{model.name}/{path}" for path in sorted(model.paths) if path.endswith(".py")]
    if len(code) > MOST_CODE_FILES:
        return True
    try:
        return any(_COMPLETES_ITSELF in model.content.read(path, 0, LARGEST_CODE) for path in code)
    except OSError:
        return True


def reached_from(config: Config, repository: Repository) -> set[str]:
    """The models that an ensemble calls, directly or by ensembles among its steps."""
    reached: set[str] = set()
    following = [config]
    while following:
        for name, _ in following.pop().steps:
            model = repository.get(name)
            if name not in reached and model and model.config:
                following.append(model.config)
            reached.add(name)
    return reached


def is_decoupled(model: RepositoryModel, repository: Repository) -> bool | None:
    """Whether the server takes it for decoupled. An ensemble is when one of the models is that it calls in
    the end, whatever its own configuration says. None where nobody can tell.
    """
    names = reached_from(model.settings, repository) if steps_of(model) else {model.name}
    unknown = False
    for name in names:
        called = repository.get(name)
        if called is None or (not steps_of(called) and _adds_to_its_configuration(called)):
            unknown = True
        elif not steps_of(called) and called.settings.contract.decoupled:
            return True
    return None if unknown else False
