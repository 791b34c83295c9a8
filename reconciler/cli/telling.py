"""What happens during apply, told as it happens: live on a terminal, a line for each event elsewhere."""

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

import click

from reconciler.core.events import Event, StepProgress
from reconciler.core.plan import Plan

if TYPE_CHECKING:
    from reconciler.report.live import LiveProgress


class Teller:
    """Use as a context: the terminal is left tidy whatever happens."""

    def __init__(self, plan: Plan, form: str) -> None:
        self._err = form == "json"
        self._live = self._make_live(plan) if sys.stderr.isatty() and sys.stdout.isatty() else None
        self._last: dict[str, str] = {}

    def _make_live(self, plan: Plan) -> "LiveProgress":
        from reconciler.report.live import LiveProgress

        return LiveProgress(plan, time.monotonic)

    def __enter__(self) -> "Teller":
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def tell(self, event: Event) -> None:
        """Show an event; in a log, progress that says nothing new is left out."""
        if self._live is not None:
            self._live.tell(event)
            return
        from reconciler.report.events import event_line

        line = event_line(event)
        if isinstance(event, StepProgress) and self._last.get(event.deployment) == line:
            return
        self._last[event.deployment] = line
        click.echo(line, err=self._err)
