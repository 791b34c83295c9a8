"""A file that is being downloaded: it grows under a name of its own, so that the next run goes on where this
one ended. One thread of one process at a time holds it.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from reconciler.core.model.errors import SetupError


class PartialFile:
    """What has arrived so far. When the disk does not take more, it is deleted, so that others have the room,
    and SetupError is raised.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path, self._descriptor = path, descriptor
        self._named = True

    @property
    def size(self) -> int:
        """Bytes that have arrived."""
        return os.fstat(self._descriptor).st_size

    def append(self, block: bytes) -> None:
        """Add what has arrived."""
        rest = memoryview(block)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError as error:
            self.discard()
            raise _trouble(self._path.parent, error) from error

    def clear(self) -> None:
        """Drop all that has arrived."""
        if self.size:
            with _disk(self._path.parent):
                os.ftruncate(self._descriptor, 0)

    def digest(self) -> str:
        """The SHA-256 of what is on the disk."""
        with _disk(self._path.parent), os.fdopen(self._descriptor, "rb", closefd=False) as file:
            file.seek(0)
            return hashlib.file_digest(file, "sha256").hexdigest()

    def keep_as(self, path: Path) -> None:
        """The file is whole: rename it to the path under which it is looked for."""
        with _disk(path.parent):
            self._path.replace(path)
        self._named = False

    def discard(self) -> None:
        """Delete it."""
        if self._named:
            self._path.unlink(missing_ok=True)
        self._named = False

    def close(self) -> None:
        """Let others have it. One that is empty is deleted."""
        if not self.size:
            self.discard()
        os.close(self._descriptor)


@contextmanager
def partial_file(path: Path) -> Iterator[PartialFile]:
    """The partial file at this path, old or new, once nobody else holds it."""
    with _disk(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = PartialFile(path, _lock(path))
    try:
        yield part
    finally:
        part.close()


def delete_old_partials(folder: Path, before: float) -> None:
    """Delete the partial files that nobody holds and that have not grown since `before`, in seconds of the
    epoch: no manifest names them any more, or their download was given up.
    """
    for path in folder.glob("*.part"):
        with suppress(OSError):
            if path.lstat().st_mtime < before:
                _delete(path, before)


def _delete(path: Path, before: float) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        opened = os.fstat(descriptor)
        if os.path.samestat(path.lstat(), opened) and opened.st_mtime < before:
            path.unlink()
    finally:
        os.close(descriptor)


def _lock(path: Path) -> int:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if _is_at(path, descriptor):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _is_at(path: Path, descriptor: int) -> bool:
    """Whether the open file is still there: whoever held it before may rename or delete it at any time."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


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
