"""What something costs, counted rather than timed: the bytecodes that Python executes for it."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def bytecodes(act: Callable[[], object]) -> int:
    """How many are executed; the same on every machine, however busy."""
    count = 0

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        if event == "opcode":
            count += 1
        else:
            frame.f_trace_opcodes = True
        return trace

    before = sys.gettrace()
    sys._getframe().f_trace_opcodes = True  # before it begins, or Python 3.12 tells of none the first time
    sys.settrace(trace)
    try:
        act()
    finally:
        sys.settrace(before)
    assert count
    return count


def growth(make: Callable[[int], Callable[[], object]], number: int = 15) -> float:
    """How much more four times as many cost, as a share of four times as much; 1 is linear, 4 quadratic.
    What is only done the first time does not count.
    """
    one, four = make(number), make(4 * number)
    one()
    return bytecodes(four) / bytecodes(one) / 4
