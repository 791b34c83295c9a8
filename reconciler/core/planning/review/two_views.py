"""The two views of a pull request side by side: what its branch changes against its base, and what an apply
will do to what is live. For each change of the one it says what is known of it in the other.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from reconciler.core.model.spec import HELD_AT
from reconciler.core.planning.diff.comparison import Change, Mover
from reconciler.core.planning.diff.fields import DIGEST, VARIABLES, pointer_of
from reconciler.core.planning.diff.merge import ignored
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan
from reconciler.core.planning.review.branch import BranchChanges, FieldChange, ManifestChange, Touch
from reconciler.core.planning.transition.changes import (
    APPLIED_FIELD,
    MARKS_FIELDS,
    PROTECT_FIELD,
    PRUNE_FIELD,
)


class ChangeOrigin(StrEnum):
    """Where a change of the plan comes from; the value is the word for it. What the branch does not change is
    drift, where it is known that its base is what was applied last; else it differs, and who has moved it
    cannot be told: live may have been changed, a merge before it may wait for its apply, or a tag has moved.
    It is not known where the manifest of the base cannot be read.
    """

    BRANCH = "this branch"
    DRIFT = Mover.LIVE.value
    DIFFERS = Mover.UNKNOWN.value
    UNKNOWN = "not known"
    OURS = ""
    """A mark of ours, which moves with every apply."""


class BranchOutcome(StrEnum):
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


WHOLE = frozenset({Action.CREATE, Action.DELETE, Action.RELEASE})
NOT_OF_BRANCH = frozenset({ChangeOrigin.DRIFT, ChangeOrigin.DIFFERS})


class SettingsReach(Enum):
    """How far the changes of settings decide about what a plan does: about nothing, about whole deployments
    (which are adopted, or deleted), or about everything: it is for another place, or by another owner.
    """

    NOTHING = auto()
    WHOLE = auto()
    ALL = auto()


_PLACE_OF_TARGET = ("region", "compartment", "project", "emulator")
_ABOUT_WHOLE = ("safety.prune", "safety.ownership")


def reach_of(settings: Iterable[FieldChange], target: str) -> SettingsReach:
    """The reach of these changes for this target."""
    places = _Places(one.field for one in settings)
    if any(map(places.fit, ("owner", *(f"targets.{target}.{part}" for part in _PLACE_OF_TARGET)))):
        return SettingsReach.ALL
    return SettingsReach.WHOLE if any(map(places.fit, _ABOUT_WHOLE)) else SettingsReach.NOTHING


class _Places:
    """Fields by their places. Two places fit when they are one, or one is a part of the other: scaling is
    told whole, or by its instances.
    """

    def __init__(self, fields: Iterable[str]) -> None:
        self._fields = set(fields)
        self._above = {place for field in self._fields for place in _above(field)}

    def fit(self, field: str) -> bool:
        """Whether one of them fits."""
        return field in self._fields or field in self._above or not self._fields.isdisjoint(_above(field))


def _above(field: str) -> Iterator[str]:
    parts = field.split(".")
    return (".".join(parts[:length]) for length in range(1, len(parts)))


@dataclass(frozen=True, slots=True)
class TwoViews:
    """A plan and the changes of a branch, each with what it says of the other."""

    plan: Plan
    branch: BranchChanges
    _of_branch: Mapping[str, tuple[ManifestChange, _Places]]
    _of_plan: Mapping[str, tuple[DeploymentPlan, _Places]]
    reach: SettingsReach

    @classmethod
    def of(cls, plan: Plan, branch: BranchChanges) -> "TwoViews":
        """The views of a plan that was made for what is on the branch."""
        of_branch = {
            change.name: (change, _Places(field.field for field in change.fields))
            for change in branch.deployments
        }
        # Of two deployments with one name, that of the manifest is meant.
        items = sorted(plan.deployments, key=lambda item: bool(item.manifest))
        of_plan = {item.name: (item, _Places(change.field for change in item.changes)) for item in items}
        return cls(plan, branch, of_branch, of_plan, reach_of(branch.settings, plan.target))

    def is_of_branch(self, item: DeploymentPlan) -> bool:
        """Whether the branch changes the manifest of this deployment, or files that it names, or a setting
        that decides about it.
        """
        of_settings = self.reach is SettingsReach.ALL or (
            self.reach is SettingsReach.WHOLE and item.action in WHOLE
        )
        return of_settings or item.name in self._of_branch

    def origins(self, item: DeploymentPlan) -> tuple[ChangeOrigin, ...]:
        """Where each change of a deployment comes from, in their order."""
        change, places = self._of_branch.get(item.name, (None, _Places(())))
        if change is not None and change.unread:
            return tuple(
                ChangeOrigin.OURS if one.field in MARKS_FIELDS else ChangeOrigin.UNKNOWN
                for one in item.changes
            )
        if self.reach is SettingsReach.ALL or (change is not None and change.touch is not Touch.CHANGED):
            # The base asks nothing of it: neither this manifest is there, nor this place.
            return tuple(
                ChangeOrigin.OURS if one.field in _MOVING_MARKS else ChangeOrigin.BRANCH
                for one in item.changes
            )
        settled = _base_is_applied(item, change)
        return tuple(_origin(one, places, settled) for one in item.changes)

    def outcome(self, change: ManifestChange, field: FieldChange | None = None) -> BranchOutcome | Action:
        """What an apply makes of a change of one field; of the whole manifest, the action that the plan
        takes, or why it takes none.
        """
        if field is not None and not field.live:
            return BranchOutcome.NOT_LIVE
        if change.absent:
            return BranchOutcome.ABSENT
        if change.name not in self._of_plan:
            return BranchOutcome.NOT_PLANNED
        if self.plan.refusals:
            return BranchOutcome.REFUSED
        item, places = self._of_plan[change.name]
        match item.action:
            case Action.BLOCKED:
                return BranchOutcome.BLOCKED
            case Action.PAUSED:
                return BranchOutcome.PAUSED
            case Action.NOTHING if item.reason.startswith(HELD_AT):
                return BranchOutcome.HELD
            case _ if field is None:
                return item.action
            case Action.CREATE:
                return BranchOutcome.CREATED
        return _of_field(places, change, field)

    @property
    def beside(self) -> Beside:
        """What an apply changes that the branch does not."""
        acting = [item for item in self.plan.deployments if item.steps]
        found = [[origin for origin in self.origins(item) if origin in NOT_OF_BRANCH] for item in acting]
        drifted = sum(one.count(ChangeOrigin.DRIFT) for one in found)
        whole = sum(item.action in WHOLE and not self.is_of_branch(item) for item in acting)
        return Beside(sum(map(len, found)), sum(map(bool, found)), drifted, whole)


def _of_field(places: _Places, change: ManifestChange, field: FieldChange) -> BranchOutcome:
    if places.fit(field.field):
        return BranchOutcome.APPLIED
    if ignored(pointer_of(field.field), change.ignore):
        return BranchOutcome.IGNORED
    return BranchOutcome.OPEN if field.new is None else BranchOutcome.ALREADY


_MOVING_MARKS = MARKS_FIELDS - {PROTECT_FIELD, PRUNE_FIELD}


def _origin(change: Change, branch: _Places, settled: bool) -> ChangeOrigin:
    if change.field in _MOVING_MARKS:
        return ChangeOrigin.OURS
    if branch.fit(change.field):
        return ChangeOrigin.BRANCH
    # Of a secret no trace is kept, and a tag may have come to stand for another image.
    secret = change.field.startswith(VARIABLES) and isinstance(change.new, dict)
    return ChangeOrigin.DRIFT if settled and not secret and change.field != DIGEST else ChangeOrigin.DIFFERS


def _base_is_applied(item: DeploymentPlan, branch: ManifestChange | None) -> bool:
    """Whether what was applied last is what the base asks for: by the mark on the deployment."""
    marks = [change for change in item.changes if change.field == APPLIED_FIELD]
    if branch is None:
        # The base asks for what the branch asks for; a mark that moves tells that this was not applied.
        return item.seen is not None and not marks
    before = marks[0].old if marks else None
    return bool(branch.applied_before) and before == branch.applied_before
