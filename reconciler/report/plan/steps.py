"""The words for steps, in one place, so that plans, progress and messages use the same ones."""

from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

from reconciler.core.model.artifact import Artifact
from reconciler.core.model.configuration import Configuration, Container, Secret, Variable
from reconciler.core.model.images.image import ImageBuild, Platform
from reconciler.core.model.proof.probes import OK, Probe
from reconciler.core.model.text import counted
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.plan import Action, DeploymentPlan
from reconciler.core.planning.steps import (
    ActivateDeployment,
    BuildImage,
    CheckPresence,
    CreateDeployment,
    DeactivateDeployment,
    DeleteDeployment,
    DeleteModel,
    EnsureProject,
    KeepModel,
    ModelRef,
    NamedModel,
    ProbeDeployment,
    PublishedModel,
    PublishGroup,
    PublishModel,
    PushImage,
    ReleaseModel,
    RenameModel,
    Settle,
    Step,
    UpdateDeployment,
    WaitFor,
)
from reconciler.report.values import number_words, short_digests, shorten, size_words


def step_words(step: Step) -> str:
    """The name of a step, in a few words."""
    match step:
        case EnsureProject():
            return "create project"
        case BuildImage():
            return "build image"
        case PushImage():
            return "push image"
        case PublishModel():
            return "take model from the catalog" if step.in_catalog else "publish model"
        case PublishGroup():
            return "take model group from the catalog" if step.in_catalog else "publish model group"
        case CreateDeployment():
            return "create deployment"
        case UpdateDeployment():
            return f"update {groups_words(step.option_groups)}" + (" in place" if step.in_place else "")
        case ActivateDeployment():
            return "activate"
        case DeactivateDeployment():
            return "deactivate"
        case DeleteDeployment():
            return "delete deployment"
        case DeleteModel() | RenameModel() | ReleaseModel():
            return _entry_words(step)
        case CheckPresence():
            return f"check that the server answers for {counted(len(step.versions), 'version')}"
        case ProbeDeployment():
            return "probe"
        case Settle():
            return "wait for what is under way to end"
        case WaitFor():
            return f"wait for {step.state}"
        case _:
            assert_never(step)


def _entry_words(step: DeleteModel | RenameModel | ReleaseModel) -> str:
    entry = "model group" if step.is_model_group else "model"
    match step:
        case DeleteModel():
            return f"delete {entry}"
        case RenameModel():
            return f"rename {entry}"
        case ReleaseModel():
            return f"take our marks off the {entry}"
        case _:
            assert_never(step)


def step_details(step: Step) -> str:
    """What the step works on; empty where its name says everything."""
    match step:
        case EnsureProject():
            return f"{step.name}, unless it exists by then"
        case BuildImage():
            return f"{shorten(step.image)}, {_build_words(step.build)}"
        case PushImage():
            return shorten(step.image)
        case PublishModel():
            return _artifact_words(step.artifact)
        case PublishGroup():
            return f"{short_digests(step.digest)}, of {', '.join(key for key, _ in step.members)}"
        case CreateDeployment():
            return f"{_machine_words(step.configuration)}, {_model_words(step.model)}"
        case UpdateDeployment() if {OptionGroup.CORE, OptionGroup.MODELS} & set(step.option_groups):
            return _model_words(step.model)
        case DeactivateDeployment():
            return "it does not answer from here on"
        case DeleteDeployment() | DeleteModel() | ReleaseModel():
            return step.ocid
        case RenameModel():
            return f"{step.ocid} to {step.name}"
        case ProbeDeployment():
            return "; ".join(_probe_words(probe) for probe in step.probes)
        case UpdateDeployment() | ActivateDeployment() | CheckPresence() | Settle() | WaitFor():
            return ""
        case _:
            assert_never(step)


def named_steps(item: DeploymentPlan) -> Iterator[tuple[str, str]]:
    """The name and the details of each step. A new deployment has no changes to show, so its step shows the
    container: image, command and variables. A replaced one has changes, so its step does not repeat them:
    parts of it may be live values.
    """
    for step in item.steps:
        details = step_details(step)
        if item.action is Action.CREATE and isinstance(step, CreateDeployment):
            details = f"{details}, {_container_words(step.configuration.container)}"
        yield step_words(step), details


def group_words(group: OptionGroup) -> str:
    """The name of an option group."""
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
    """The names of several option groups. Name and tags stand last, because any update may carry them."""
    ordered = sorted(groups, key=lambda group: (group is OptionGroup.METADATA, group))
    return ", ".join(group_words(group) for group in ordered)


def _probe_words(probe: Probe) -> str:
    expected = [f"as in {probe.expect.path}"] if probe.expect else []
    expected += [f"status {probe.status}"] if probe.status != OK or not probe.expect else []
    expected += [f"within {number_words(probe.latency_ms)} ms"] if probe.latency_ms is not None else []
    return f"{probe.title} with {probe.input.path}, expected: {', '.join(expected)}"


def _artifact_words(artifact: Artifact) -> str:
    sizes = [entry.size for entry in artifact.entries]
    known = sum(size for size in sizes if size is not None)
    total = size_words(known) if None not in sizes else f"at least {size_words(known)}"
    return f"{short_digests(artifact.digest)}, {counted(len(artifact.entries), 'file')}, {total}"


def _build_words(build: ImageBuild) -> str:
    agents = f", repository agents {', '.join(build.repo_agents)}" if build.repo_agents else ""
    packages = f", packages {', '.join((*build.pip, *build.apt))}" if build.pip or build.apt else ""
    base = f", on {build.base}" if build.base else ""
    full = f", out of {build.full}" if build.full else ""
    parts = f"{', '.join(build.backends)}{agents}{packages}{base}{full}"
    other = f" for {build.architecture}" if build.platform != Platform() else ""
    return f"Triton {build.triton}{other} with {shorten(parts)}"


def _machine_words(configuration: Configuration) -> str:
    return f"{configuration.instance.shape}, instances: {configuration.scaling.words}"


def _container_words(container: Container) -> str:
    """The image, the command, and the names of the variables, with the origin of each secret."""
    pinned = f"@{container.digest}" if container.digest else ""
    parts = [f"image {shorten(short_digests(container.image + pinned))}"]
    if started := [*container.entrypoint, *container.command]:
        parts.append(f"started with {shorten(' '.join(started))}")
    if container.environment:
        parts.append(f"variables: {_some_variables(container.environment)}")
    return ", ".join(parts)


def _variable_words(variable: Variable) -> str:
    name, value = variable
    return f"{name} (from {value.reference})" if isinstance(value, Secret) else name


def _some_variables(variables: Sequence[Variable]) -> str:
    words = [shorten(_variable_words(variable)) for variable in variables[:VARIABLES_SHOWN]]
    more = len(variables) - VARIABLES_SHOWN
    return ", ".join(words) + (f" and {more:,} more" if more > 0 else "")


VARIABLES_SHOWN = 20


def _model_words(model: ModelRef) -> str:
    match model:
        case KeepModel(ocid):
            return f"the model stays {ocid}"
        case PublishedModel(digest):
            return f"model {short_digests(digest)}"
        case NamedModel(ocid):
            return f"model {ocid}"
        case _:
            assert_never(model)
