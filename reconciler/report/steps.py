"""What a step is called: the single place for it, so that plan, progress and messages use the same words."""

from typing import assert_never

from reconciler.core.artifact import Artifact
from reconciler.core.fields import Group
from reconciler.core.plan import (
    ActivateDeployment,
    CreateDeployment,
    DeactivateDeployment,
    DeleteDeployment,
    DeleteModel,
    EnsureProject,
    KeepModel,
    ModelRef,
    PublishedModel,
    PublishModel,
    Settle,
    Step,
    UpdateDeployment,
    WaitFor,
)
from reconciler.core.values import Configuration
from reconciler.report.values import count, short_digests, size_words


def step_words(step: Step) -> str:
    """What the step is called, in a few words."""
    match step:
        case EnsureProject():
            return "create project"
        case PublishModel():
            return "publish model"
        case CreateDeployment():
            return "create deployment"
        case UpdateDeployment():
            return "update " + ", ".join(group_words(group) for group in step.groups)
        case ActivateDeployment():
            return "activate"
        case DeactivateDeployment():
            return "deactivate"
        case DeleteDeployment():
            return "delete deployment"
        case DeleteModel():
            return "delete model"
        case Settle():
            return "wait for what is under way to end"
        case WaitFor():
            return f"wait for {step.state}"
        case _:
            assert_never(step)


def step_details(step: Step) -> str:
    """What the step works on; empty where its name says all."""
    match step:
        case EnsureProject():
            return f"{step.name}, unless it exists by then"
        case PublishModel():
            return _artifact_words(step.artifact)
        case CreateDeployment():
            return f"{_machine_words(step.configuration)}, {_model_words(step.model)}"
        case UpdateDeployment() if Group.CORE in step.groups:
            return _model_words(step.model)
        case DeactivateDeployment():
            return "it does not answer from here on"
        case DeleteDeployment() | DeleteModel():
            return step.ocid
        case UpdateDeployment() | ActivateDeployment() | Settle() | WaitFor():
            return ""
        case _:
            assert_never(step)


def group_words(group: Group) -> str:
    """What an option group holds."""
    match group:
        case Group.METADATA:
            return "name and tags"
        case Group.LOGS:
            return "logs"
        case Group.BANDWIDTH:
            return "bandwidth"
        case Group.SCALING:
            return "autoscaling"
        case Group.CONTAINER:
            return "container"
        case Group.CORE:
            return "model and instances"
        case _:
            assert_never(group)


def _artifact_words(artifact: Artifact) -> str:
    sizes = [entry.size for entry in artifact.entries]
    known = sum(size for size in sizes if size is not None)
    total = size_words(known) if None not in sizes else f"at least {size_words(known)}"
    return f"{short_digests(artifact.digest)}, {count(len(artifact.entries), 'file')}, {total}"


def _machine_words(configuration: Configuration) -> str:
    return f"{configuration.instance.shape}, instances: {configuration.scaling.words}"


def _model_words(model: ModelRef) -> str:
    match model:
        case KeepModel(ocid):
            return f"the model stays {ocid}"
        case PublishedModel(digest):
            return f"model {short_digests(digest)}"
        case _:
            assert_never(model)
