"""What can be said of the changes of one deployment: their groups, their numbers, and why there are any.

Pure. It decides nothing; `transition.transitions` does.
"""

from collections.abc import Iterable, Set
from dataclasses import replace

from reconciler.core.model.live import Live, State
from reconciler.core.model.target import OptionGroupsReading
from reconciler.core.planning.diff.changes import Change
from reconciler.core.planning.diff.option_groups import NEVER_UPDATED, Impact, OptionGroup
from reconciler.core.planning.plan import DeploymentPlan
from reconciler.core.planning.transition.batches import DOCUMENTED_SOURCE, Batch

STATE_FIELD, FAILED_FIELD, RENAMED_FIELD = "spec.state", "lastFailed", "metadata.renamedFrom"
MARKS = ("lastApplied", "owner", STATE_FIELD, FAILED_FIELD, RENAMED_FIELD)
"""Changes that are not of a field of the configuration."""


def groups(changes: Iterable[Change]) -> tuple[OptionGroup, ...]:
    """The groups of one update while inactive; metadata is always among them, for the marks."""
    found = {change.group for change in changes} - NEVER_UPDATED
    return tuple(sorted(found | {OptionGroup.METADATA})) if found else ()


def answers_as_wanted(changes: Iterable[Change], done: set[OptionGroup]) -> bool:
    """Whether the container and the models, which probes are about, are in place."""
    told = (
        change for change in changes if change.group is OptionGroup.CONTAINER or change.field == "spec.models"
    )
    return all(change.group in done for change in told)


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
    return frozenset(change.field for change in changes if change.group is not OptionGroup.METADATA)


def unproven(cut: tuple[Batch, ...], marked: bool) -> tuple[Batch, ...]:
    """The updates without what says that all is as asked; the first one takes that mark away, where a
    deployment is `marked` already.
    """
    rest = (tuple(group for group in batch if group is not OptionGroup.METADATA) for batch in cut)
    kept = tuple(batch for batch in rest if batch)
    return ((*kept[0], OptionGroup.METADATA), *kept[1:]) if marked and kept else kept


def carried_by_one(plan: DeploymentPlan) -> DeploymentPlan:
    """The plan of a deployment whose changes go in one update."""
    numbered = (
        change if change.group in NEVER_UPDATED else replace(change, update=1) for change in plan.changes
    )
    return replace(plan, changes=tuple(numbered))


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
            update=numbers.get(change.group, 0),
            source=DOCUMENTED_SOURCE
            if together and change.group in (OptionGroup.CONTAINER, OptionGroup.CORE)
            else change.source,
        )
        for change in changes
    )


def why_changed(live: Live, changes: tuple[Change, ...]) -> str:
    """Why something is done, in a line."""
    match live.state:
        case State.INACTIVE:
            return "it is inactive" + (f", and {differs(changes)}" if changes else "")
        case State.NEEDS_ATTENTION:
            return f"it needs attention: {live.details or 'no details given'}"
        case _:
            return differs(changes)


def differs(changes: tuple[Change, ...]) -> str:
    """How many fields differ, in words."""
    fields = [change.field for change in changes if change.field not in MARKS]
    renamed = next((change.old for change in changes if change.field == RENAMED_FIELD), None)
    if renamed is not None:
        rest = [field for field in fields if field != "metadata.name"]
        return f"it is renamed from {renamed}" + (f", and {_counted(rest)} from the manifest" if rest else "")
    if any(change.field == "owner" for change in changes):
        return "it is adopted" + (f", and {_counted(fields)} from the manifest" if fields else "")
    if not fields and any(change.field == FAILED_FIELD for change in changes):
        return "it is as the manifest says, but failed its proof"
    if not fields:
        state = any(change.field == STATE_FIELD for change in changes)
        return (
            "its state is another"
            if state
            else "it is as the manifest says, but was last applied from another one"
        )
    return f"{_counted(fields)} from the manifest"


def _counted(fields: list[str]) -> str:
    return "1 field differs" if len(fields) == 1 else f"{len(fields)} fields differ"
