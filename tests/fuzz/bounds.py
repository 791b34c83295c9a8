"""What any input may cost: processor time and memory, and that it means the same each time.

It must not know what is read.
"""

import signal
import traceback
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from zlib import crc32

SECONDS = 3.0
"""Of processor time, for one input of at most a megabyte: what takes longer, grows faster."""

SLOWER = 4
"""How many times as long it may take while memory is measured."""

MEMORY = 128 << 20
"""Bytes that are held at once, for the same."""

MEASURED, REPEATED = 16, 8
"""Of so many inputs one is measured, and one is read twice: memory is slow to measure."""


class TooMuch(BaseException):
    """More than an input may cost. No `except Exception` of what is tested takes it for its own."""


def held_to_bounds(judge: Callable[[bytes], object], data: bytes) -> object:
    """What comes of this input. Raises AssertionError where it costs too much, and whatever `judge` lets
    through.
    """
    try:
        return _held(judge, data)
    except TooMuch as much:
        where = "".join(traceback.format_tb(much.__traceback__)[-8:])
        raise AssertionError(f"{much}\n{where}") from None


def _held(judge: Callable[[bytes], object], data: bytes) -> object:
    mark = crc32(data)
    if mark % MEASURED == 0:
        with _time(SLOWER * SECONDS), _memory():
            return judge(data)
    with _time(SECONDS):
        outcome = judge(data)
    if mark % REPEATED == 1:
        with _time(SECONDS):
            again = judge(data)
        assert repr(outcome) == repr(again), f"the same input, and then: {outcome!r}\n{again!r}"
    return outcome


@contextmanager
def _time(limit: float) -> Iterator[None]:
    """A signal ends what takes longer, be it endless."""

    def stop(*_: Any) -> None:
        raise TooMuch(f"more than {limit:.0f} s of processor time")

    before = signal.signal(signal.SIGPROF, stop)
    # Again, where it met a callback that lets nothing through.
    signal.setitimer(signal.ITIMER_PROF, limit, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@contextmanager
def _memory() -> Iterator[None]:
    was_on = tracemalloc.is_tracing()
    tracemalloc.start()
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        if not was_on:
            tracemalloc.stop()
    if peak > MEMORY:
        raise TooMuch(f"{peak >> 20} MiB at once")
