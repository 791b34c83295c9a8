"""Why a transition is made, in a line for whoever reads the plan."""

from collections.abc import Sequence

from reconciler.core.model.live import IN_FLIGHT, Live, State
from reconciler.core.model.proof.presence import LEADING
from reconciler.core.planning.diff.comparison import Change
from reconciler.core.planning.diff.fields import VARIABLES
from reconciler.core.planning.rolling_back.hold import HOLD_FIELD
from reconciler.core.planning.transition.changes import (
    FAILED_FIELD,
    JUST_MARKS,
    NOT_COUNTED,
    OWNER_FIELD,
    RENAMED_FIELD,
    STATE_FIELD,
)

DOES_NOT_EXIST = "it does not exist yet"
FORGOTTEN = "it is as the manifest says: what failed before is forgotten"
HOLD_ENDS = "it is as the manifest says: its hold ends"
HOLD_BEGINS = "it is as the manifest said at that revision, and is held so"


def why_changed(live: Live, changes: Sequence[Change]) -> str:
    """Why something is done."""
    more = f", and {differs(changes)}" if changes else ""
    match live.state:
        case State.INACTIVE:
            return f"it is inactive{more}"
        case State.NEEDS_ATTENTION:
            return f"it needs attention: {live.details.rstrip('.') or 'no details given'}{more}"
        case _:
            return differs(changes)


def differs(changes: Sequence[Change]) -> str:
    """How many fields differ, in words."""
    fields = [change.field for change in changes if change.field not in NOT_COUNTED]
    renamed = next((change.old for change in changes if change.field == RENAMED_FIELD), None)
    if renamed is not None:
        rest = [field for field in fields if field != "metadata.name"]
        return f"it is renamed from {renamed}" + (f", and {_counted(rest)} from the manifest" if rest else "")
    if any(change.field == OWNER_FIELD for change in changes):
        return "it is adopted" + (f", and {_counted(fields)} from the manifest" if fields else "")
    hold = next((change for change in changes if change.field == HOLD_FIELD), None)
    if not fields and hold is not None and JUST_MARKS.issuperset(change.field for change in changes):
        return HOLD_BEGINS if hold.new else HOLD_ENDS
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


def led_elsewhere(changes: Sequence[Change]) -> tuple[str, ...]:
    """A danger for each variable that changes and decides which model a request reaches, while the guard
    takes requests to reach the model that they name.
    """
    fields = {change.field for change in changes}
    return tuple(
        f"may break clients: {name} changes, and with it which model their requests reach"
        for name in LEADING
        if VARIABLES + name in fields
    )


def in_flight(live: Live) -> tuple[str, ...]:
    """A note that something is going on with the deployment already, if it is."""
    return (f"it is {live.state} now; apply waits for that to end first",) if live.state in IN_FLIGHT else ()
