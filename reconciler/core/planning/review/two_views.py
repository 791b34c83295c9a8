"""The two views of a pull request side by side: what its branch changes against its base, and what an apply
will do to what is live. For each change of the one it says what is known of it in the other.
"""

from dataclasses import dataclass
from enum import StrEnum

from reconciler.core.model.spec import HELD_AT
from reconciler.core.planning.diff.comparison import Change, Mover
from reconciler.core.planning.diff.fields import DIGEST, VARIABLES
from reconciler.core.planning.diff.merge import ignored
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan
from reconciler.core.planning.review.branch import BranchChanges, FieldChange, ManifestChange, Touch
from reconciler.core.planning.transition.changes import (
    APPLIED_FIELD,
    MARKS_FIELDS,
    PROTECT_FIELD,
    PRUNE_FIELD,
)


class Origin(StrEnum):
    """Where a change of the plan comes from; the value is the word for it. What the branch does not change is
    drift, where it is known that its base is what was applied last; else it differs, and who has moved it
    cannot be told: live may have been changed, a merge before it may wait for its apply, or a tag has moved.
    """

    BRANCH = "this branch"
    DRIFT = Mover.LIVE.value
    DIFFERS = Mover.UNKNOWN.value
    OURS = ""
    """A mark of ours, which moves with every apply."""


class Outcome(StrEnum):
    """What an apply makes of a change of the branch; the value says so."""

    APPLIED = "apply changes it"
    CREATED = "apply creates the deployment"
    ALREADY = "live is so already"
    OPEN = "live stays as it is: the manifest leaves it open"
    IGNORED = "ignored: spec.policy.ignore names it"
    PAUSED = "not applied: paused"
    HELD = "not applied: held by a rollback"
    BLOCKED = "not applied: blocked"
    REFUSED = "not applied: the whole plan is refused"
    ABSENT = "left alone: its manifest is not for this target"
    NOT_PLANNED = "not in this plan"
    NOT_LIVE = "no part of what is live"


@dataclass(frozen=True, slots=True)
class Beside:
    """What an apply changes beside the branch: how many fields of how many deployments, how many of these
    fields have drifted, and how many deployments it creates or deletes that the branch does not touch.
    """

    fields: int
    deployments: int
    drifted: int
    whole: int


def origins(item: DeploymentPlan, branch: BranchChanges) -> tuple[Origin, ...]:
    """Where each change of a deployment comes from, in their order."""
    change = branch.of(item.name)
    settled = _base_is_applied(item, change)
    return tuple(_origin(one, change, settled) for one in item.changes)


def is_of_branch(item: DeploymentPlan, branch: BranchChanges) -> bool:
    """Whether the branch changes the manifest of this deployment, or files that it names."""
    return branch.of(item.name) is not None


def outcome(plan: Plan, change: ManifestChange, field: FieldChange | None = None) -> Outcome | Action:
    """What an apply makes of a change of one field; of the whole manifest, the action that the plan takes, or
    why it takes none.
    """
    items = [item for item in plan.deployments if item.name == change.name]
    if field is not None and not field.live:
        return Outcome.NOT_LIVE
    if change.absent:
        return Outcome.ABSENT
    if not items:
        return Outcome.NOT_PLANNED
    if plan.refusals:
        return Outcome.REFUSED
    item = max(items, key=lambda one: bool(one.manifest))
    match item.action:
        case Action.BLOCKED:
            return Outcome.BLOCKED
        case Action.PAUSED:
            return Outcome.PAUSED
        case Action.NOTHING if item.reason.startswith(HELD_AT):
            return Outcome.HELD
        case _ if field is None:
            return item.action
    return _of_field(item, change, field)


def beside(plan: Plan, branch: BranchChanges) -> Beside:
    """What an apply changes that the branch does not."""
    foreign = {Origin.DRIFT, Origin.DIFFERS}
    counts = [
        [origin for origin in origins(item, branch) if origin in foreign]
        for item in plan.deployments
        if item.steps
    ]
    whole = sum(
        item.action in WHOLE and bool(item.steps) and not is_of_branch(item, branch)
        for item in plan.deployments
    )
    drifted = sum(found.count(Origin.DRIFT) for found in counts)
    return Beside(sum(map(len, counts)), sum(map(bool, counts)), drifted, whole)


WHOLE = frozenset({Action.CREATE, Action.DELETE, Action.RELEASE})


def _of_field(item: DeploymentPlan, change: ManifestChange, field: FieldChange) -> Outcome:
    if item.action is Action.CREATE:
        return Outcome.CREATED
    if any(_same_place(field.field, one.field) for one in item.changes):
        return Outcome.APPLIED
    pointer = "".join(f"/{part}" for part in field.field.split("."))
    if ignored(pointer, change.ignore):
        return Outcome.IGNORED
    return Outcome.OPEN if field.new is None else Outcome.ALREADY


def _origin(change: Change, branch: ManifestChange | None, settled: bool) -> Origin:
    if change.field in MARKS_FIELDS - {PROTECT_FIELD, PRUNE_FIELD}:
        return Origin.OURS
    if branch is not None and any(_same_place(one.field, change.field) for one in branch.fields):
        return Origin.BRANCH
    # Of a secret no trace is kept, and a tag may have come to stand for another image.
    secret = change.field.startswith(VARIABLES) and isinstance(change.new, dict)
    return Origin.DRIFT if settled and not secret and change.field != DIGEST else Origin.DIFFERS


def _base_is_applied(item: DeploymentPlan, branch: ManifestChange | None) -> bool:
    """Whether what was applied last is what the base asks for: by the mark on the deployment."""
    marks = [change for change in item.changes if change.field == APPLIED_FIELD]
    if branch is None or branch.touch is Touch.ADDED:
        # The base asks for what the branch asks for; a mark that moves tells that this was not applied.
        return branch is None and item.seen is not None and not marks
    before = marks[0].old if marks else None
    return bool(branch.applied_before) and before == branch.applied_before


def _same_place(one: str, other: str) -> bool:
    """Whether two fields are one, or one is a part of the other: scaling is told whole, or by instances."""
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")
