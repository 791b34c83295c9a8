"""What happens during apply, told as it happens: live on a terminal, a line for each event elsewhere.

Whatever becomes of that, the work goes on: it neither waits for who reads nor ends with them.
"""

import os
import sys
import time
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from types import TracebackType
from typing import IO, TYPE_CHECKING, cast

import click

from reconciler.cli import options, streams
from reconciler.core.planning.events import Event, StepProgress
from reconciler.core.planning.plan import Plan

if TYPE_CHECKING:
    from reconciler.report.apply.live import LiveProgress

QUIET_SECONDS = 10.0
"""A log gets a line of progress for a deployment about so often."""


def _is_sane(name: str, value: str) -> bool:
    return name not in ("COLUMNS", "LINES") or (value.isascii() and value.isdigit() and 0 < int(value) < HUGE)


HUGE = 10_000
"""More columns or lines than any terminal has."""

INTERRUPTED = "interrupted: finishing the step in hand; once more ends at once"


class Teller:
    """Use as a context: the terminal is left tidy whatever happens. With `form` json, stdout stays free.

    `plan` is None while there is none yet, and what others have begun is waited for.
    """

    def __init__(self, plan: Plan | None, form: str) -> None:
        self._err = form == "json"
        terminal = all(map(options.is_terminal, (sys.stderr, sys.stdout))) and not options.dumb()
        self._live = self._make_live(plan) if plan is not None and terminal else None
        self._told: dict[str, float] = {}
        self._silent = False
        self._lines: SimpleQueue[tuple[str, bool] | None] = SimpleQueue()
        self._writer = Thread(target=self._write, name="telling", daemon=True)

    def _make_live(self, plan: Plan) -> "LiveProgress":
        from rich.console import Console

        from reconciler.report.apply.live import LiveProgress

        # Whether there are colours, and how wide a terminal is that says nonsense of it, is decided here.
        console = Console(
            file=cast(IO[str], streams.Screen(sys.stderr)),
            force_terminal=True,
            no_color=not options.colour(err=True),
            _environ={name: value for name, value in os.environ.items() if _is_sane(name, value)},
        )
        return LiveProgress(plan, time.monotonic, console)

    def __enter__(self) -> "Teller":
        self._writer.start()
        try:
            if self._live is not None:
                self._live.start()
        except Exception as error:
            self._fall_silent(error)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lines.put(None)
        self._writer.join()
        try:
            if self._live is not None:
                self._live.stop()
        except Exception as second:
            self._fall_silent(second)

    def tell(self, event: Event) -> None:
        """Show an event. Never raises, and never waits."""
        try:
            self._show(event)
        except Exception as error:
            self._fall_silent(error)

    def interrupted(self) -> None:
        """Say that the run is about to end."""
        self._lines.put((INTERRUPTED, True))

    def restore(self) -> None:
        """Leave the terminal as it was, from the middle of anything: the process is about to end."""
        if self._live is not None and self._live.screen is not None:
            from reconciler.report.apply.live import LEAVE

            with suppress(OSError, ValueError):
                os.write(sys.stderr.fileno(), LEAVE)

    def _show(self, event: Event) -> None:
        if self._live is not None:
            self._live.tell(event)
            return
        from reconciler.report.apply.events import event_line

        if isinstance(event, StepProgress) and not self._due(event.deployment):
            return
        self._told[event.deployment] = time.monotonic()
        self._lines.put((event_line(event), self._err))

    def _due(self, deployment: str) -> bool:
        return time.monotonic() - self._told.get(deployment, 0.0) >= QUIET_SECONDS

    def _write(self) -> None:
        """In a thread of its own: a reader who does not read must not hold up anybody's step."""
        while (line := self._lines.get()) is not None:
            if self._silent:
                continue
            try:
                text, err = line
                options.hush()
                click.echo(text, err=err)
            except Exception as error:
                self._fall_silent(error)

    def _fall_silent(self, error: Exception) -> None:
        if not self._silent:
            self._silent = True
            with suppress(Exception):
                streams.say_lost(error)
