"""The bytes of a zip whose length is known before the first byte of content is read.

Every member is a sequence of uncompressed deflate blocks (RFC 1951, section 3.2.4) followed by a data
descriptor. Such a member can be written in one pass over its file, and even readers that never seek can
unpack it; plainly stored members with a descriptor cannot be unpacked by those (Java's ZipInputStream says
"only DEFLATED entries can have EXT descriptor"). Model weights hardly compress, and bytes that come from a
compressor would depend on its version. Times, modes and the system are fixed, so the same members give the
same bytes everywhere.

Field names and numbers of sections are those of PKWARE's APPNOTE.TXT 6.3.10. Nothing here reads a file.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

BLOCK = 0xFFFF
"""Bytes of content in one deflate block: the most that its 16-bit length can say."""

_LIMIT = 0xFFFFFFFF
"""In a field of 32 bits: the value is in 64 bits elsewhere (section 4.4). So less fits into such a field."""
_MANY = 0xFFFF
_DEFLATED = 8
_STREAMED = 0x0008
_UTF8 = 0x0800
_1980 = 0x0021
_UNIX = 3 << 8
_FILE_MODE = 0o100644 << 16
_FOLDER_MODE = 0o40755 << 16 | 0x10
_PLAIN, _ZIP64 = 20, 45


@dataclass(frozen=True, slots=True)
class ZipMember:
    """A file, or a folder when its name ends with `/` (then `size` is 0); `size` in bytes."""

    name: str
    size: int

    @property
    def folder(self) -> bool:
        return self.name.endswith("/")

    @property
    def packed(self) -> int:
        """Bytes of its content inside the zip: five more for each block."""
        return 0 if self.folder else self.size + 5 * max(1, -(-self.size // BLOCK))

    @property
    def big(self) -> bool:
        """Whether its sizes need 64 bits (section 4.5.3)."""
        return self.packed >= _LIMIT

    @property
    def length(self) -> int:
        """Bytes from its local header to its descriptor."""
        return len(local_header(self)) + self.packed + len(descriptor(self, 0))


@dataclass(frozen=True, slots=True)
class Written:
    """A member that has been written: its CRC-32 and the offset of its local header."""

    member: ZipMember
    crc: int
    offset: int


def total_length(members: Sequence[ZipMember]) -> int:
    """Bytes of the whole zip."""
    at = 0
    written = []
    for member in members:
        written.append(Written(member, 0, at))
        at += member.length
    return at + sum(len(part) for part in directory(written, at))


def blocks(data: bytes, last: bool) -> Iterator[bytes]:
    """One deflate block around at most `BLOCK` bytes."""
    yield struct.pack("<BHH", last, len(data), len(data) ^ 0xFFFF)
    yield data


def local_header(member: ZipMember) -> bytes:
    """Section 4.3.7. Sizes and CRC are in the descriptor; for a big member section 4.3.9.2 wants the extra
    field as well.
    """
    extra = struct.pack("<HHQQ", 1, 16, 0, 0) if member.big else b""
    size = _LIMIT if member.big else 0
    name = member.name.encode()
    return (
        struct.pack("<4s5H3I2H", b"PK\3\4", *_common(member), 0, size, size, len(name), len(extra))
        + name
        + extra
    )


def descriptor(member: ZipMember, crc: int) -> bytes:
    """Section 4.3.9; a folder has none."""
    if member.folder:
        return b""
    return struct.pack("<4sIQQ" if member.big else "<4sIII", b"PK\7\x08", crc, member.packed, member.size)


def directory(written: Sequence[Written], at: int) -> Iterator[bytes]:
    """Central directory and end records (sections 4.3.12 to 4.3.16); `at` is where it begins."""
    size = 0
    for item in written:
        header = _central_header(item)
        size += len(header)
        yield header
    count = len(written)
    if count >= _MANY or size >= _LIMIT or at >= _LIMIT:
        yield struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, _UNIX | _ZIP64, _ZIP64, 0, 0, count, count, size, at)
        yield struct.pack("<4sIQI", b"PK\6\7", 0, at + size, 1)
    short = min(count, _MANY)
    yield struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, short, short, min(size, _LIMIT), min(at, _LIMIT), 0)


def _common(member: ZipMember) -> tuple[int, int, int, int, int]:
    """Version needed, flags, method, time and date."""
    flags = 0 if member.name.isascii() else _UTF8
    if member.folder:
        return _PLAIN, flags, 0, 0, _1980
    return _ZIP64 if member.big else _PLAIN, flags | _STREAMED, _DEFLATED, 0, _1980


def _central_header(item: Written) -> bytes:
    member = item.member
    wide = [member.size, member.packed] if member.big else []
    if item.offset >= _LIMIT:
        wide.append(item.offset)
    extra = struct.pack(f"<HH{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
    sizes = (_LIMIT, _LIMIT) if member.big else (member.packed, member.size)
    name = member.name.encode()
    mode = _FOLDER_MODE if member.folder else _FILE_MODE
    version, *rest = _common(member)
    needed = _ZIP64 if wide else version
    fixed = struct.pack(
        "<4s6H3I5H2I",
        *(b"PK\1\2", _UNIX | needed, needed, *rest, item.crc, *sizes, len(name), len(extra)),
        *(0, 0, 0, mode, min(item.offset, _LIMIT)),
    )
    return fixed + name + extra
