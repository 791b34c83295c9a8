"""The progress of an apply on a terminal: a line for each deployment, redrawn as events come.

It shows what it is told; time comes from outside.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, assert_never

from reconciler.core.model.errors import Interrupted
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
"""What a terminal gets when there is no time to give the screen back: the cursor, on a line of its own."""

BACK = "rollback "
"""Begins the step of a row once the rollback has begun."""


@dataclass(frozen=True, slots=True)
class Row:
    """How far a deployment is; `began` and `took` in seconds, None while there is nothing to tell."""

    name: str
    step: str = ""
    state: str = ""
    began: float | None = None
    took: float | None = None
    style: str = ""

    def elapsed(self, now: float) -> str:
        """How long it has taken so far, or took."""
        seconds = self.took if self.took is not None or self.began is None else now - self.began
        return "" if seconds is None else duration_words(seconds)


@dataclass(slots=True)
class LiveProgress:
    """Call `start`, then `tell` with every event, then `stop`. `clock` gives seconds; `console` is rich's,
    by default the one on stderr.
    """

    plan: Plan
    clock: Callable[[], float]
    console: "Console | None" = None
    rows: dict[Key, Row] = field(default_factory=dict)
    screen: "Live | None" = None

    def start(self) -> None:
        """Take a part of the screen."""
        from rich.console import Console
        from rich.live import Live

        console = self.console or Console(stderr=True)
        still = {Action.NOTHING, Action.PAUSED}
        happening = (item for item in self.plan.deployments if item.action not in still)
        self.rows = {key_of(item): _first(item) for item in happening}
        self.screen = Live(get_renderable=self.table, console=console, refresh_per_second=4)
        self.screen.start()

    def stop(self) -> None:
        """Give the screen back, with the last state of all deployments on it."""
        screen, self.screen = self.screen, None
        if screen is not None:
            screen.vertical_overflow = "visible"
            screen.stop()

    def tell(self, event: Event) -> None:
        """Take one event in; the screen follows."""
        key = (event.deployment, event.ocid)
        row = self.rows.get(key, Row(event.deployment or WHOLE_PLAN))
        self.rows[key] = _after(row, event, self.clock())

    def table(self) -> "Table":
        """The lines as they are now."""
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 2))
        now = self.clock()
        rows, more = self._visible()
        for row in rows:
            cells = (clean(row.name), clean(row.step), clean(row.state), row.elapsed(now))
            table.add_row(*(Text(cell) for cell in cells), style=row.style)
        if more:
            table.add_row(Text(f"and {more} more"), style="dim")
        return table

    def _visible(self) -> tuple[list[Row], int]:
        """The rows that the screen has room for, those that are going on first; in the end all of them."""
        rows = list(self.rows.values())
        room = len(rows) if self.screen is None else max(1, self.screen.console.height - 2)
        if len(rows) <= room:
            return rows, 0
        rows.sort(key=lambda row: (row.took is not None, row.began is None))
        return rows[:room], len(rows) - room


def _first(item: DeploymentPlan) -> Row:
    if item.action is Action.BLOCKED:
        return Row(item.name, "blocked", item.reason, style="yellow")
    return Row(item.name, f"0/{len(item.steps)}", "waiting", style="dim")


def _after(row: Row, event: Event, now: float) -> Row:
    """The row once this has happened. A blocked deployment has no steps, so its end says nothing new."""
    match event:
        case StepStarted():
            began = now if row.began is None else row.began
            back = row.step.startswith(BACK)
            step = f"{BACK if back else ''}{event.index}/{event.total} {step_words(event.step)}"
            style = row.style if back else ""
            return replace(row, step=step, state="", began=began, style=style)
        case StepProgress():
            state = " ".join(part for part in (event.message, percent_words(event.percent)) if part)
            return replace(row, state=state)
        case StepFinished(deployment="") if row.began is not None:
            return replace(row, step="done", state=event.note, took=now - row.began, style="green")
        case StepFinished():
            return replace(row, state=event.note or "done")
        case RollbackStarted():
            first = event.reason.partition("\n")[0]
            return replace(row, step=BACK, state=first, style="yellow")
        case DeploymentFinished() if row.began is None:
            return row
        case DeploymentFinished():
            return replace(row, step="done", state="", took=event.seconds, style="green")
        case DeploymentFailed():
            first = str(event.error).partition("\n")[0]
            left = isinstance(event.error, Interrupted)
            step, style = (f"{'interrupted' if left else 'failed'}: {row.step}", "yellow" if left else "red")
            return replace(row, step=step, state=first, took=event.seconds, style=style)
        case DeploymentLeftOut():
            return replace(row, step="left out", state=event.reason.partition("\n")[0], style="yellow")
        case _:
            assert_never(event)
