"""Opens and reads files of a home without trusting them: a checkout may have put anything there, such as a
link, a named pipe or a file without an end.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from reconciler.core.model.errors import SetupError

PRIVATE = 0o600
LARGEST_READ = 64 << 10
"""Bytes: what an emulator tells of itself is less than one KiB."""

NOT_OURS = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError)
"""What reading a JSON file raises that no emulator has written."""


def make_folder(folder: Path) -> None:
    """For the owner alone, from the start: the emulator keeps the environment variables of deployments."""
    with _usable(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def open_to_append(file: Path) -> IO[str]:
    """A file of the owner's alone, made if need be. Raises SetupError when it cannot be used."""
    with _usable(file):
        # O_NONBLOCK: a named pipe that nobody reads is refused, not waited for.
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK
        return os.fdopen(os.open(file, flags, PRIVATE), "a")


def open_regular(file: Path) -> IO[bytes]:
    """A regular file, opened to be read. Raises OSError for anything else, such as a link or a device."""
    handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(f"{file}: no regular file")
    return os.fdopen(handle, "rb")


def read_text(file: Path) -> str:
    """Raises OSError, and ValueError for what is no text, or too large for what an emulator writes."""
    with open_regular(file) as source:
        content = source.read(LARGEST_READ + 1)
    if len(content) > LARGEST_READ:
        raise ValueError(f"{file}: larger than {LARGEST_READ} bytes")
    return content.decode()


@contextmanager
def _usable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SetupError(
            f"{path}: the local emulator cannot keep its state there ({error.strerror}). Remove what is in "
            "the way, make the folder writable, or set another home for the target"
        ) from error
