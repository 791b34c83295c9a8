"""The signals that ask a command to end: Ctrl-C, the end of a CI job, a terminal that goes away.

The first one is a wish, which whoever is at work is told of; the second one ends the process. A signal that
we were started to ignore (nohup, a job in the background) stays ignored.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from threading import Timer
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, NoReturn

from reconciler.core.model.errors import Exit

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

UNWIND_SECONDS = 0.5
"""How long a command may take to leave when nothing is under way: calls that hang are not waited for."""

TOLD_SECONDS = 0.05
SAME_SECONDS = 1.0
"""`timeout` sends its signal twice, to the process and to its group. What comes before anybody was told of
the first one, or could have been, is the same wish.
"""

Handler = Callable[[int, FrameType | None], None]


@contextmanager
def ends_at_once(words: str) -> Iterator[None]:
    """Around what changes nothing: a signal says `words`, and raises KeyboardInterrupt; what cannot be
    unwound soon is left behind.
    """

    def heard(number: int, frame: FrameType | None) -> None:
        _default()
        _write(f"{CLEAR if _on_terminal() else ''}{words}\n")
        leave = Timer(UNWIND_SECONDS, os._exit, (Exit.FAILED,))
        leave.daemon = True
        leave.start()
        raise KeyboardInterrupt

    with _heard_by(heard):
        yield


class Interruption:
    """Use as a context around a run and all that has to be tidied up after it. The first signal reaches
    what `asks` is given, and `tell` is called; the next calls `restore` and ends the process.
    """

    def __init__(self, tell: Callable[[], None], restore: Callable[[], None]) -> None:
        self._tell, self._restore = tell, restore
        self._loop: AbstractEventLoop | None = None
        self._request: Callable[[], None] | None = None
        self._since: float | None = None
        self._told = False
        self._handlers = ExitStack()

    @property
    def requested(self) -> bool:
        """Whether there was a signal."""
        return self._since is not None

    def __enter__(self) -> "Interruption":
        self._handlers.enter_context(_heard_by(self._heard))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._handlers.close()

    @contextmanager
    def asks(self, loop: "AbstractEventLoop", request: Callable[[], None]) -> Iterator[None]:
        """While this loop runs, in the main thread: a signal makes it call `request`, once."""
        self._request, self._loop = request, loop
        if self.requested:
            self._pass_on()
        try:
            yield
        finally:
            self._loop = None

    def _heard(self, number: int, frame: FrameType | None) -> None:
        """Runs between any two instructions of the main thread, so it only leaves word."""
        now = time.monotonic()
        if self._since is None:
            self._since = now
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._pass_on)
        elif self._told or now - self._since > SAME_SECONDS:
            self._end(number)

    def _pass_on(self) -> None:
        request, self._request = self._request, None
        if request is not None and self._loop is not None:
            request()
            self._loop.call_later(TOLD_SECONDS, self._say)

    def _say(self) -> None:
        self._told = True
        self._tell()

    def _end(self, number: int) -> NoReturn:
        """Whatever our threads are doing; whoever started us sees the signal."""
        _default()
        self._restore()
        os.kill(os.getpid(), number)
        os._exit(128 + number)  # where the system spares us, as it does the first process of a container


CLEAR = "\r\x1b[2K"
"""Empties the line of a terminal."""


@contextmanager
def _heard_by(handler: Handler) -> Iterator[None]:
    """Afterwards signals are heard by whoever heard them before, unless one of them is to end the process."""
    before = {number: signal.signal(number, handler) for number in _heeded()}
    try:
        yield
    finally:
        for number, former in before.items():
            if signal.getsignal(number) == handler:
                signal.signal(number, former)


def _default() -> None:
    """Signals end the process from now on."""
    for number in _heeded():
        signal.signal(number, signal.SIG_DFL)


def _heeded() -> list[signal.Signals]:
    return [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]


def _on_terminal() -> bool:
    with suppress(OSError, ValueError):
        return sys.stderr.isatty()
    return False


def _write(text: str) -> None:
    """To stderr itself: whoever was interrupted may be in the middle of writing there."""
    with suppress(OSError, ValueError):
        os.write(sys.stderr.fileno(), text.encode(errors="backslashreplace"))
