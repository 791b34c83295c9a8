"""Rules on the models that an ensemble calls: they exist, are served, and take its batches (core,
model_repository_manager.cc and ensemble_utils.cc).
"""

from collections.abc import Iterator

from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.ensembles.called_models import called_model
from reconciler.triton.rules.ensembles.steps import reached_from, step_field
from reconciler.triton.rules.rule import Fault, Repository, Rule


def _circle(model: RepositoryModel, repository: Repository) -> Iterator[Fault]:
    if model.name in reached_from(model.settings, repository):
        what = f"the steps of {model.name!r} lead back to it, and Triton refuses such a circle"
        yield Fault(what, "Take out the step that closes the circle.", ("ensemble_scheduling",))


def _absent_step(model: RepositoryModel, repository: Repository) -> Iterator[Fault]:
    for index, (name, _) in enumerate(model.settings.steps):
        if name and name not in repository:
            what = f"{model.name!r} has a step with {name!r}, which is not a model here"
            advice = f"Models here are {', '.join(sorted(repository))}."
            yield Fault(what, advice, step_field(index, "model_name"))


def _unserved_step(model: RepositoryModel, repository: Repository) -> Iterator[Fault]:
    for index, (name, number) in enumerate(model.settings.steps):
        if number != -1 and (step := repository.get(name)) and number not in step.served:
            what = f"{model.name!r} has a step with version {number} of {name!r}, not served"
            if not number:
                what = f"{model.name!r} has a step with {name!r} that names no version of it"
            advice = "Use -1 for the latest version, or one that is served."
            yield Fault(what, advice, step_field(index, "model_version"))


def _larger_batch(model: RepositoryModel, repository: Repository) -> Iterator[Fault]:
    """A step that names no largest batch may get one when it is loaded, from its files."""
    whole = model.settings.contract.max_batch
    for name in sorted({name for name, _ in model.settings.steps}):
        step = repository.get(name)
        most = _largest_batch(step) if step else 0
        if 0 < most < whole:
            what = f"{model.name!r} takes batches of {whole}, and its step {name!r} of {most} at most"
            advice = (
                f"Triton does not load it so: lower its max_batch_size to {most}, or raise that of {name!r}."
            )
            yield Fault(what, advice, ("max_batch_size",))


def _largest_batch(step: RepositoryModel) -> int:
    if declared := step.settings.contract.max_batch:
        return declared
    called = called_model(step)
    return called.max_batch if called else 0


RULES = (
    Rule("circle-of-steps", "core, model_repository_manager.cc, CircularDependencyCheck", _circle),
    Rule("absent-step", "core, model_repository_manager.cc, ConnectDependencyGraph", _absent_step),
    Rule("unserved-step", "core, model_repository_manager.cc, CheckNode", _unserved_step),
    Rule("larger-batch-than-step", "core, ensemble_utils.cc, ValidateEnsembleConfig", _larger_batch),
)
