"""The changes of one transition: of the fields, of our marks and of the state; which update carries each; and
what each means for those who call the models.
"""

from collections.abc import Iterable, Set
from dataclasses import replace

from reconciler.core.model.configuration import Json
from reconciler.core.model.live import State
from reconciler.core.model.target import OptionGroupsReading
from reconciler.core.planning.diff.comparison import Change, diff
from reconciler.core.planning.diff.option_groups import NEVER_UPDATED, Impact, OptionGroup
from reconciler.core.planning.plan import DeploymentPlan
from reconciler.core.planning.rolling_back.hold import HOLD_FIELD
from reconciler.core.planning.transition.batches import DOCUMENTED_SOURCE, Batch
from reconciler.core.planning.transition.marks import desired_marks
from reconciler.core.planning.transition.transition import Transition

OWNER_FIELD, APPLIED_FIELD, FAILED_FIELD = "owner", "lastApplied", "lastFailed"
RENAMED_FIELD, STATE_FIELD = "metadata.renamedFrom", "spec.state"
PROTECT_FIELD, PRUNE_FIELD = "spec.policy.protect", "spec.policy.prune"
MARKS_FIELDS = frozenset({OWNER_FIELD, APPLIED_FIELD, FAILED_FIELD, PROTECT_FIELD, PRUNE_FIELD, HOLD_FIELD})
"""Changes of our marks alone."""

JUST_MARKS = frozenset({FAILED_FIELD, HOLD_FIELD})
"""Changes of marks that come and go while the deployment is as desired."""

NOT_COUNTED = (APPLIED_FIELD, OWNER_FIELD, STATE_FIELD, FAILED_FIELD, RENAMED_FIELD, HOLD_FIELD)
"""Changes that the reason of a plan names in words, and does not count as fields."""

STATE_SOURCE = "docs/service.md §2.1: activate and deactivate are operations of their own"
MARKS_SOURCE = "our marks: what was applied last, and what was said of deleting, is kept on the deployment"


def changes_of(transition: Transition) -> tuple[Change, ...]:
    """Every change between what is live and what is desired."""
    spec = transition.spec
    fields = diff(spec.configuration, transition.before, spec.policy.ignore)
    return (*fields, *_mark_changes(transition), *_state_change(transition))


def _mark_changes(transition: Transition) -> tuple[Change, ...]:
    old, new = transition.live.marks, desired_marks(transition)
    adopted = new.owner != old.owner
    values: tuple[tuple[str, Json, Json], ...] = (
        (OWNER_FIELD, old.owner, new.owner),
        # Another owner's name for it is no name of ours.
        (RENAMED_FIELD, new.name if adopted else old.name, new.name),
        (APPLIED_FIELD, old.applied, new.applied),
        (FAILED_FIELD, old.failed, None),
        (HOLD_FIELD, old.hold_words, new.hold_words),
        (PROTECT_FIELD, old.protect, new.protect),
        (PRUNE_FIELD, old.prune, new.prune),
    )
    return tuple(
        Change(field, was, will, OptionGroup.METADATA, Impact.METADATA, MARKS_SOURCE)
        for field, was, will in values
        if was != will
    )


def _state_change(transition: Transition) -> tuple[Change, ...]:
    inactive = transition.live.state is State.INACTIVE
    if transition.ends_active != inactive:
        return ()
    old, new = ("inactive", "active") if inactive else ("active", "inactive")
    impact = Impact.ZERO_DOWNTIME if inactive else Impact.STOP
    return (Change(STATE_FIELD, old, new, OptionGroup.STATE, impact, STATE_SOURCE),)


def groups_at_once(changes: Iterable[Change]) -> tuple[OptionGroup, ...]:
    """The option groups of one update that carries all changes, while nobody is served. Metadata is always
    among them, for the marks.
    """
    groups = {change.option_group for change in changes} - NEVER_UPDATED
    return tuple(sorted(groups | {OptionGroup.METADATA})) if groups else ()


def with_impact(
    changes: tuple[Change, ...], impact: Impact, fields: Set[str], source: str = ""
) -> tuple[Change, ...]:
    """The changes, those of these fields with this impact, and for this reason if one is given."""
    return tuple(
        replace(change, impact=impact, source=source or change.source) if change.field in fields else change
        for change in changes
    )


def not_metadata(changes: Iterable[Change]) -> frozenset[str]:
    """The fields of what is more than a name or a tag."""
    return frozenset(change.field for change in changes if change.option_group is not OptionGroup.METADATA)


def carried_by_one(plan: DeploymentPlan) -> DeploymentPlan:
    """The plan of a deployment whose changes go in one update."""
    numbered = (
        change if change.option_group in NEVER_UPDATED else replace(change, update=1)
        for change in plan.changes
    )
    return replace(plan, changes=tuple(numbered))


def carried_by_none(plan: DeploymentPlan) -> DeploymentPlan:
    """The plan of a deployment whose changes are not made."""
    return replace(plan, changes=tuple(replace(change, update=0) for change in plan.changes))


def numbered(
    changes: tuple[Change, ...], cut: tuple[Batch, ...], reading: OptionGroupsReading
) -> tuple[Change, ...]:
    """The changes with the numbers of the updates that carry them."""
    numbers = {group: number for number, batch in enumerate(cut, start=1) for group in batch}
    together = reading is OptionGroupsReading.DOCUMENTED and any(
        {OptionGroup.CONTAINER, OptionGroup.CORE} <= set(batch) for batch in cut
    )
    return tuple(
        replace(
            change,
            update=numbers.get(change.option_group, 0),
            source=DOCUMENTED_SOURCE
            if together and change.option_group in (OptionGroup.CONTAINER, OptionGroup.CORE)
            else change.source,
        )
        for change in changes
    )
