"""Rules on ensembles and the models that they call (core, ensemble_utils.cc and model_config_utils.cc)."""

from collections.abc import Iterator

from reconciler.triton.backends import backend_of_platform
from reconciler.triton.config.values import Config
from reconciler.triton.repository_model import ENSEMBLE, RepositoryModel
from reconciler.triton.rules.rule import Fault, Field, Repository, Rule


def _no_steps(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    if backend_of_platform(model.settings.platform) == ENSEMBLE and not model.settings.steps:
        yield Fault(f"{model.name!r} is an ensemble without steps", "Add ensemble_scheduling.", ("platform",))


def _circle(model: RepositoryModel, repository: Repository) -> Iterator[Fault]:
    if model.name in _reached(model.settings, repository):
        what = f"the steps of {model.name!r} lead back to it, and Triton refuses such a circle"
        yield Fault(what, "Take out the step that closes the circle.", ("ensemble_scheduling",))


def _absent_step(model: RepositoryModel, repository: Repository) -> Iterator[Fault]:
    for index, (name, _) in enumerate(model.settings.steps):
        if name not in repository:
            what = f"{model.name!r} has a step with {name!r}, which is not a model here"
            yield Fault(what, f"Models here are {', '.join(sorted(repository))}.", _step(index, "model_name"))


def _unserved_step(model: RepositoryModel, repository: Repository) -> Iterator[Fault]:
    for index, (name, number) in enumerate(model.settings.steps):
        if number != -1 and (step := repository.get(name)) and number not in step.served:
            what = f"{model.name!r} has a step with version {number} of {name!r}, not served"
            advice = "Use -1 for the latest version, or one that is served."
            yield Fault(what, advice, _step(index, "model_version"))


def _larger_batch(model: RepositoryModel, repository: Repository) -> Iterator[Fault]:
    """A step that names no largest batch may get one when it is loaded."""
    whole = model.settings.contract.max_batch
    for name in sorted({name for name, _ in model.settings.steps}):
        step = repository.get(name)
        most = step.settings.contract.max_batch if step else 0
        if 0 < most < whole:
            what = f"{model.name!r} takes batches of {whole}, and its step {name!r} of {most} at most"
            advice = (
                f"Triton does not load it so: lower its max_batch_size to {most}, or raise that of {name!r}."
            )
            yield Fault(what, advice, ("max_batch_size",))


def _step(index: int, field: str) -> Field:
    return ("ensemble_scheduling", "step", index, field)


def _reached(config: Config, repository: Repository) -> set[str]:
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


RULES = (
    Rule("no-steps", "core, model_config_utils.cc, ValidateModelConfig", _no_steps),
    Rule("circle-of-steps", "core, model_repository_manager.cc, CircularcyCheck", _circle),
    Rule("absent-step", "core, model_repository_manager.cc, CheckNode", _absent_step),
    Rule("unserved-step", "core, model_repository_manager.cc, CheckNode", _unserved_step),
    Rule("larger-batch-than-step", "core, ensemble_utils.cc, ValidateEnsembleConfig", _larger_batch),
)
