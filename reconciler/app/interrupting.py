"""Signals that ask a command to end: Ctrl-C, the end of a CI job, a terminal that is closed.

During an apply, the first signal asks the run to finish its current step; the second one ends the process. A
signal that was ignored when the process started (nohup, a job in the background) stays ignored.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from socket import socketpair
from threading import Timer, current_thread, main_thread
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from reconciler.core.model.errors import Exit

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Coroutine

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

UNWIND_SECONDS = 0.5
"""How long a command that changes nothing may take to end: it does not wait for calls that hang."""

TOLD_SECONDS = 0.05
"""Seconds until the user is told of the first signal."""

SAME_SECONDS = 1.0
"""A second signal within this time counts as the first one, unless the user was told of the first already:
`timeout` sends its signal twice, to the process and to its group.
"""

Handler = Callable[[int, FrameType | None], None]

T = TypeVar("T")


def run_woken(work: "Coroutine[Any, Any, T]") -> T:
    """`asyncio.run`, whose waiting ends at once when a signal comes."""
    import asyncio

    async def woken() -> T:
        with _woken_by_signals(asyncio.get_running_loop()):
            return await work

    return asyncio.run(woken())


@contextmanager
def _woken_by_signals(loop: "AbstractEventLoop") -> Iterator[None]:
    """A signal may come just before the loop waits, or to another thread. Python's handler would only run
    when the loop wakes for something else (Python documentation, signal.set_wakeup_fd).
    """
    if current_thread() is not main_thread():
        yield  # handlers run in the main thread alone
        return
    reader, writer = socketpair()
    with reader, writer:
        reader.setblocking(False)
        writer.setblocking(False)
        loop.add_reader(reader, reader.recv, 4096)
        before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)
            loop.remove_reader(reader)


@contextmanager
def ends_at_once(words: str) -> Iterator[None]:
    """For code that changes nothing: a signal prints `words` and raises KeyboardInterrupt. If the process
    does not end within `UNWIND_SECONDS`, it is ended.
    """

    def end(number: int, frame: FrameType | None) -> None:
        _use_default_handlers()
        _write(f"{CLEAR if _on_terminal() else ''}{words}\n")
        leave = Timer(UNWIND_SECONDS, os._exit, (Exit.FAILED,))
        leave.daemon = True
        leave.start()
        raise KeyboardInterrupt

    with _handled_by(end):
        yield


class Interruption:
    """Use as a context manager around a run and its tidying up. The first signal asks the run to stop (see
    `passed_on`) and calls `tell`; the next one calls `restore` and ends the process.
    """

    def __init__(self, tell: Callable[[], None], restore: Callable[[], None]) -> None:
        self._tell, self._restore = tell, restore
        self._loop: AbstractEventLoop | None = None
        self._request: Callable[[], None] | None = None
        self._since: float | None = None
        self._user_told = False
        self._handlers = ExitStack()

    @property
    def requested(self) -> bool:
        """Whether there was a signal."""
        return self._since is not None

    def __enter__(self) -> "Interruption":
        self._handlers.enter_context(_handled_by(self._handle))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._handlers.close()

    @contextmanager
    def passed_on(self, loop: "AbstractEventLoop", request: Callable[[], None]) -> Iterator[None]:
        """While this event loop runs in the main thread, the first signal makes it call `request`."""
        self._request, self._loop = request, loop
        if self.requested:
            self._pass_on()
        try:
            yield
        finally:
            self._loop = None

    def _handle(self, number: int, frame: FrameType | None) -> None:
        """Runs between any two instructions of the main thread, so it does as little as possible."""
        seconds = time.monotonic()
        if self._since is None:
            self._since = seconds
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._pass_on)
        elif self._user_told or seconds - self._since > SAME_SECONDS:
            self._end(number)

    def _pass_on(self) -> None:
        request, self._request = self._request, None
        if request is not None and self._loop is not None:
            request()
            self._loop.call_later(TOLD_SECONDS, self._tell_user)

    def _tell_user(self) -> None:
        self._user_told = True
        self._tell()

    def _end(self, number: int) -> NoReturn:
        """End the process by this signal, so that its parent sees it, whatever its threads are doing."""
        _use_default_handlers()
        self._restore()
        os.kill(os.getpid(), number)
        os._exit(128 + number)  # in case the signal is ignored, as for the first process of a container


CLEAR = "\r\x1b[2K"
"""Empties the current line of a terminal."""


@contextmanager
def _handled_by(handler: Handler) -> Iterator[None]:
    """Handle signals; the former handlers come back afterwards, unless a signal is ending the process."""
    before = {number: signal.signal(number, handler) for number in _not_ignored()}
    try:
        yield
    finally:
        for number, former_handler in before.items():
            if signal.getsignal(number) == handler:
                signal.signal(number, former_handler)


def _use_default_handlers() -> None:
    """From now on signals end the process."""
    for number in _not_ignored():
        signal.signal(number, signal.SIG_DFL)


def _not_ignored() -> list[signal.Signals]:
    return [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]


def _on_terminal() -> bool:
    with suppress(OSError, ValueError):
        return sys.stderr.isatty()
    return False


def _write(text: str) -> None:
    """Write to stderr directly: the interrupted code may be in the middle of a write to `sys.stderr`."""
    with suppress(OSError, ValueError):
        os.write(sys.stderr.fileno(), text.encode(errors="backslashreplace"))
