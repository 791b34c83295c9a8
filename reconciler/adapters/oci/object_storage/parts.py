"""How an object is cut into parts, and the digests that Object Storage gives of them. Pure.

The size of the object alone decides the cut: so a later run makes the same parts, and knows those that an
earlier one has sent (docs/service.md §9).
"""

import base64
import hashlib
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MOST_PARTS = 10_000
SMALLEST_PART = 10 << 20
"""Bytes: Object Storage takes smaller ones as the last part alone (docs/service.md §9)."""

STEP = 1 << 20

IN_MEMORY = 30 << 20
"""Bytes of parts that are held at the same time, unless one alone has more."""

Content: TypeAlias = bytes | memoryview


def part_size(total: int, smallest: int) -> int:
    """Bytes of each part but the last."""
    least = -(-total // MOST_PARTS)
    return smallest if least <= smallest else -(-least // STEP) * STEP


def held_parts(size: int) -> int:
    """How many parts of this size are held at the same time."""
    return max(1, IN_MEMORY // size)


def md5_of(content: Content) -> str:
    """As the header Content-MD5 has it."""
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


def joined_md5(parts: Mapping[int, str]) -> str:
    """What Object Storage has as the digest of an object that came in these parts: the MD5 of their MD5s, in
    the order of their numbers, and how many they are.
    """
    digests = b"".join(base64.b64decode(parts[number]) for number in sorted(parts))
    return f"{md5_of(digests)}-{len(parts)}"


class Body(io.RawIOBase):
    """A part as a stream: the SDK takes streams or bytes, and bytes would be a second copy."""

    def __init__(self, content: memoryview) -> None:
        self._content, self._at = content, 0

    def __len__(self) -> int:
        return len(self._content)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        if whence != io.SEEK_SET:
            raise io.UnsupportedOperation("a part is read from its beginning")
        self._at = offset
        return offset

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        target = memoryview(buffer).cast("B")
        piece = self._content[self._at : self._at + len(target)]
        target[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)
