"""The steps of an ensemble, and the names of the models that they lead to."""

from collections.abc import Sequence
from typing import Any

from reconciler.triton.config.values import Config
from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.rule import Field, Repository


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
