"""Waiting for what happens elsewhere: looked for again and again, with a deadline.

At first it looks often, for what happens at once; later less, as a look may cost what is waited for its time.
"""

import time
from collections.abc import Callable
from typing import Any

SHORTEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.01, 0.1
GROWTH = 1.25


def wait_for(condition: Callable[[], Any], seconds: float = 60.0, what: str = "what it waits for") -> Any:
    """The first true value of `condition`; `what` says it in words. Only what never comes takes so long, on a
    busy machine too.
    """
    deadline, pause = time.monotonic() + seconds, SHORTEST_PAUSE_SECONDS
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(pause)
        pause = min(LONGEST_PAUSE_SECONDS, pause * GROWTH)
    raise AssertionError(f"not within {seconds:g} s: {what}")
