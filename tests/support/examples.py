"""How many examples a property is tried with: few on every run, and `EXAMPLES` times as many where time is no
matter (`make properties`, every night).
"""

import os

SCALE = int(os.environ.get("EXAMPLES", "1"))


def examples(number: int) -> int:
    """So many, for `settings(max_examples=…)`."""
    return number * SCALE


def every_few(number: int) -> int:
    """Of a grid of cases, every so-many-th is tried on every run, and each where time is no matter."""
    return number if SCALE == 1 else 1
