"""The progress of an apply on a terminal: a row for each deployment, redrawn with every event.

It only shows events; the clock is an argument.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, assert_never

from reconciler.core.model.errors import Interrupted
from reconciler.core.model.text import first_line
from reconciler.core.planning.events import (
    DeploymentFailed,
    DeploymentFinished,
    DeploymentLeftOut,
    Event,
    RollbackStarted,
    StepFinished,
    StepProgress,
    StepStarted,
)
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan
from reconciler.report.apply.events import WHOLE_PLAN, Key, key_of, percent_words
from reconciler.report.plan.steps import step_words
from reconciler.report.style import clean
from reconciler.report.values import duration_words

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live
    from rich.table import Table


LEAVE = b"\x1b[?25h\r\n"
"""Shows the cursor again, on a line of its own: for when there is no time to stop properly."""

ROLLBACK = "rollback "
"""The step of a row begins with it once a rollback has begun."""


@dataclass(frozen=True, slots=True)
class Row:
    """How far a deployment is. `began` is a time of the clock and `took` a duration, both in seconds; None
    while they are not known.
    """

    name: str
    step: str = ""
    state: str = ""
    began: float | None = None
    took: float | None = None
    style: str = ""

    def elapsed(self, time: float) -> str:
        """How long it took, or has taken until this time."""
        seconds = self.took if self.took is not None or self.began is None else time - self.began
        return "" if seconds is None else duration_words(seconds)


@dataclass(slots=True)
class LiveProgress:
    """Call `start`, then `tell` with every event, then `stop`."""

    plan: Plan
    clock: Callable[[], float]
    console: "Console"
    rows: dict[Key, Row] = field(default_factory=dict)
    screen: "Live | None" = None

    def start(self) -> None:
        """Begin to draw."""
        from rich.live import Live

        unchanged = {Action.NOTHING, Action.PAUSED}
        changing = (item for item in self.plan.deployments if item.action not in unchanged)
        self.rows = {key_of(item): _new_row(item) for item in changing}
        self.screen = Live(get_renderable=self.table, console=self.console, refresh_per_second=4)
        self.screen.start()

    def stop(self) -> None:
        """Draw the last state of all deployments, and stop."""
        screen, self.screen = self.screen, None
        if screen is not None:
            screen.vertical_overflow = "visible"
            screen.stop()

    def tell(self, event: Event) -> None:
        """Change the row of a deployment; the screen follows by itself."""
        key = (event.deployment, event.ocid)
        row = self.rows.get(key, Row(event.deployment or WHOLE_PLAN))
        self.rows[key] = _after(row, event, self.clock())

    def table(self) -> "Table":
        """All rows as they are now."""
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 2))
        time = self.clock()
        rows, more = self._visible()
        for row in rows:
            cells = (clean(row.name), clean(row.step), clean(row.state), row.elapsed(time))
            table.add_row(*(Text(cell) for cell in cells), style=row.style)
        if more:
            table.add_row(Text(f"and {more} more"), style="dim")
        return table

    def _visible(self) -> tuple[list[Row], int]:
        """The rows that fit on the screen, and how many do not. Running deployments come first. Once drawing
        has stopped, all rows are shown.
        """
        rows = list(self.rows.values())
        room = len(rows) if self.screen is None else max(1, self.screen.console.height - 2)
        if len(rows) <= room:
            return rows, 0
        rows.sort(key=lambda row: (row.took is not None, row.began is None))
        return rows[:room], len(rows) - room


def _new_row(item: DeploymentPlan) -> Row:
    if item.action is Action.BLOCKED:
        return Row(item.name, "blocked", item.reason, style="yellow")
    return Row(item.name, f"0/{len(item.steps)}", "waiting", style="dim")


def _after(row: Row, event: Event, time: float) -> Row:
    """The row after an event. A blocked deployment has no steps, so its end changes nothing."""
    match event:
        case StepStarted():
            began = time if row.began is None else row.began
            in_rollback = row.step.startswith(ROLLBACK)
            step = f"{ROLLBACK if in_rollback else ''}{event.index}/{event.total} {step_words(event.step)}"
            style = row.style if in_rollback else ""
            return replace(row, step=step, state="", began=began, style=style)
        case StepProgress():
            state = " ".join(part for part in (event.message, percent_words(event.percent)) if part)
            return replace(row, state=state)
        case StepFinished(deployment="") if row.began is not None:
            return replace(row, step="done", state=event.note, took=time - row.began, style="green")
        case StepFinished():
            return replace(row, state=event.note or "done")
        case RollbackStarted():
            return replace(row, step=ROLLBACK, state=first_line(str(event.error)), style="yellow")
        case DeploymentFinished() if row.began is None:
            return row
        case DeploymentFinished():
            return replace(row, step="done", state="; ".join(event.notes), took=event.seconds, style="green")
        case DeploymentFailed():
            interrupted = isinstance(event.error, Interrupted)
            step = f"{'interrupted' if interrupted else 'failed'}: {row.step}"
            state, style = first_line(str(event.error)), "yellow" if interrupted else "red"
            return replace(row, step=step, state=state, took=event.seconds, style=style)
        case DeploymentLeftOut():
            return replace(row, step="left out", state=first_line(event.reason), style="yellow")
        case _:
            assert_never(event)
