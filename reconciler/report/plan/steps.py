"""What a step is called: the single place for it, so that plan, progress and messages use the same words."""

from collections.abc import Iterable, Iterator
from typing import assert_never

from reconciler.core.model.artifact import Artifact
from reconciler.core.model.configuration import Configuration, Container, Instance, Secret, Variable
from reconciler.core.model.probes import OK, Probe
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.plan import Action, DeploymentPlan
from reconciler.core.planning.steps import (
    ActivateDeployment,
    CreateDeployment,
    DeactivateDeployment,
    DeleteDeployment,
    DeleteModel,
    EnsureProject,
    KeepModel,
    ModelRef,
    ProbeDeployment,
    PublishedModel,
    PublishGroup,
    PublishModel,
    RenameModel,
    Settle,
    Step,
    TemporaryCapacity,
    UpdateDeployment,
    WaitFor,
)
from reconciler.report.values import count, number_words, short_digests, shorten, size_words


def step_words(step: Step) -> str:
    """What the step is called, in a few words."""
    match step:
        case EnsureProject():
            return "create project"
        case PublishModel():
            return "publish model"
        case PublishGroup():
            return "publish model group"
        case CreateDeployment():
            return "create deployment"
        case UpdateDeployment():
            return f"update {groups_words(step.groups)}" + (" in place" if step.in_place else "")
        case ActivateDeployment():
            return "activate"
        case DeactivateDeployment():
            return "deactivate"
        case DeleteDeployment():
            return "delete deployment"
        case DeleteModel():
            return "delete model group" if step.group else "delete model"
        case RenameModel():
            return "rename model group" if step.group else "rename model"
        case ProbeDeployment():
            return "probe"
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
        case PublishGroup():
            return f"{short_digests(step.digest)}, of {', '.join(key for key, _ in step.members)}"
        case CreateDeployment():
            return f"{_machine_words(step.configuration)}, {_model_words(step.model)}"
        case UpdateDeployment() if {OptionGroup.CORE, OptionGroup.MODELS} & set(step.groups):
            return _model_words(step.model)
        case DeactivateDeployment():
            return "it does not answer from here on"
        case DeleteDeployment() | DeleteModel():
            return step.ocid
        case RenameModel():
            return f"{step.ocid} to {step.name}"
        case ProbeDeployment():
            return "; ".join(_probe_words(probe) for probe in step.probes)
        case UpdateDeployment() | ActivateDeployment() | Settle() | WaitFor():
            return ""
        case _:
            assert_never(step)


def told_steps(item: DeploymentPlan) -> Iterator[tuple[str, str]]:
    """What each step is called, and what it works on. Of what is new the changes tell nothing, so its step
    does: what runs, and which variables it gets. Of what is made anew they tell all that was otherwise
    before; the rest may be what is live, and is not repeated.
    """
    for step in item.steps:
        details = step_details(step)
        if item.action is Action.CREATE and isinstance(step, CreateDeployment):
            details = f"{details}, {_container_words(step.configuration.container)}"
        yield step_words(step), details


def group_words(group: OptionGroup) -> str:
    """What an option group holds."""
    match group:
        case OptionGroup.METADATA:
            return "name and tags"
        case OptionGroup.LOGS:
            return "logs"
        case OptionGroup.BANDWIDTH:
            return "bandwidth"
        case OptionGroup.SCALING:
            return "autoscaling"
        case OptionGroup.CONTAINER:
            return "container"
        case OptionGroup.CORE:
            return "model and instances"
        case OptionGroup.NETWORK:
            return "networking"
        case OptionGroup.MODELS:
            return "model group"
        case OptionGroup.STATE:
            return "state"
        case OptionGroup.KIND:
            return "deployment type"
        case _:
            assert_never(group)


def groups_words(groups: Iterable[OptionGroup]) -> str:
    """What several option groups hold; what rides along stands last."""
    ordered = sorted(groups, key=lambda group: (group is OptionGroup.METADATA, group))
    return ", ".join(group_words(group) for group in ordered)


def temporary_words(temporary: TemporaryCapacity | None) -> str:
    """The capacity that an update needs for a while; empty when it needs none."""
    if temporary is None:
        return ""
    return f"up to {temporary.instances} more {_instance_words(temporary.instance)} while it rolls"


def _instance_words(instance: Instance) -> str:
    known = [
        f"{number_words(amount)} {unit}"
        for amount, unit in (
            (instance.ocpus, "OCPU" if instance.ocpus == 1 else "OCPUs"),
            (instance.memory_gbs, "GB"),
        )
        if amount is not None
    ]
    return instance.shape + (f" ({', '.join(known)})" if known else "")


def _probe_words(probe: Probe) -> str:
    wanted = [f"as in {probe.expect.path}"] if probe.expect else []
    wanted += [f"status {probe.status}"] if probe.status != OK or not probe.expect else []
    wanted += [f"within {number_words(probe.latency_ms)} ms"] if probe.latency_ms is not None else []
    return f"{probe.title} with {probe.input.path}, expected: {', '.join(wanted)}"


def _artifact_words(artifact: Artifact) -> str:
    sizes = [entry.size for entry in artifact.entries]
    known = sum(size for size in sizes if size is not None)
    total = size_words(known) if None not in sizes else f"at least {size_words(known)}"
    return f"{short_digests(artifact.digest)}, {count(len(artifact.entries), 'file')}, {total}"


def _machine_words(configuration: Configuration) -> str:
    return f"{configuration.instance.shape}, instances: {configuration.scaling.words}"


def _container_words(container: Container) -> str:
    """What runs, and the names of the variables that it gets, with where secrets come from."""
    pinned = f"@{container.digest}" if container.digest else ""
    parts = [f"image {shorten(short_digests(container.image + pinned))}"]
    if started := [*container.entrypoint, *container.command]:
        parts.append(f"started with {shorten(' '.join(started))}")
    if container.environment:
        parts.append(f"variables: {_some(_variable_words(one) for one in container.environment)}")
    return ", ".join(parts)


def _variable_words(variable: Variable) -> str:
    name, value = variable
    return f"{name} (from {value.reference})" if isinstance(value, Secret) else name


def _some(words: Iterable[str]) -> str:
    found = [shorten(word) for word in words]
    more = len(found) - VARIABLES_SHOWN
    return ", ".join(found[:VARIABLES_SHOWN]) + (f" and {more:,} more" if more > 0 else "")


VARIABLES_SHOWN = 20


def _model_words(model: ModelRef) -> str:
    match model:
        case KeepModel(ocid):
            return f"the model stays {ocid}"
        case PublishedModel(digest):
            return f"model {short_digests(digest)}"
        case _:
            assert_never(model)
