"""Opens files of a model repository without waiting: a pipe would never answer, and a device is not a file.

The identity of an open file tells later whether it is still the same file.
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
def open_file(path: str, *, follow: bool = True) -> Iterator[int]:
    """A descriptor of a regular file. Raises OSError for anything else, and for a link that must not be
    followed.
    """
    descriptor = os.open(path, _WITHOUT_WAITING | (0 if follow else os.O_NOFOLLOW))
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        yield descriptor
    finally:
        os.close(descriptor)


def identity_of(status: os.stat_result) -> Identity:
    """Which file it is."""
    return status.st_dev, status.st_ino


def read_at(descriptor: int, offset: int, length: int) -> bytes:
    """`length` bytes of a file from `offset` on, or all that it has there."""
    data = b""
    while len(data) < length and (more := os.pread(descriptor, length - len(data), offset + len(data))):
        data += more
    return data
