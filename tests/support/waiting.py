"""Waiting for what happens elsewhere: looked for again and again, with a deadline."""

import time
from collections.abc import Callable
from typing import Any


def wait_for(condition: Callable[[], Any], seconds: float = 60.0) -> Any:
    """The first true value of `condition`. Only what never comes takes so long, on a busy machine too."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.01)
    raise AssertionError(f"not so within {seconds:g} s")
