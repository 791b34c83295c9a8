"""A remote zip read where it lies: its listing costs a few ranged reads, however large it is.

Nothing is unpacked, and no more of a member is read than was asked for. The zip may be anybody's: whatever it
claims of itself, what is read, remembered and returned has bounds.
"""

import errno
import io
import stat
import struct
import zipfile
import zlib
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, cast

from reconciler.core.model.errors import Failed, quoting

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK = 16 * 1024
"""Bytes that are asked for at a time, at least; small, because small members lie far apart."""

KEPT = 64
"""Blocks that are remembered."""

LARGEST_DIRECTORY = 16 << 20
"""Bytes of a central directory: our own largest artifact, of 100,000 files, has 13 MB."""

MOST_NAMES = 150_000
"""Members of an artifact."""

LONGEST_NAME = 4096
"""Bytes of a member's name: the longest path on Linux, where the service unpacks it."""

MOST_BYTES = LARGEST_DIRECTORY + (136 << 20)
"""Bytes that are fetched of one artifact, whatever they are for: its directory, and 2048 configurations of 8
MB together, each with some blocks around it.
"""

MOST_PIECES = 4096
"""Reads inside the stored members of an artifact, each a request of its own: some minutes. A large model
takes hundreds.
"""

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DEFLATING = 4096
"""Bytes that a content grows by at most when it is deflated, besides a thousandth of it."""
_LOCAL_HEADER = struct.Struct("<4s22xHH")
"""Of a member, before its name: the signature, and the lengths of the name and of what follows it."""

_LOCAL_SIGNATURE = b"PK\3\4"
_ENCRYPTED = 1

MOST_INFLATED = 4 << 20
"""Bytes that are unpacked of a member that is deflated, to read some of them."""

FURTHEST = 64 * 1024
"""The same, where it does not begin with what is asked for: reads that follow fetch the same bytes again."""

_CENTRAL_HEADER = b"PK\1\2"
_ANEW = "Publish the model repository anew"
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    IndexError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
"""What the standard library raises for zips that are damaged, encrypted or of an unknown version. An OSError
is a seek to before the beginning; those of the network have become errors of `model.errors` before.
"""


class RangedFile(io.RawIOBase):
    """A read-only, seekable file of `size` bytes over `read_range(offset, length)`, which returns exactly
    those bytes. Raises Failed when more is asked for than a listing needs.
    """

    def __init__(self, read_range: Callable[[int, int], bytes], size: int) -> None:
        self._read_range = read_range
        self._size = size
        self._position = 0
        self._left = MOST_BYTES
        self._blocks: OrderedDict[int, bytes] = OrderedDict()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise OSError(errno.EINVAL, f"cannot seek to {base + offset}")
        self._position = base + offset
        return self._position

    def read(self, size: int = -1, /) -> bytes:
        """Like any file's `read`. zipfile reads the central directory in one large call. Its size and entries
        are limited here, before zipfile parses it.
        """
        if size is None or size < 0:
            size = max(0, self._size - self._position)
        if size > LARGEST_DIRECTORY:
            raise Failed(f"the artifact's listing is larger than {LARGEST_DIRECTORY} bytes. {_ANEW}")
        data: bytes = super().read(size)
        if size > BLOCK and data.count(_CENTRAL_HEADER) > MOST_NAMES:
            raise Failed(f"the artifact holds more than {MOST_NAMES} members. {_ANEW}")
        return data

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        target = memoryview(buffer).cast("B")
        data = self._bytes(self._position, min(self._position + len(target), self._size))
        target[: len(data)] = data
        self._position += len(data)
        return len(data)

    def piece(self, offset: int, length: int) -> bytes:
        """These bytes, or what there is of them, and no others around them: for reads that lie far apart."""
        stop = min(offset + length, self._size)
        return self._fetch(offset, stop - offset) if offset < stop else b""

    def _bytes(self, start: int, stop: int) -> bytes:
        if start >= stop:
            return b""
        first, last = start // BLOCK, (stop - 1) // BLOCK
        if first == last:
            return self._block(first)[start - first * BLOCK : stop - first * BLOCK]
        return self._fetch(start, stop - start)

    def _block(self, number: int) -> bytes:
        if number in self._blocks:
            self._blocks.move_to_end(number)
            return self._blocks[number]
        start = number * BLOCK
        self._blocks[number] = self._fetch(start, min(BLOCK, self._size - start))
        if len(self._blocks) > KEPT:
            self._blocks.popitem(last=False)
        return self._blocks[number]

    def _fetch(self, offset: int, length: int) -> bytes:
        self._left -= length
        if self._left < 0:
            raise Failed(f"the artifact's listing takes more than {MOST_BYTES} bytes. {_ANEW}")

        data = self._read_range(offset, length)
        if len(data) != length:
            raise Failed(
                f"asked for {length} bytes of an artifact at {offset}, got {len(data)}. "
                "It was replaced, or the service ignores ranges; try again"
            )
        return data


