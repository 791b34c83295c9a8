"""The standard streams, which may go away: a reader that leaves, a full disk, a terminal that is closed.

What a command was asked to do must not depend on them. It decides nothing else.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from typing import Any, ParamSpec, TextIO, TypeVar, cast

import click

from reconciler.core.errors import Failed

P = ParamSpec("P")
T = TypeVar("T")


class Sturdy:
    """A stream that falls silent when it cannot be written to, and then calls `when_lost` once. It takes
    text, and its `buffer` bytes.
    """

    def __init__(self, stream: Any, when_lost: Callable[[Exception], None], takes: type = str) -> None:
        self._stream, self.when_lost, self._takes = stream, when_lost, takes
        self.lost = False

    @property
    def buffer(self) -> "Sturdy":
        """Nobody writes past it."""
        return Sturdy(self._stream.buffer, self._lose, bytes)

    def write(self, text: str | bytes) -> int:
        """All of it, or nothing from now on. Nothing is no try: click asks so what a stream takes."""
        if not isinstance(text, self._takes):
            raise TypeError(f"{type(text).__name__} where {self._takes.__name__} is taken")
        if text:
            self._try(self._stream.write, text)
        return len(text)

    def flush(self) -> None:
        """Send what was written on its way."""
        self._try(self._stream.flush)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _try(self, function: Callable[..., object], *arguments: str | bytes) -> None:
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


def lost(stream: object) -> bool:
    """Whether something that was said on this stream did not arrive."""
    return isinstance(stream, Sturdy) and stream.lost


def goes_on(verb: Callable[P, T]) -> Callable[P, T]:
    """A verb that changes something: it goes on when nobody hears it any more, and says so on stderr. Others
    end with an error: to tell is all that they are for.
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
    if isinstance(error, BrokenPipeError):
        raise error
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
    sys.stdout = cast(TextIO, Sturdy(out, _give_up))
    sys.stderr = cast(TextIO, Sturdy(err, lambda error: None))
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
    if stream.errors == "strict" and hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")


def _drop_unwritten(stream: TextIO) -> None:
    try:
        stream.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, stream.fileno())
            os.close(nothing)
