"""The members of a zip archive that is read through the port: their names, and the first bytes of one.

The archive may be anybody's: how much is read of it, and unpacked, has bounds. Nothing is written anywhere.
"""

import io
import struct
import zipfile
import zlib

from reconciler.triton.model_files.wire_format import Broken, NotReadable, ReadAt

MOST_BYTES = 8 << 20
"""That are read of one archive. A central directory takes about a hundred for each member."""

_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    RuntimeError,  # it asks for a password, or is packed in another way
    ValueError,
    LookupError,
    OverflowError,
)


class ZipMembers:
    """A zip archive of `size` bytes. Raises Broken when it is none, and NotReadable when reading it would
    take too much.
    """

    def __init__(self, read_at: ReadAt, size: int) -> None:
        self._file = _File(read_at, size)
        try:
            self._zip = zipfile.ZipFile(self._file)
        except _DAMAGED as error:
            self._file.check()
            raise Broken("it has no directory of a zip archive at its end") from error
        self.names = tuple(item.filename for item in self._zip.infolist())

    def beginning(self, name: str, longest: int) -> bytes:
        """At most the first `longest` bytes of a member. Raises NotReadable."""
        try:
            with self._zip.open(name) as member:
                return member.read(longest)
        except _DAMAGED as error:
            self._file.check()
            raise NotReadable(f"the member {name!r} cannot be read") from error


class _File(io.RawIOBase):
    """What `zipfile` reads: the file at the port, with a bound. `zipfile` takes an error of the port for a
    fault of the archive, so that it is kept.
    """

    def __init__(self, read_at: ReadAt, size: int) -> None:
        self._read_at, self._size, self._at = read_at, size, 0
        self._left = MOST_BYTES
        self._error: OSError | None = None

    def check(self) -> None:
        """Raises what the port has raised."""
        if self._error:
            raise self._error

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError("before the beginning")
        self._at = start + offset
        return self._at

    def read(self, length: int | None = -1) -> bytes:
        there = max(0, self._size - self._at)
        wanted = there if length is None or length < 0 else min(length, there)
        self._left -= wanted
        if self._left < 0:
            raise NotReadable("it would take too much to read")
        try:
            content = self._read_at(self._at, wanted) if wanted else b""
        except OSError as error:
            self._error = error
            raise
        self._at += len(content)
        return content
