"""Files of this machine, and texts, as the files of a model repository: the local side of `files.port`."""

import errno
import os
from collections.abc import Mapping, Sequence

from reconciler.core.model.artifact import Folder, Inline, LocalFile, Remote, Source
from reconciler.triton.files.safe_open import open_file, read_at


class LocalFiles:
    """Sources by their paths in the model repository. What is fetched later cannot be read here."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._sources = sources

    def paths(self) -> Sequence[str]:
        return tuple(self._sources)

    def size(self, path: str) -> int:
        source = self._source(path)
        if isinstance(source, bytes):
            return len(source)
        with open_file(source.path) as descriptor:
            return os.fstat(descriptor).st_size

    def state(self, path: str) -> tuple[int, ...] | None:
        """What tells a file's content from any other: device, inode, size, and the times in nanoseconds at
        which content and inode changed. None for what is not a file on disk. Raises OSError.
        """
        source = self._source(path)
        if isinstance(source, bytes):
            return None
        with open_file(source.path) as descriptor:
            found = os.fstat(descriptor)
            return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)

    def read(self, path: str, offset: int, length: int) -> bytes:
        source = self._source(path)
        if isinstance(source, bytes):
            return source[offset : offset + length]
        with open_file(source.path) as descriptor:
            return read_at(descriptor, offset, length)

    def _source(self, path: str) -> LocalFile | bytes:
        """The file, or the content of what is not a file on disk."""
        match self._sources.get(path):
            case LocalFile() as file:
                return file
            case Inline(text):
                return text.encode()
            case Folder():
                return b""
            case Remote():
                raise OSError(errno.ENOENT, "it is not on this machine", path)
            case None:
                raise OSError(errno.ENOENT, "there is no such file", path)
