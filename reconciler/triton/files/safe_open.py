"""Files of a model repository, opened without waiting: a pipe would never answer, and a device is no file.

What is opened is told by its identity, so that it can be found out later whether it is still the same file.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeAlias

Identity: TypeAlias = tuple[int, int]
"""Device and inode."""

_WITHOUT_WAITING = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


@contextmanager
def opened(path: str, *, follow: bool = True) -> Iterator[int]:
    """A descriptor of a regular file. Raises OSError, also for anything else than a file, and for a link that
    is not to be followed.
    """
    descriptor = os.open(path, _WITHOUT_WAITING | (0 if follow else os.O_NOFOLLOW))
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        yield descriptor
    finally:
        os.close(descriptor)


def identity_of(status: os.stat_result) -> Identity:
    """Which file it is."""
    return status.st_dev, status.st_ino


def beginning(descriptor: int, count: int) -> bytes:
    """The first `count` bytes of a file, or all that it has."""
    found = b""
    while len(found) < count and (more := os.pread(descriptor, count - len(found), len(found))):
        found += more
    return found