class RemoteZip:
    """The members of a zip, read where it lies. Raises Failed when it is no zip, or one whose content nobody
    can tell.
    """

    def __init__(self, file: RangedFile) -> None:
        self._file = file
        self._pieces_left = MOST_PIECES
        with damage_as_failed():
            self._archive = zipfile.ZipFile(cast("BinaryIO", file))
            _check_names(self._archive.infolist())

    def paths(self) -> tuple[str, ...]:
        """The names of all members, in the order of the listing."""
        return tuple(self._archive.namelist())

    def size(self, path: str) -> int:
        """Bytes of a member, as the listing claims."""
        return self._archive.getinfo(path).file_size

    def read(self, path: str, offset: int, length: int) -> bytes:
        """At most `length` bytes of a member from `offset` on. Of a member that is deflated, only the
        beginning can be read: raises OSError behind it, because all before it would have to be unpacked. Of
        members that are stored, any part can, until there have been MOST_PIECES of that.
        """
        member = self._archive.getinfo(path)
        check_member(member)
        stored = member.compress_type == zipfile.ZIP_STORED and not member.flag_bits & _ENCRYPTED
        if not stored and offset + length > (FURTHEST if offset else MOST_INFLATED):
            raise OSError(errno.EFBIG, "it is deflated, and only its beginning can be read", path)
        self._pieces_left -= bool(offset)
        if offset and self._pieces_left < 0:
            raise OSError(errno.EFBIG, f"the artifact took {MOST_PIECES} reads already", path)
        with damage_as_failed():
            if stored and offset:
                return self._stored(member, offset, length)
            with self._archive.open(member) as content:
                content.seek(offset)
                return content.read(length)

    def _stored(self, member: zipfile.ZipInfo, offset: int, length: int) -> bytes:
        """The same of a member that is there as it is; `zipfile` would read all that is before it."""
        self._file.seek(member.header_offset)
        signature, name, extra = _LOCAL_HEADER.unpack(self._file.read(_LOCAL_HEADER.size))
        if signature != _LOCAL_SIGNATURE:
            raise zipfile.BadZipFile("a member is not where the listing says")
        start = member.header_offset + _LOCAL_HEADER.size + name + extra
        return self._file.piece(start + offset, min(length, member.file_size - offset))


@contextmanager
def damage_as_failed() -> Iterator[None]:
    """Raise Failed for what the standard library raises when a zip is damaged."""
    try:
        yield
    except _DAMAGED as error:
        failed = Failed(f"the artifact cannot be read: {error}. {_ANEW}")
        raise quoting(failed, error) from error


def check_member(member: zipfile.ZipInfo) -> None:
    """Refuse a member whose content nobody can tell, or should unpack."""
    name = repr(member.filename[:80])
    # The other methods need modules that not every Python has, and fail in ways of their own.
    if member.compress_type not in _METHODS:
        method = member.compress_type
        what = f"{name} of an artifact is packed by method {method}, neither stored nor deflated"
        raise Failed(f"{what}. {_ANEW}")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise Failed(f"{name} of an artifact is a link. {_ANEW}")
    if member.compress_size > member.file_size + member.file_size // 1000 + _DEFLATING:
        raise Failed(f"{name} of an artifact is packed into more bytes than it has. {_ANEW}")


def _check_names(members: Sequence[zipfile.ZipInfo]) -> None:
    """Refuse names that unpackers treat differently: absolute paths, `..`, NUL bytes, names that occur twice.
    Nobody could tell which files the server gets.
    """
    if len(members) > MOST_NAMES:
        raise Failed(f"the artifact holds more than {MOST_NAMES} members. {_ANEW}")
    for member in members:
        name = member.filename
        if len(name.encode(errors="surrogateescape")) > LONGEST_NAME:
            raise Failed(f"the name of a member of an artifact is longer than {LONGEST_NAME} bytes. {_ANEW}")
        if name.startswith("/") or ".." in name.split("/") or "\0" in member.orig_filename:
            raise Failed(f"{name[:80]!r} of an artifact would leave its folder, or hides its name. {_ANEW}")
    [(name, count)] = Counter(member.filename for member in members).most_common(1) or [("", 0)]
    if count > 1:
        raise Failed(f"{name[:80]!r} is in an artifact {count} times. {_ANEW}")
