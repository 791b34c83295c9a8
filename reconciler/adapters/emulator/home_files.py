"""Opens and reads files of a home without trusting them: a checkout may have put anything there, such as a
link, a named pipe or a file without an end.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from reconciler.adapters.regular_files import open_regular
from reconciler.core.model.errors import SetupError

PRIVATE = 0o600
LARGEST_READ = 64 << 10
"""Bytes: what an emulator tells of itself is less than one KiB."""

FORMAT_ERRORS = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError)
"""What reading a file raises when it does not have the emulator's format. Such a file counts as missing."""


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


def read_text(file: Path) -> str:
    """Raises OSError, and ValueError for what is no text, or too large for what an emulator writes."""
    with open_regular(file, follow=False) as source:
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
