"""What was read of a model file is remembered while the process lives: many manifests name the same file, and
a file whose inode, size and times are the same is the same.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from reconciler.triton.files.local_files import LocalFiles

T = TypeVar("T")

MOST_REMEMBERED = 4096
"""Files, of which little is kept each; with more, all are forgotten."""

SETTLED = 50_000_000
"""Nanoseconds. A file that has changed just now may change again without another time."""


def once_for_each_file(read: Callable[[LocalFiles, str], T]) -> Callable[[LocalFiles, str], T]:
    """The same function, which reads each file once. What it raises is not remembered."""
    known: dict[tuple[int, ...], T] = {}

    def remembering(files: LocalFiles, path: str) -> T:
        state = files.state(path)
        if state is None or time.time_ns() - max(state[-2:]) < SETTLED:
            return read(files, path)
        if state not in known:
            if len(known) >= MOST_REMEMBERED:
                known.clear()
            known[state] = read(files, path)
        return known[state]

    return remembering
