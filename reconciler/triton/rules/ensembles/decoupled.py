"""Rules on ensembles that call decoupled models, which answer any number of times (core, ensemble_utils.cc,
ValidateEnsembleConfig). Such an ensemble is decoupled itself, whatever its configuration says.
"""

from collections.abc import Iterator

from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.ensembles.called_models import is_decoupled
from reconciler.triton.rules.ensembles.flow import steps_in_order
from reconciler.triton.rules.ensembles.steps import step_field, steps_of
from reconciler.triton.rules.rule import Fault, Repository, Rule


def _mixed_answers(model: RepositoryModel, repository: Repository) -> Iterator[Fault]:
    """The answers of two decoupled models cannot be matched with each other, nor with the request."""
    steps, order = steps_of(model), steps_in_order(model)
    if len(order) < len(steps):
        return
    origins = dict.fromkeys((item.name for item in model.message.input), 0)
    for index in order:
        step = steps[index]
        called = repository.get(step.model_name)
        decoupled = is_decoupled(called, repository) if called else None
        if decoupled is None:
            return
        found = {origins.get(tensor, 0) for tensor in step.input_map.values()}
        if len(found) > 1:
            what = (
                f"step {index + 1} of {model.name!r} takes tensors that come from different decoupled models"
            )
            yield Fault(what, _ADVICE, step_field(index, "input_map"))
            return
        for tensor in step.output_map.values():
            origins.setdefault(tensor, index + 1 if decoupled else next(iter(found), 0))
    if len({origins.get(item.name, 0) for item in model.message.output}) > 1:
        what = f"the outputs of {model.name!r} come from different decoupled models"
        yield Fault(what, _ADVICE, ("output",))


_ADVICE = "All must come through the same decoupled step, or none through any."


def _cached_and_decoupled(model: RepositoryModel, repository: Repository) -> Iterator[Fault]:
    """The configuration is judged before and after the server has found out what the steps make of it."""
    if not steps_of(model) or not model.message.response_cache.enable:
        return
    if model.settings.contract.decoupled or is_decoupled(model, repository):
        what = f"{model.name!r} is decoupled, and Triton caches no answers of such an ensemble"
        yield Fault(what, "Leave response_cache out.", ("response_cache",))


RULES = (
    Rule("different-decoupled-origins", "core, ensemble_utils.cc, ValidateEnsembleConfig", _mixed_answers),
    Rule(
        "cached-decoupled-ensemble", "core, model_config_utils.cc, ValidateModelConfig", _cached_and_decoupled
    ),
)
