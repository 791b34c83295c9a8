"""A file on its way here: it grows under a name of its own, so that the next run goes on where this one
ended, and belongs to one thread of one process at a time. Where it comes from is not known here.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from reconciler.core.model.errors import SetupError


class Part:
    """What has arrived so far. Raises SetupError when the disk does not take it; then it is gone, so that
    others have the room.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path, self._descriptor = path, descriptor
        self._named = True

    @property
    def size(self) -> int:
        """Bytes that have arrived."""
        return os.fstat(self._descriptor).st_size

    def append(self, block: bytes) -> None:
        """Keep what has arrived."""
        rest = memoryview(block)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError as error:
            self.discard()
            raise _trouble(self._path.parent, error) from error

    def clear(self) -> None:
        """Begin anew."""
        if self.size:
            with _disk(self._path.parent):
                os.ftruncate(self._descriptor, 0)

    def digest(self) -> str:
        """The SHA-256 of what lies on the disk."""
        with _disk(self._path.parent), os.fdopen(self._descriptor, "rb", closefd=False) as file:
            file.seek(0)
            return hashlib.file_digest(file, "sha256").hexdigest()

    def keep_as(self, path: Path) -> None:
        """It is whole: give it the name under which it is looked for."""
        with _disk(path.parent):
            self._path.replace(path)
        self._named = False

    def discard(self) -> None:
        """Throw it away."""
        if self._named:
            self._path.unlink(missing_ok=True)
        self._named = False

    def close(self) -> None:
        """Let others have it; nothing is kept of one that has not begun."""
        if not self.size:
            self.discard()
        os.close(self._descriptor)


@contextmanager
def arriving(path: Path) -> Iterator[Part]:
    """The part of this name, old or new, once nobody else has it."""
    with _disk(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = Part(path, _lock(path))
    try:
        yield part
    finally:
        part.close()


def forget_old(folder: Path, before: float) -> None:
    """Throw away the parts to which nothing has come since `before`, in seconds of the epoch, and which
    nobody has: what they belonged to is in no manifest any more, or their download was given up.
    """
    for path in folder.glob("*.part"):
        with suppress(OSError):
            if path.lstat().st_mtime < before:
                _forget(path, before)


def _forget(path: Path, before: float) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        now = os.fstat(descriptor)
        if os.path.samestat(path.lstat(), now) and now.st_mtime < before:
            path.unlink()
    finally:
        os.close(descriptor)


def _lock(path: Path) -> int:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # Whoever had it before us may have moved it away, or thrown it away.
            if path.exists() and os.path.samestat(path.stat(), os.fstat(descriptor)):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


@contextmanager
def _disk(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _trouble(folder, error) from error


def _trouble(folder: Path, error: OSError) -> SetupError:
    return SetupError(
        f"{folder}: remote files cannot be kept there ({error.strerror}). "
        "Set XDG_CACHE_HOME to a folder that you can write to and that has room, or make room there"
    )
