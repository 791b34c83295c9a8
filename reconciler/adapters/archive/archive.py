"""An artifact as a stream: a zip that is packed while it is read, so that no copy of it is ever on the disk.

What is packed is what was planned: the SHA-256 of every file is checked on the way. It must not decide what
belongs to an artifact.
"""

import hashlib
import io
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, assert_never

from reconciler.adapters.archive.zip_format import (
    BLOCK,
    Written,
    ZipMember,
    blocks,
    descriptor,
    directory,
    local_header,
    total_length,
)
from reconciler.adapters.http.fetch import Fetch
from reconciler.adapters.regular_files import open_regular
from reconciler.core.model.artifact import Artifact, Entry, Folder, Inline, LocalFile, Remote
from reconciler.core.model.errors import StalePlan

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

SMALL = 1 << 20
"""Bytes of a file that is read whole before any of it is sent."""


class Archive(io.RawIOBase):
    """A read-only binary stream of a deterministic zip. `len()` is its size in bytes, known from the start.

    HTTP clients take Content-Length from `len()` and `tell()`; `seek(0)` begins again, for a retry. Reading
    raises StalePlan when a file is no longer what was hashed, before the end of the zip is produced. Remote
    files are fetched when the archive is made.
    """

    def __init__(self, artifact: Artifact, fetch: Fetch) -> None:
        self._parts = _pack([])
        self._rest = memoryview(b"")
        self._position = 0
        self._sources = [_Source(entry, fetch) for entry in artifact.entries]
        self._length = total_length([source.member for source in self._sources])
        self._rewind()

    def __len__(self) -> int:
        return self._length

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Only to the beginning, or to where it stands already."""
        if whence != io.SEEK_SET or offset not in {0, self._position}:
            raise io.UnsupportedOperation("an archive can only be read again from its beginning")
        if offset != self._position:
            self._rewind()
        return self._position

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        target = memoryview(buffer).cast("B")
        filled = 0
        while filled < len(target) and self._more():
            part = self._rest[: len(target) - filled]
            target[filled : filled + len(part)] = part
            self._rest = self._rest[len(part) :]
            filled += len(part)
        self._position += filled
        return filled

    def close(self) -> None:
        self._parts.close()
        super().close()

    def _more(self) -> bool:
        while not self._rest:
            part = next(self._parts, None)
            if part is None:
                return False
            self._rest = memoryview(part)
        return True

    def _rewind(self) -> None:
        self._parts = _pack(self._sources)
        self._rest = memoryview(b"")
        self._position = 0


class _Source:
    """One entry with its size, and a way to read it."""

    def __init__(self, entry: Entry, fetch: Fetch) -> None:
        self.entry = entry
        self._content = _content(entry, fetch)
        self.member = ZipMember(entry.path, self._size())

    def _size(self) -> int:
        if self.entry.size is not None:
            return self.entry.size
        return self._content.stat().st_size if isinstance(self._content, Path) else len(self._content)

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        if isinstance(self._content, bytes):
            yield io.BytesIO(self._content)
            return
        try:
            file = open_regular(self._content)
        except OSError as error:
            raise self.stale(error.strerror or "cannot be read") from error
        with file:
            yield file

    def stale(self, why: str) -> StalePlan:
        place = self._content if isinstance(self._content, Path) else self.entry.path
        return StalePlan(f"{place}: {why}; it is not what the plan saw. Plan again")


def _content(entry: Entry, fetch: Fetch) -> Path | bytes:
    match entry.source:
        case LocalFile(path):
            return Path(path)
        case Inline(text):
            return text.encode()
        case Remote():
            return fetch(entry.source, entry.sha256)
        case Folder():
            return b""
        case _:
            assert_never(entry.source)


def _pack(sources: list[_Source]) -> Generator[bytes, None, None]:
    written: list[Written] = []
    at = 0
    for source in sources:
        yield local_header(source.member)
        crc = 0
        if not source.member.folder:
            crc = yield from _pack_content(source)
        yield descriptor(source.member, crc)
        written.append(Written(source.member, crc, at))
        at += source.member.length
    yield from directory(written, at)


def _pack_content(source: _Source) -> Generator[bytes, None, int]:
    """The member's blocks; returns the CRC-32. One byte more than planned is read, to notice a file that has
    grown. Nothing of a small file goes out before all of it is known to be what was planned: it may be a key
    that somebody has put in its place.
    """
    digest = hashlib.sha256()
    crc = 0
    left = source.member.size
    held: list[bytes] | None = [] if left <= SMALL else None
    with source.open() as file:
        while True:
            data = file.read(min(BLOCK, left))
            if len(data) < min(BLOCK, left):
                raise source.stale("is shorter than before")
            left -= len(data)
            digest.update(data)
            crc = zlib.crc32(data, crc)
            if not left:
                break
            if held is None:
                yield from blocks(data, last=False)
            else:
                held.append(data)
        if file.read(1):
            raise source.stale("is longer than before")
    if digest.hexdigest() != source.entry.sha256:
        raise source.stale("has other content than before")
    for block in held or ():
        yield from blocks(block, last=False)
    yield from blocks(data, last=True)
    return crc
