"""What any input may cost: processor time and memory, and that it means the same each time.

It must not know what is read.
"""

import signal
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from zlib import crc32

SECONDS = 3.0
"""Of this thread, for one input of at most a megabyte: what takes longer does not grow with its input."""

MEMORY = 128 << 20
"""Bytes that are held at once, for the same."""

MEASURED, REPEATED = 16, 8
"""Of so many inputs one is measured, and one is read twice: memory is slow to measure."""


class TooMuch(BaseException):
    """More than an input may cost. No `except Exception` of what is tested takes it for its own."""


def held_to_bounds(judge: Callable[[bytes], object], data: bytes) -> object:
    """What comes of this input. Raises TooMuch, AssertionError and whatever `judge` lets through."""
    mark = crc32(data)
    with _time():
        if mark % MEASURED == 0:
            with _memory():
                return judge(data)
        outcome = judge(data)
    if mark % REPEATED == 1:
        again = judge(data)
        assert repr(outcome) == repr(again), f"the same input, and then: {outcome!r}\n{again!r}"
    return outcome


@contextmanager
def _time() -> Iterator[None]:
    """What never ends is ended by a signal; what ends too late is told by the clock."""
    before = signal.signal(signal.SIGPROF, _stop)
    signal.setitimer(signal.ITIMER_PROF, 8 * SECONDS)
    started = time.thread_time()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    took = time.thread_time() - started
    if took > SECONDS * (4 if tracemalloc.is_tracing() else 1):
        raise TooMuch(f"{took:.1f} s of processor time")


def _stop(*_: Any) -> None:
    raise TooMuch(f"no end after {8 * SECONDS:.0f} s of processor time")


@contextmanager
def _memory() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    if peak > MEMORY:
        raise TooMuch(f"{peak >> 20} MiB at once")
