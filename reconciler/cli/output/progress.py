"""Tells what happens during an apply while it happens: live on a terminal, elsewhere a line for each event.

The work never depends on it: it neither waits for a reader nor ends when one leaves.
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

from reconciler.cli.output import printing, streams
from reconciler.cli.output.terminal import is_dumb, is_terminal, use_colours
from reconciler.core.planning.events import Event, StepProgress
from reconciler.core.planning.plan import Plan

if TYPE_CHECKING:
    from reconciler.report.apply.terminal_progress import LiveProgress

QUIET_SECONDS = 10.0
"""In a log, the progress of a deployment gets a line about this often."""

MOST_COLUMNS = 10_000
"""More columns or lines than any terminal has."""

INTERRUPTED = "interrupted: finishing the current step; a second interruption ends at once"


class ProgressTeller:
    """Use as a context manager, so that the terminal is left tidy whatever happens. With `form` json nothing
    goes to stdout.

    `plan` is None while there is no plan yet, and the program waits for changes that others have begun.
    """

    def __init__(self, plan: Plan | None, form: str) -> None:
        self._err = form == "json"
        on_terminal = all(map(is_terminal, (sys.stderr, sys.stdout))) and not is_dumb()
        self._live = _live_progress(plan) if plan is not None and on_terminal else None
        self._last_line: dict[str, float] = {}
        self._silent = False
        self._lines: SimpleQueue[tuple[str, bool] | None] = SimpleQueue()
        self._writer = Thread(target=self._write, name="progress", daemon=True)

    def __enter__(self) -> "ProgressTeller":
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

    def tell_interrupted(self) -> None:
        """Say that the run will end after the current step."""
        self._lines.put((INTERRUPTED, True))

    def restore_terminal(self) -> None:
        """Leave the terminal as it was, at any moment: the process is about to end."""
        if self._live is not None and self._live.screen is not None:
            from reconciler.report.apply.terminal_progress import LEAVE

            with suppress(OSError, ValueError):
                os.write(sys.stderr.fileno(), LEAVE)

    def _show(self, event: Event) -> None:
        if self._live is not None:
            self._live.tell(event)
            return
        from reconciler.report.apply.events import event_line

        if isinstance(event, StepProgress) and not self._is_due(event.deployment):
            return
        self._last_line[event.deployment] = time.monotonic()
        self._lines.put((event_line(event), self._err))

    def _is_due(self, deployment: str) -> bool:
        return time.monotonic() - self._last_line.get(deployment, 0.0) >= QUIET_SECONDS

    def _write(self) -> None:
        """Runs in a thread of its own: a reader who does not read must not delay a step."""
        while (line := self._lines.get()) is not None:
            if self._silent:
                continue
            try:
                text, err = line
                printing.hush()
                click.echo(text, err=err)
            except Exception as error:
                self._fall_silent(error)

    def _fall_silent(self, error: Exception) -> None:
        if not self._silent:
            self._silent = True
            with suppress(Exception):
                streams.tell_lost_output(error)


def _live_progress(plan: Plan) -> "LiveProgress":
    from rich.console import Console

    from reconciler.report.apply.terminal_progress import LiveProgress

    # We decide about colours, and about the width of a terminal that states an impossible one.
    console = Console(
        file=cast(IO[str], streams.Screen(sys.stderr)),
        force_terminal=True,
        no_color=not use_colours(err=True),
        _environ={name: value for name, value in os.environ.items() if _is_sane(name, value)},
    )
    return LiveProgress(plan, time.monotonic, console)


def _is_sane(name: str, value: str) -> bool:
    if name not in ("COLUMNS", "LINES"):
        return True
    return value.isascii() and value.isdigit() and 0 < int(value) < MOST_COLUMNS
