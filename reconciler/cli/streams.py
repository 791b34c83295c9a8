"""The standard streams, which may go away: a reader that leaves, a full disk, a terminal that is closed.

What a command was asked to do must not depend on them, and what goes through them does nothing by itself
(`inert`). It decides nothing else.
"""

import codecs
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from typing import Any, ParamSpec, TextIO, TypeVar, cast

import click

from reconciler.cli.inert import Commandless, shown
from reconciler.core.model.errors import Failed
from reconciler.report.style import clean

P = ParamSpec("P")
T = TypeVar("T")


class Sturdy:
    """A stream of text that falls silent when it cannot be written to, and then calls `when_lost` once. With
    `commandless`, what goes through it is no command of GitHub's runner.
    """

    def __init__(
        self, stream: Any, when_lost: Callable[[Exception], None], commandless: Commandless | None = None
    ) -> None:
        self._stream, self.when_lost, self._commandless = stream, when_lost, commandless
        self.lost = False

    @property
    def buffer(self) -> "_Bytes":
        """Takes bytes of UTF-8, which go the same way: nobody writes past it."""
        return _Bytes(self)

    def write(self, text: str) -> int:
        """All of it, or nothing from now on. Nothing is no try: click asks so what a stream takes."""
        if not isinstance(text, str):
            raise TypeError(f"{type(text).__name__} where str is taken")
        inert = shown(text)
        self.exactly(self._commandless(inert) if self._commandless else inert)
        return len(text)

    def exactly(self, text: str) -> None:
        """Text of our own, controls included."""
        if text:
            self._try(self._stream.write, text)

    def command(self, text: str) -> None:
        """A workflow command of our own, on a line of its own."""
        begun = self._commandless is not None and not self._commandless.at_start
        self.exactly(("\n" if begun else "") + f"{clean(text)}\n")
        if self._commandless is not None:
            self._commandless = Commandless()

    def flush(self) -> None:
        """Send what was written on its way."""
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


class _Bytes:
    """The stream for those who write bytes: click does where the encoding says less than text needs."""

    def __init__(self, stream: Sturdy) -> None:
        self._stream = stream
        self._decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode

    def write(self, data: bytes) -> int:
        """The text of these bytes; what is cut in the middle of a character waits for the rest."""
        if not isinstance(data, bytes | bytearray | memoryview):
            raise TypeError(f"{type(data).__name__} where bytes are taken")
        self._stream.write(self._decode(bytes(data)))
        return len(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class Screen:
    """A terminal for what draws on it itself."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.write = stream.exactly if isinstance(stream, Sturdy) else stream.write

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def workflow_command(text: str) -> None:
    """Give GitHub's runner a command, on stderr, where it reads them too: stdout may be on its way to a file.
    Values in it are escaped already (`report.problems.annotation`).
    """
    if isinstance(sys.stderr, Sturdy):
        sys.stderr.command(text)
    else:
        click.echo(clean(text), err=True)


def lost(stream: object) -> bool:
    """Whether something that was said on this stream did not arrive."""
    return isinstance(stream, Sturdy) and stream.lost


def goes_on(verb: Callable[P, T]) -> Callable[P, T]:
    """A verb that changes something: it goes on when nobody hears it any more, and says so on stderr. Others
    end with an error: to tell is all that they are for. A reader who has left has read enough of them.
    """

    @wraps(verb)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        if isinstance(sys.stdout, Sturdy):
            sys.stdout.when_lost = say_lost
        return verb(*args, **kwargs)

    return run


def say_lost(error: Exception) -> None:
    """Why there is no more to read; the work goes on."""
    click.echo(f"{_lost_words(error)}: going on silently", err=True)


def _give_up(error: Exception) -> None:
    if not isinstance(error, BrokenPipeError):
        raise Failed(_lost_words(error)) from error


def _lost_words(error: Exception) -> str:
    return f"the output cannot be written ({why(error)})"


def why(error: Exception) -> str:
    """What the system said."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


@contextmanager
def standard() -> Iterator[None]:
    """While a command runs: what becomes of stdout is up to the verb (`goes_on`), of stderr to nobody.

    In the end what could not be written is dropped: Python would complain when it ends, and change the exit
    code.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            _open_closed(number, name)
    out, err = sys.stdout, sys.stderr
    for stream in (out, err):
        _escape_what_it_cannot_say(stream)
    runner = os.environ.get("GITHUB_ACTIONS") == "true"
    sys.stdout = cast(TextIO, Sturdy(out, _give_up, Commandless() if runner else None))
    sys.stderr = cast(TextIO, Sturdy(err, lambda error: None, Commandless() if runner else None))
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, err
        for stream in (out, err):
            _drop_unwritten(stream)


def _open_closed(number: int, name: str) -> None:
    """A stream that was closed when we were started (`>&-`): what is written to it fails, and no file that is
    opened later takes its place.
    """
    nothing = os.open(os.devnull, os.O_RDONLY)
    if nothing != number:
        os.dup2(nothing, number)
        os.close(nothing)
    setattr(sys, name, open(number, "w" if number else "r", closefd=False))  # noqa: SIM115 - until the end


def _escape_what_it_cannot_say(stream: TextIO) -> None:
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
