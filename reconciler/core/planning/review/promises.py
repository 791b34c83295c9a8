"""What a plan promises to whoever reviews it: each thing that it does to a deployment, as a value that can be
compared with those of another plan.

Left out is what no reviewer looks at, or what differs from run to run: etags and fingerprints, OCIDs of what
does not exist yet, the revision, uploads, the order of steps, capacity and cost, and our marks of what was
applied or failed last.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from reconciler.core.model.configuration import Json, to_json
from reconciler.core.planning.diff.comparison import shown
from reconciler.core.planning.diff.fields import fields_of
from reconciler.core.planning.diff.option_groups import Impact
from reconciler.core.planning.plan import Action, DeploymentPlan
from reconciler.core.planning.steps import (
    ActivateDeployment,
    BuildImage,
    CreateDeployment,
    DeactivateDeployment,
    DeleteModel,
    PushImage,
    ReleaseModel,
    RenameModel,
)
from reconciler.core.planning.transition.changes import (
    APPLIED_FIELD,
    FAILED_FIELD,
    PROTECT_FIELD,
    PRUNE_FIELD,
    STATE_FIELD,
)

BOOKKEEPING = frozenset({APPLIED_FIELD, FAILED_FIELD})
"""Changes that every run makes anew: what was applied last, and what failed."""

CREATING = (Action.CREATE, Action.REPLACE)


class PromiseKind(StrEnum):
    """What a promise is about; in the order in which people should read of them."""

    PLAN = "plan"
    PROJECT = "project"
    DEPLOYMENT = "deployment"
    STOP = "stop"
    DANGER = "danger"
    FIELD = "field"
    SETTING = "setting"
    IMAGE = "image"
    CATALOG = "catalog"


@dataclass(frozen=True, slots=True)
class Promise:
    """One thing that a plan does. `what` names it: the field, the words of a danger, an image, a catalog
    entry; of a whole deployment it is empty. `old` and `new` are the values of a field; what a deployment is
    created with is a SETTING, which has no old value. Of a whole deployment, `new` is the action, and `old`
    the OCID that it is done to.
    """

    kind: PromiseKind
    deployment: str
    what: str = ""
    old: Json = None
    new: Json = None
    impact: Impact | None = None

    @property
    def place(self) -> tuple[PromiseKind, str]:
        """What it is about, within its deployment."""
        return self.kind, self.what


def promises_of(item: DeploymentPlan) -> Iterator[Promise]:
    """Everything that a plan does to one deployment. What is blocked or paused has no steps, and promises
    nothing, although its plan shows changes.
    """
    if not item.steps:
        return
    name = item.name
    if item.action is not Action.WAIT:
        yield _whole(item, item.action)
    if item.action is not Action.CREATE and any(
        isinstance(step, DeactivateDeployment) for step in item.steps
    ):
        yield Promise(PromiseKind.STOP, name)
    yield from (Promise(PromiseKind.DANGER, name, danger) for danger in item.dangers)
    for change in item.changes:
        if change.field not in BOOKKEEPING:
            yield Promise(PromiseKind.FIELD, name, change.field, change.old, change.new, change.impact)
    yield from _of_steps(item)


def _whole(item: DeploymentPlan, action: Action) -> Promise:
    return Promise(PromiseKind.DEPLOYMENT, item.name, old=item.ocid or None, new=action.value)


def _of_steps(item: DeploymentPlan) -> Iterator[Promise]:
    """What the changes do not say. The entries of a renamed deployment are called as it is, whichever they
    are by then.
    """
    name = item.name
    for step in item.steps:
        match step:
            case CreateDeployment():
                yield from _settings(item, step)
            case BuildImage():
                yield Promise(PromiseKind.IMAGE, name, step.image, new=to_json(step.build))
            case DeleteModel(ocid):
                yield Promise(PromiseKind.CATALOG, name, ocid, new="delete")
            case ReleaseModel(ocid):
                yield Promise(PromiseKind.CATALOG, name, ocid, new="release")
    if any(isinstance(step, RenameModel) for step in item.steps):
        yield Promise(PromiseKind.CATALOG, name, new="rename")


def _settings(item: DeploymentPlan, step: CreateDeployment) -> Iterator[Promise]:
    """What a new deployment is created with: everything that a change of it would name."""
    configuration, marks = step.configuration, step.marks
    values = {row.path: shown(row, configuration) for row in fields_of(configuration, configuration)}
    inactive = any(isinstance(step, DeactivateDeployment) for step in item.steps)
    values |= {
        STATE_FIELD: "inactive" if inactive else "active",
        PROTECT_FIELD: marks.protect,
        PRUNE_FIELD: marks.prune.value,
    }
    for field, value in values.items():
        yield Promise(PromiseKind.SETTING, item.name, field, new=value)


def left_by(item: DeploymentPlan) -> Iterator[Promise]:
    """What else may be left to do when a run of this plan stopped on its way: whoever reviewed the whole has
    seen its parts.
    """
    if not item.steps:
        return
    name, steps = item.name, {type(step) for step in item.steps}
    if item.action is Action.REPLACE:
        yield Promise(PromiseKind.DEPLOYMENT, name, new=Action.CREATE.value)
    if item.action in CREATING and DeactivateDeployment in steps:
        yield Promise(PromiseKind.STOP, name)
        yield Promise(PromiseKind.FIELD, name, STATE_FIELD, "active", "inactive", Impact.STOP)
    if {DeactivateDeployment, ActivateDeployment} <= steps:
        yield Promise(PromiseKind.FIELD, name, STATE_FIELD, "inactive", "active", Impact.ZERO_DOWNTIME)


def images_made(item: DeploymentPlan) -> frozenset[str]:
    """The images that a plan makes for a deployment: their digests are not known before."""
    return frozenset(step.image for step in item.steps if isinstance(step, BuildImage | PushImage))
