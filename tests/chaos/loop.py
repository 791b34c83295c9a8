"""An event loop on which time jumps: when everybody waits, it is at once as late as the first one waits for.

Blocking calls run inline, at a moment that the latency says. So any number of runs at the same time are one
thread, and the same seed gives the same order of everything.
"""

import asyncio
from collections.abc import Callable
from typing import Any

BEGAN_UTC = 1_800_000_000.0
"""When time begins, in seconds since 1970."""


class WaitsForEver(Exception):
    """Everybody waits, and nobody for a moment in time."""


class VirtualLoop(asyncio.BaseEventLoop):
    """`latency` says how many seconds a call takes, half of them before it is heard."""

    def __init__(self, latency: Callable[[], float]) -> None:
        super().__init__()
        self._latency, self._seconds = latency, 0.0
        self._selector = self
        self._clock_resolution = 1e-6
        self.set_exception_handler(lambda loop, context: None)

    def time(self) -> float:
        return self._seconds

    def leap(self, seconds: float) -> None:
        """So long nothing happens."""
        self._seconds += seconds

    def select(self, timeout: float | None) -> list[Any]:
        """What the base class waits with."""
        if timeout is None:
            raise WaitsForEver
        self._seconds += timeout
        return []

    def _process_events(self, event_list: list[Any]) -> None:
        """There is nothing outside that could happen."""

    def _write_to_self(self) -> None:
        """Nobody has to be woken."""

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> "asyncio.Future[Any]":
        """Call it in this thread, after the way there; its answer takes the way back."""
        future: asyncio.Future[Any] = self.create_future()
        self.call_later(self._latency() / 2, self._act, future, func, args)
        return future

    def _act(self, future: "asyncio.Future[Any]", func: Callable[..., Any], args: tuple[Any, ...]) -> None:
        """What was sent is heard, even when nobody waits for the answer any more: a thread is not stopped."""
        try:
            answer, error = func(*args), None
        except BaseException as raised:
            answer, error = None, raised
        self.call_later(self._latency() / 2, _answered, future, answer, error)


def _answered(future: "asyncio.Future[Any]", answer: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(answer)


class LoopClock:
    """The engine's clock on this loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def now(self) -> float:
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def utc(self) -> float:
        return BEGAN_UTC + self._loop.time()
