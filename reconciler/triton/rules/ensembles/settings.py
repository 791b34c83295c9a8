"""Rules on the configuration of an ensemble by itself (core, model_config_utils.cc)."""

from collections.abc import Iterator

from reconciler.triton.repository_model import ENSEMBLE, RepositoryModel
from reconciler.triton.rules.ensembles.steps import is_scheduled, step_field, steps_of
from reconciler.triton.rules.rule import Fault, Repository, Rule

_NOT_OF_AN_ENSEMBLE = {
    "instance_group": "An ensemble has no instances of its own: leave it out, or move it to a step's model.",
    "optimization": "Leave it out, or move it to a step's model.",
    "model_warmup": "Leave it out, or warm up the models of its steps.",
}
"""Fields that no ensemble may have, each with what to do."""


def _no_steps(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    if (model.settings.platform == ENSEMBLE or is_scheduled(model)) and not steps_of(model):
        field = "ensemble_scheduling" if is_scheduled(model) else "platform"
        yield Fault(
            f"{model.name!r} is an ensemble without steps", "Add steps to ensemble_scheduling.", (field,)
        )


def _other_platform(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    if is_scheduled(model) and model.settings.platform != ENSEMBLE and not model.settings.backend:
        named = model.settings.platform
        what = f"{model.name!r} has ensemble_scheduling, and " + (
            f"its platform is {named!r}" if named else "does not say that its platform is an ensemble"
        )
        yield Fault(what, 'Write platform: "ensemble", or leave ensemble_scheduling out.', ("platform",))


def _backend(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    backend = model.settings.backend
    if backend == ENSEMBLE or (backend and (model.settings.platform == ENSEMBLE or is_scheduled(model))):
        what = f"{model.name!r} is an ensemble, and names the backend {backend!r}"
        yield Fault(what, 'An ensemble has none: write platform: "ensemble" alone.', ("backend",))


def _model_file(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    """The server takes the backend from this name before it looks at the platform."""
    name, backend = model.settings.model_file, model.chosen.backend
    if model.settings.platform == ENSEMBLE and backend and not model.settings.backend:
        what = f"{model.name!r} is an ensemble, and {name!r} makes Triton take it for {backend}"
        yield Fault(what, "Leave default_model_filename out.", ("default_model_filename",))


def _foreign_fields(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    if not is_scheduled(model):
        return
    written = {descriptor.name for descriptor, _ in model.message.ListFields()}
    for field, advice in _NOT_OF_AN_ENSEMBLE.items():
        if field in written:
            yield Fault(f"{model.name!r} is an ensemble, and cannot have {field}", advice, (field,))


def _incomplete_steps(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for index, step in enumerate(steps_of(model)):
        for field in ("model_name", "input_map", "output_map"):
            if not getattr(step, field):
                what = f"step {index + 1} of {model.name!r} has no {field}"
                yield Fault(
                    what, "A step names its model, and maps its inputs and outputs.", step_field(index, field)
                )


RULES = (
    Rule("no-steps", "core, model_config_utils.cc, ValidateModelConfig", _no_steps),
    Rule(
        "ensemble-platform", "core, model_config_utils.cc, ValidateEnsembleSchedulingConfig", _other_platform
    ),
    Rule("ensemble-backend", "core, model_config_utils.cc, ValidateModelConfig", _backend),
    Rule("ensemble-model-file", "core, model_config_utils.cc, AutoCompleteBackendFields", _model_file),
    Rule("ensemble-fields", "core, model_config_utils.cc, ValidateEnsembleSchedulingConfig", _foreign_fields),
    Rule("incomplete-step", "core, model_config_utils.cc, BuildEnsembleGraph", _incomplete_steps),
)
