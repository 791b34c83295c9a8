"""Tells how far the building or pushing of images is: on a terminal in one line that is redrawn, elsewhere in
a line for each step, and now and then one for what takes long.
"""

import sys
import time
from types import TracebackType

import click

from reconciler.cli.output import printing
from reconciler.cli.output.progress import QUIET_SECONDS
from reconciler.cli.output.terminal import is_dumb, is_terminal
from reconciler.report.apply.events import percent_words
from reconciler.report.style import clean
from reconciler.report.values import duration_words

STEP = "step "
"""A message that begins so gets a line of its own."""


class ImageTeller:
    """Use as a context manager. With `form` json nothing goes to stdout."""

    def __init__(self, form: str) -> None:
        self._err = form == "json"
        self._live = all(map(is_terminal, (sys.stderr, sys.stdout))) and not is_dumb()
        self._began = self._last_line = time.monotonic()

    def __enter__(self) -> "ImageTeller":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        printing.hush()

    def tell(self, message: str, percent: float | None) -> None:
        """Show how far the image in hand is."""
        now = time.monotonic()
        words = " ".join(part for part in (percent_words(percent), message) if part)
        if self._live:
            printing.say(f"{duration_words(now - self._began)}  {words}")
        elif message.startswith(STEP) or now - self._last_line >= QUIET_SECONDS:
            self._last_line = now
            click.echo(clean(words), err=self._err)

    def done(self, lines: tuple[str, ...], *, failed: bool) -> None:
        """Print what became of an image. Its errors are printed on stderr, as all errors are."""
        printing.hush()
        for line in lines:
            click.echo(line, err=failed or self._err)
        self._began = self._last_line = time.monotonic()
