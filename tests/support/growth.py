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
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        act()
    finally:
        sys.settrace(before)
    return count


def growth(make: Callable[[int], Callable[[], object]], number: int = 15) -> float:
    """How much more four times as many cost, as a share of four times as much; 1 is linear, 4 quadratic.
    What is only done the first time does not count.
    """
    one, four = make(number), make(4 * number)
    one()
    return bytecodes(four) / bytecodes(one) / 4
