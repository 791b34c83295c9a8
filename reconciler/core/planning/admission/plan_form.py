"""Whether a saved plan has a form that the planner could have given it: the order of its steps, whose they
are, and that what is named by a digest has that digest.

A saved plan is input from anybody, and its own digest is no seal: whoever edits it can make a new one. What
takes the settings and the cloud to find out is in `admission.admission`.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import assert_never

from reconciler.core.model.artifact import Artifact, Entry, Folder, make_artifact, model_group_digest
from reconciler.core.model.configuration import Configuration
from reconciler.core.model.images.image import BUILD_TAG, platform_of
from reconciler.core.model.live import MARKS, Marks, State
from reconciler.core.planning.admission.withheld_rules import wrong_live_values
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan
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
    ProbeDeployment,
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

STATES = {State.ACTIVE: "a", State.INACTIVE: "i", State.DELETED: "d"}
PREPARE, CREATE = "(BI)?P*G?", "CaV?(TUa)?(Di)?"
ROLLING = f"S?{PREPARE}V?T?(UaV?T?)*"
TO_INACTIVE = f"{PREPARE}(S?Di)?(Ui)?"
FROM_INACTIVE = f"S?{PREPARE}(Di)?(Ui)?AaV?(T(Ua)?)?"
ORDERS = {
    Action.NOTHING: "",
    Action.PAUSED: "",
    Action.BLOCKED: "",
    Action.WAIT: "aR*",
    Action.CREATE: f"{PREPARE}{CREATE}R*",
    Action.UPDATE: f"({ROLLING}|{TO_INACTIVE}|{FROM_INACTIVE})R*",
    Action.REPLACE: f"S?{PREPARE}Xd{CREATE}R*",
    Action.DELETE: "S?XdM*",
    Action.RELEASE: "S?L*U[ai]",
    Action.CLEAN_UP: "M+",
}
"""The orders of steps that there are, as regular expressions over the letters of `_letter`; they are made in
`transition.plan_transition`, `planning.removal`, `planning.release`, `planning.clean_up` and
`ownership.renames`.
"""

ROLLBACK_ORDER = "(Di)?U[ai](Aa)?"
"""The order of a rollback (`transition.rollbacks`)."""

SHA256 = re.compile(r"[0-9a-f]{64}")
FAILED_MARK = re.compile(r"[0-9a-f]{64}(-[0-9a-f]{16})?")
"""The digest of what failed, and what stands for an image that was looked up (`Spec.failed_mark`)."""

UNSAFE = re.compile(r"[\x00-\x1f\x7f\\]")
"""What no name of a file in an artifact has."""


def faults(plan: Plan) -> Iterator[str]:
    """What no plan of the planner has, each with its place and what is wrong; none when it may be such a
    plan.
    """
    yield from _project(plan)
    busy = [item for item in plan.deployments if item.steps]
    seen = Counter(item.seen.ocid for item in busy if item.seen)
    # What leaves may have the name of what takes its place.
    leaving = (Action.DELETE, Action.RELEASE)
    names = Counter(repr(item.name) for item in busy if item.action not in leaving)
    for word, times in {**seen, **names}.items():
        if times > 1:
            yield f"{word} is in the plan {times} times"
    for item in plan.deployments:
        yield from (f"{item.name!r}: {fault}" for fault in _deployment(item, plan))


def _project(plan: Plan) -> Iterator[str]:
    step, project = plan.project_step, plan.project
    if step is not None and step.name != project.name:
        yield f"projectStep makes the project {step.name!r}, and the plan is for {project.name!r}"
    if step is not None and not project.create:
        yield "projectStep makes a project that may not be made"


def _deployment(item: DeploymentPlan, plan: Plan) -> Iterator[str]:
    if not _in_order(item.steps, ORDERS[item.action]):
        yield f"its steps are none of the action {item.action}: {_kinds(item.steps)}"
        return
    if item.steps and (item.seen is None) != (item.action in (Action.CREATE, Action.CLEAN_UP)):
        yield f"seen: there is {'one' if item.seen else 'none'}, and the action is {item.action}"
        return
    if item.failed and not FAILED_MARK.fullmatch(item.failed):
        yield "failed is no digest"
    ocid = item.ocid
    for number, step in enumerate(item.steps, start=1):
        # What takes the place of another has no OCID yet.
        created = any(isinstance(earlier, CreateDeployment) for earlier in item.steps[:number])
        faults_of_step = _step(step, item, plan, "" if created else ocid)
        yield from (f"step {number} ({_name(step)}): {fault}" for fault in faults_of_step)
    yield from _rollbacks(item, plan, ocid)
    yield from _changed_after_creation(item)
    yield from wrong_live_values(item)


def _changed_after_creation(item: DeploymentPlan) -> Iterator[str]:
    """An update after a creation may only set marks: what is created stands in the step that creates."""
    creation = next((step for step in item.steps if isinstance(step, CreateDeployment)), None)
    if creation is None:
        return
    for number, step in enumerate(item.steps, start=1):
        if not isinstance(step, UpdateDeployment):
            continue
        if _content(step) != _content(creation):
            yield f"step {number} (updateDeployment): it changes what the plan has only just created"


def _content(step: UpdateDeployment | CreateDeployment) -> object:
    return step.configuration, step.model, step.from_live


def _rollbacks(item: DeploymentPlan, plan: Plan, ocid: str) -> Iterator[str]:
    for rollback in item.rollbacks:
        step = item.steps[rollback.step] if 0 <= rollback.step < len(item.steps) else None
        place = f"rollback of step {rollback.step + 1}"
        changes = item.action is Action.UPDATE and isinstance(step, UpdateDeployment | DeactivateDeployment)
        if not changes or not _in_order(rollback.steps, ROLLBACK_ORDER):
            yield f"{place}: it is no rollback of an update: {_kinds(rollback.steps)}"
            continue
        for back in rollback.steps:
            yield from (f"{place}: {fault}" for fault in _step(back, item, plan, ocid))


def _step(step: Step, item: DeploymentPlan, plan: Plan, ocid: str) -> Iterator[str]:
    """What is wrong with one step of this deployment, which has this OCID by then."""
    match step:
        case BuildImage() | PushImage():
            yield from _image(step, item)
        case PublishModel():
            yield from _whose(step, item, plan)
            yield from _artifact(step.artifact)
        case PublishGroup():
            yield from _whose(step, item, plan)
            if step.digest != model_group_digest(step.members):
                yield "its digest is not that of its members"
        case CreateDeployment():
            if step.marks.owner != plan.owner or step.marks.name != item.name:
                yield f"it marks {step.marks.name!r} of {step.marks.owner!r}"
            if step.configuration.name != item.name:
                yield f"it makes {step.configuration.name!r}"
            if isinstance(step.model, KeepModel):
                yield "it keeps the model of a deployment that is not there"
            yield from _described(step.configuration, step.marks)
        case UpdateDeployment():
            yield from _about(step.ocid, ocid)
            yield from _described(step.configuration, step.marks)
        case ActivateDeployment() | DeactivateDeployment() | DeleteDeployment() | Settle():
            yield from _about(step.ocid, ocid)
        case RenameModel():
            if step.name != item.name:
                yield f"it names a model of {step.name!r}"
        case DeleteModel() | ReleaseModel() | CheckPresence() | ProbeDeployment() | WaitFor():
            pass
        case EnsureProject():
            yield "a project belongs to the whole plan"
        case _:
            assert_never(step)


def _whose(step: PublishModel | PublishGroup, item: DeploymentPlan, plan: Plan) -> Iterator[str]:
    if (step.owner, step.deployment) != (plan.owner, item.name):
        yield f"it publishes for {step.deployment!r} of {step.owner!r}"


def _image(step: BuildImage | PushImage, item: DeploymentPlan) -> Iterator[str]:
    """An image is made for the deployment that gets it, which takes it by its name."""
    writes = [write for write in item.steps if isinstance(write, CreateDeployment | UpdateDeployment)]
    containers = [write.configuration.container for write in writes]
    if not any((container.image, container.digest) == (step.image, None) for container in containers):
        yield f"it makes the image {step.image}, which the deployment does not get"
    tag = step.image.rpartition(":")[2]
    if isinstance(step, BuildImage) and tag.startswith(BUILD_TAG) and tag != step.build.tag:
        yield f"its tag {tag} is that of another build"
    if isinstance(step, BuildImage):
        shapes = {write.configuration.instance.shape for write in writes}
        wrong = sorted(shape for shape in shapes if platform_of(shape) != step.build.platform)
        yield from (f"it builds for {step.build.platform}, and {shape} is none" for shape in wrong)
    if len({other.image for other in item.steps if isinstance(other, BuildImage | PushImage)}) > 1:
        yield "another image is pushed than was built"


def _about(step: str, ocid: str) -> Iterator[str]:
    if step != ocid:
        yield f"it is about {step or 'no deployment'}, and the others are about {ocid or 'the new one'}"


def _described(configuration: Configuration, marks: Marks) -> Iterator[str]:
    """A label may not pass for a mark, nor a word of one mark for another."""
    if taken := sorted(MARKS.intersection(key for key, _ in configuration.labels)):
        yield f"labels: {', '.join(taken)} is no label, but a mark"
    hold = (marks.hold.refused, marks.hold.revision) if marks.hold else ()
    for word in (marks.failed or "", marks.failed_at, *hold):
        if word != "" and len(word.split()) != 1:
            yield "marks: what failed or is held is no single word"


def _artifact(artifact: Artifact) -> Iterator[str]:
    """What is published under a digest is used wherever that digest is desired."""
    if artifact.digest != make_artifact(artifact.entries, artifact.versions).digest:
        yield "its digest is not that of its files"
    places = Counter(entry.path.removesuffix("/") for entry in artifact.entries)
    yield from (f"the artifact: {path!r} is there twice" for path, times in places.items() if times > 1)
    for entry in artifact.entries:
        if not _fits_archive(entry):
            yield f"the artifact: {entry.path!r} is no path inside an artifact"
        if not SHA256.fullmatch(entry.sha256):
            yield f"the artifact: {entry.path}: sha256 is none"


def _fits_archive(entry: Entry) -> bool:
    path = entry.path.removesuffix("/") if isinstance(entry.source, Folder) else entry.path
    return not UNSAFE.search(path) and {"", ".", ".."}.isdisjoint(path.split("/"))


# -- the order of steps


def _in_order(steps: tuple[Step, ...], order: str) -> bool:
    return re.fullmatch(order, "".join(map(_letter, steps))) is not None


def _letter(step: Step) -> str:
    match step:
        case BuildImage():
            return "B"
        case PushImage():
            return "I"
        case PublishModel():
            return "P"
        case PublishGroup():
            return "G"
        case CreateDeployment():
            return "C"
        case UpdateDeployment():
            return "U"
        case ActivateDeployment():
            return "A"
        case DeactivateDeployment():
            return "D"
        case DeleteDeployment():
            return "X"
        case DeleteModel():
            return "M"
        case RenameModel():
            return "R"
        case ReleaseModel():
            return "L"
        case CheckPresence():
            return "V"
        case ProbeDeployment():
            return "T"
        case Settle():
            return "S"
        case WaitFor():
            return STATES.get(step.state, "?")
        case EnsureProject():
            return "?"
        case _:
            assert_never(step)


def _kinds(steps: tuple[Step, ...]) -> str:
    return ", ".join(map(_name, steps[:STEPS_SHOWN])) or "none"


def _name(step: Step) -> str:
    kind = type(step).__name__
    return kind[0].lower() + kind[1:]


STEPS_SHOWN = 12
