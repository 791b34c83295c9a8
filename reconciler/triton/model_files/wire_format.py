"""Protobuf's wire format (its documentation, Encoding), read field by field from a file of any size. What
nobody asks for is skipped, and hardly read.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

ReadAt = Callable[[int, int], bytes]
"""At most `length` bytes from `offset` on; fewer at the end of the file only."""

SMALLEST, LARGEST = 1 << 9, 1 << 16
"""Bytes of one read: few behind what was skipped, more and more where one field follows the other."""

LONGEST_VARINT = 10


class NotReadable(Exception):
    """The bytes are no message, or reading it would take more than is allowed."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a message: its number, and its value, or the place of its bytes in the file."""

    number: int
    value: int
    start: int
    end: int


class WireReader:
    """Reads a file in blocks, and no more than `most` bytes of it."""

    def __init__(self, read_at: ReadAt, size: int, most: int) -> None:
        self._read_at, self.size, self._left = read_at, size, most
        self._block, self._start, self._length = b"", 0, SMALLEST

    def fields(self, start: int, end: int) -> Iterator[Field]:
        """The fields of the message between these offsets. Raises NotReadable."""
        at = start
        while at < end:
            key, at = self._varint(at, end)
            number, kind = key >> 3, key & 7
            match kind:  # varint, 64 bits, bytes with their length, 32 bits
                case 0:
                    value, at = self._varint(at, end)
                    yield Field(number, value, at, at)
                case 1 | 5:
                    length = 8 if kind == 1 else 4
                    yield Field(number, 0, at, at + length)
                    at += length
                case 2:
                    length, at = self._varint(at, end)
                    yield Field(number, 0, at, at + length)
                    at += length
                case _:
                    raise NotReadable(f"a field of the unknown kind {kind}")
            if at > end:
                raise NotReadable("a field is longer than its message")

    def content(self, field: Field) -> bytes:
        """The bytes of a field. Raises NotReadable."""
        return self._bytes(field.start, field.end - field.start)

    def _varint(self, at: int, end: int) -> tuple[int, int]:
        value = 0
        for index in range(LONGEST_VARINT):
            if at >= end:
                raise NotReadable("the message ends in a number")
            byte = self._byte(at)
            at += 1
            value |= (byte & 0x7F) << (7 * index)
            if byte < 0x80:
                return value & (1 << 64) - 1, at
        raise NotReadable("a number without an end")

    def _byte(self, at: int) -> int:
        behind = self._start + len(self._block)
        if not self._start <= at < behind:
            self._length = min(2 * self._length, LARGEST) if at == behind else SMALLEST
            self._block, self._start = self._read(at, min(self._length, self.size - at)), at
        return self._block[at - self._start]

    def _bytes(self, at: int, length: int) -> bytes:
        inside = at - self._start
        if inside >= 0 and inside + length <= len(self._block):
            return self._block[inside : inside + length]
        return self._read(at, length)

    def _read(self, at: int, length: int) -> bytes:
        self._left -= length
        if self._left < 0:
            raise NotReadable("it would take too many bytes to read")
        read = self._read_at(at, length)
        if len(read) < length or not read:
            raise NotReadable("the file is shorter than its messages say")
        return read
