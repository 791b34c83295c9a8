"""How a run is stopped by a signal: between two requests, so that the answer of each is known."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, current_thread, main_thread


class Stopped(BaseException):
    """Somebody wants the run to end. No error: whoever handles errors must not handle it."""


class Stop:
    def __init__(self) -> None:
        self._wanted = Event()

    def want(self) -> None:
        self._wanted.set()

    def check(self) -> None:
        """Raises Stopped."""
        if self._wanted.is_set():
            raise Stopped

    def sleep(self, seconds: float) -> None:
        """Raises Stopped, at once when it is wanted meanwhile."""
        self._wanted.wait(seconds)
        self.check()

    def again(self) -> None:
        """What follows, the clean-up, goes on until it is wanted once more."""
        self._wanted.clear()


@contextmanager
def by_signals(stop: Stop) -> Iterator[None]:
    """SIGINT, SIGTERM and SIGHUP stop the run. Only the main thread can hear of signals."""
    if current_thread() is not main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, lambda *_: stop.want()) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
