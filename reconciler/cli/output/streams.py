"""The standard streams while a command runs. They may break: a reader leaves, the disk is full, the terminal
is closed.

Work that was begun does not depend on them, and text that goes through them is made harmless (`escaping`).
"""

import codecs
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from typing import Any, ParamSpec, TextIO, TypeVar, cast

import click

from reconciler.cli.output.escaping import WorkflowCommandFilter, escaped
from reconciler.core.model.errors import Failed
from reconciler.report.style import clean

P = ParamSpec("P")
T = TypeVar("T")


class SafeStream:
    """A text stream that never raises. When it cannot be written to, it calls `when_lost` once and is silent
    from then on. With a `command_filter`, no text in it is a command of GitHub's runner.
    """

    def __init__(
        self,
        stream: Any,
        when_lost: Callable[[Exception], None],
        command_filter: WorkflowCommandFilter | None = None,
    ) -> None:
        self._stream, self.when_lost, self._filter = stream, when_lost, command_filter
        self.lost = False

    @property
    def buffer(self) -> "_SafeBytes":
        """The same stream for bytes of UTF-8, so that nothing is written past it."""
        return _SafeBytes(self)

    def write(self, text: str) -> int:
        """Write all of the text, made harmless."""
        if not isinstance(text, str):
            raise TypeError(f"{type(text).__name__} where str is taken")
        harmless = escaped(text)
        self.write_unchanged(self._filter(harmless) if self._filter else harmless)
        return len(text)

    def write_unchanged(self, text: str) -> None:
        """Write text of our own, control characters included. An empty text is not written: click writes one
        to learn what a stream takes.
        """
        if text:
            self._try(self._stream.write, text)

    def write_command(self, text: str) -> None:
        """Write a workflow command of our own, on a line of its own."""
        in_a_line = self._filter is not None and not self._filter.at_start
        self.write_unchanged(("\n" if in_a_line else "") + f"{clean(text)}\n")
        if self._filter is not None:
            self._filter = WorkflowCommandFilter()

    def flush(self) -> None:
        """Send on what was written."""
        self._try(self._stream.flush)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _try(self, function: Callable[..., object], *arguments: str) -> None:
        if self.lost:
            return
        try:
            function(*arguments)
        except (OSError, ValueError) as error:
            self._lose(error)

    def _lose(self, error: Exception) -> None:
        if not self.lost:
            self.lost = True
            self.when_lost(error)


class _SafeBytes:
    """A `SafeStream` for bytes. Click writes bytes where the encoding of the stream cannot say all text."""

    def __init__(self, stream: SafeStream) -> None:
        self._stream = stream
        self._decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode

    def write(self, data: bytes) -> int:
        """Write the text of these bytes. Half a character at the end waits for its other half."""
        if not isinstance(data, bytes | bytearray | memoryview):
            raise TypeError(f"{type(data).__name__} where bytes are taken")
        self._stream.write(self._decode(bytes(data)))
        return len(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class Screen:
    """A terminal for code that draws on it with control characters of its own."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.write = stream.write_unchanged if isinstance(stream, SafeStream) else stream.write

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def write_workflow_command(text: str) -> None:
    """Give GitHub's runner a command. It reads stderr too, and stdout may be redirected to a file. Values in
    the command are escaped already (`report.findings.annotation`).
    """
    if isinstance(sys.stderr, SafeStream):
        sys.stderr.write_command(text)
    else:
        click.echo(clean(text), err=True)


def is_lost(stream: object) -> bool:
    """Whether something that was written to this stream did not arrive."""
    return isinstance(stream, SafeStream) and stream.lost


def goes_on_without_reader(verb: Callable[P, T]) -> Callable[P, T]:
    """For a verb that changes something: when stdout cannot be written to any more, it says so on stderr and
    goes on. Other verbs only print, so they end with an error then; but a reader who leaves early, such as
    `head`, is not an error.
    """

    @wraps(verb)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        if isinstance(sys.stdout, SafeStream):
            sys.stdout.when_lost = tell_lost_output
        return verb(*args, **kwargs)

    return run


def tell_lost_output(error: Exception) -> None:
    """Say on stderr why nothing more is printed, and that the work goes on."""
    click.echo(f"{_lost_words(error)}: going on silently", err=True)


def _fail_unless_reader_left(error: Exception) -> None:
    if not isinstance(error, BrokenPipeError):
        raise Failed(_lost_words(error)) from error


def _lost_words(error: Exception) -> str:
    return f"the output cannot be written ({system_message(error)})"


def system_message(error: Exception) -> str:
    """The operating system's own words for an error."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


@contextmanager
def safe_standard_streams() -> Iterator[None]:
    """Put safe streams in place of stdout and stderr while a command runs. When stdout is lost, the verb
    decides what follows (`goes_on_without_reader`); when stderr is lost, nothing does.

    What could not be written is dropped in the end: Python would complain about it when it exits, and change
    the exit code.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            _replace_closed(number, name)
    out, err = sys.stdout, sys.stderr
    for stream in (out, err):
        _escape_what_it_cannot_encode(stream)
    in_github = os.environ.get("GITHUB_ACTIONS") == "true"
    for name, stream, when_lost in (
        ("stdout", out, _fail_unless_reader_left),
        ("stderr", err, lambda error: None),
    ):
        command_filter = WorkflowCommandFilter() if in_github else None
        setattr(sys, name, cast(TextIO, SafeStream(stream, when_lost, command_filter)))
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, err
        for stream in (out, err):
            _drop_unwritten(stream)


def _replace_closed(number: int, name: str) -> None:
    """Replace a stream that was closed before we were started (`>&-`). Writing to it fails, and no file that
    is opened later gets its number.
    """
    nothing = os.open(os.devnull, os.O_RDONLY)
    if nothing != number:
        os.dup2(nothing, number)
        os.close(nothing)
    setattr(sys, name, open(number, "w" if number else "r", closefd=False))  # noqa: SIM115 - until the end


def _escape_what_it_cannot_encode(stream: TextIO) -> None:
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")


def _drop_unwritten(stream: TextIO) -> None:
    try:
        stream.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, stream.fileno())
            os.close(nothing)
