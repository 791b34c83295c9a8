"""Warnings of ensembles that the server loads, although they do not do what their configuration says (core,
ensemble_scheduler.cc, InitStep and ReshapeTensorDims).
"""

from collections.abc import Iterator

from reconciler.core.model.findings import Severity
from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.ensembles.called_models import called_by, is_decoupled
from reconciler.triton.rules.ensembles.steps import step_field, steps_of
from reconciler.triton.rules.ensembles.tensors import same_shape
from reconciler.triton.rules.rule import Fault, Repository, Rule


def _one_at_a_time(model: RepositoryModel, repository: Repository) -> Iterator[Fault]:
    """The dimension of the batch is taken off for a model without batches where it is 1, and stays else."""
    if model.settings.contract.max_batch < 2:
        return
    ours = {
        item.name: item.reshape.shape if item.HasField("reshape") else item.dims
        for item in model.message.input
    }
    for _, step, called in called_by(model, repository):
        for tensor in called.inputs.among(step.input_map) if called and not called.max_batch else ():
            mine = ours.get(step.input_map.get(tensor.name, ""))
            if mine is not None and not same_shape((-1, *mine), tensor.dims):
                what = f"{model.name!r} takes batches, and its step {step.model_name!r} only one at a time"
                advice = "Requests with more fail: lower its max_batch_size to 1, or raise that of the step."
                yield Fault(what, advice, ("max_batch_size",), severity=Severity.WARNING)
                return


def _optional_to_required(model: RepositoryModel, repository: Repository) -> Iterator[Fault]:
    optional = {item.name for item in model.message.input if item.optional}
    for index, step, called in called_by(model, repository):
        for tensor in called.inputs.among(step.input_map) if called else ():
            if not tensor.optional and step.input_map.get(tensor.name) in optional:
                name = step.input_map[tensor.name]
                what = f"the input {name!r} of {model.name!r} is optional, and a step always needs it"
                advice = (
                    f"Requests without it fail: make {tensor.name!r} of {step.model_name!r} optional, too."
                )
                where = step_field(index, "input_map", tensor.name)
                yield Fault(what, advice, where, severity=Severity.WARNING)


def _ignored_namespace(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for index, step in enumerate(steps_of(model)):
        if step.model_namespace:
            what = f"step {index + 1} of {model.name!r} names a model_namespace, which Triton ignores"
            where = step_field(index, "model_namespace")
            yield Fault(what, "Leave it out.", where, severity=Severity.WARNING)


def _ignored_decoupled(model: RepositoryModel, repository: Repository) -> Iterator[Fault]:
    if steps_of(model) and model.settings.contract.decoupled and is_decoupled(model, repository) is False:
        what = f"{model.name!r} says that it is decoupled, which Triton ignores: none of its models is"
        advice = "Leave model_transaction_policy out; an ensemble is decoupled when a model of its steps is."
        yield Fault(what, advice, ("model_transaction_policy",), severity=Severity.WARNING)


_INIT = "core, ensemble_scheduler.cc, InitStep"

RULES = (
    Rule("one-at-a-time", "core, ensemble_scheduler.cc, ReshapeTensorDims", _one_at_a_time),
    Rule("optional-to-required", _INIT, _optional_to_required),
    Rule(
        "ignored-namespace", "core, model_repository_manager.cc, ConnectDependencyGraph", _ignored_namespace
    ),
    Rule("ignored-decoupled", "core, ensemble_utils.cc, ValidateEnsembleConfig", _ignored_decoupled),
)
