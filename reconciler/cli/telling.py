"""What happens during apply, told as it happens: live on a terminal, a line for each event elsewhere."""

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

import click

from reconciler.cli import options
from reconciler.core.events import Event, StepProgress
from reconciler.core.plan import Plan

if TYPE_CHECKING:
    from reconciler.report.live import LiveProgress

QUIET_SECONDS = 10.0
"""A log gets a line of progress for a deployment about so often."""


class Teller:
    """Use as a context: the terminal is left tidy whatever happens. With `form` json, stdout stays free.

    `plan` is None while there is none yet, and what others have begun is waited for.
    """

    def __init__(self, plan: Plan | None, form: str) -> None:
        self._err = form == "json"
        terminal = sys.stderr.isatty() and sys.stdout.isatty()
        self._live = self._make_live(plan) if plan is not None and terminal else None
        self._told: dict[str, float] = {}

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
        """Show an event."""
        if self._live is not None:
            self._live.tell(event)
            return
        from reconciler.report.events import event_line

        if isinstance(event, StepProgress) and not self._due(event.deployment):
            return
        self._told[event.deployment] = time.monotonic()
        options.hush()
        click.echo(event_line(event), err=self._err)

    def _due(self, deployment: str) -> bool:
        return time.monotonic() - self._told.get(deployment, 0.0) >= QUIET_SECONDS
