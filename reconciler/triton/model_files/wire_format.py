"""Protobuf's wire format (its documentation, Encoding), read field by field from a file of any size.

What nobody asks for is skipped, and hardly read. The file may be anybody's: what is read of it, how often,
and how many fields are looked at have bounds.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

ReadAt = Callable[[int, int], bytes]
"""At most `length` bytes from `offset` on; fewer at the end of the file only."""

MOST_BYTES = 4 << 20
"""That are read of one file. Models whose graph alone is larger are rare."""

MOST_READS = 1024
"""Reads of one file, each of which may be a request to a bucket: one or two for each large weight."""

MOST_FIELDS = 200_000
"""That are looked at in one file: half a second."""

SMALLEST, LARGEST = 1 << 9, 1 << 16
"""Bytes of one read: few behind what was skipped, more and more where one field follows the other."""

LONGEST_VARINT = 10

LONGEST_TEXT = 4096
"""Bytes of a name in a message."""


MOST_NESTED = 100
"""Messages and groups inside each other; protobuf itself reads no more."""

_END_OF_GROUP = 4


class NotReadable(Exception):
    """The bytes are no such message, or nobody can tell: reading it would take more than is allowed."""


class Broken(NotReadable):
    """The bytes are no such message, whoever reads them."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a message: its number, and either its `value` or the place of its bytes in the file. `place`
    is None for numbers.
    """

    number: int
    value: int = 0
    place: tuple[int, int] | None = None


class WireReader:
    """Reads a file of `size` bytes in blocks."""

    def __init__(self, read_at: ReadAt, size: int) -> None:
        self._read_at, self._size = read_at, size
        self._bytes_left, self._reads_left, self._fields_left = MOST_BYTES, MOST_READS, MOST_FIELDS
        self._block, self._start, self._length = b"", 0, SMALLEST

    def whole(self) -> Field:
        """The file as a message."""
        return Field(0, 0, (0, self._size))

    def fields(self, message: Field) -> Iterator[Field]:
        """The fields of a message, in the order of the file. Raises NotReadable."""
        if message.place is None:
            raise NotReadable("a number stands where a message should be")
        at, end = message.place
        while at < end:
            self._count_field()
            field, at = self._field(at, end)
            yield field

    def each(self, message: Field, number: int) -> Iterator[Field]:
        """The fields of this number. Raises NotReadable."""
        return (field for field in self.fields(message) if field.number == number)

    def only(self, message: Field, number: int) -> Field | None:
        """The field of this number, or None. Raises NotReadable, also where there are several: protobuf would
        merge them, and nobody writes that.
        """
        found = None
        for field in self.each(message, number):
            if found is not None:
                raise NotReadable(f"field {number} occurs twice")
            found = field
        return found

    def text(self, message: Field, number: int) -> str:
        """The text of the only field of this number; empty without one. Raises NotReadable."""
        field = self.only(message, number)
        return self.decoded(field) if field else ""

    def decoded(self, field: Field) -> str:
        """The text of a field. Raises NotReadable."""
        try:
            return self.content(field, LONGEST_TEXT).decode()
        except UnicodeDecodeError as error:
            raise NotReadable("a name is not UTF-8") from error

    def content(self, field: Field, longest: int) -> bytes:
        """The bytes of a field. Raises NotReadable when there are more than `longest`."""
        if field.place is None:
            raise NotReadable("a number stands where bytes should be")
        start, end = field.place
        if end - start > longest:
            raise NotReadable(f"a text of more than {longest} bytes")
        inside = start - self._start
        if inside >= 0 and end <= self._start + len(self._block):
            return self._block[inside : inside + end - start]
        return self._read(start, end - start) if end > start else b""

    def _field(self, at: int, end: int) -> tuple[Field, int]:
        """The field at an offset, and the offset behind it."""
        key, at = self._varint(at, end)
        number, kind = key >> 3, key & 7
        if not number:
            raise Broken("a field without a number")
        if kind == 3:
            return Field(number), self._behind_group(number, at, end)
        if kind == 0:
            value, at = self._varint(at, end)
            return Field(number, value), at
        return self._field_of_bytes(number, kind, at, end)

    def _field_of_bytes(self, number: int, kind: int, at: int, end: int) -> tuple[Field, int]:
        match kind:
            case 1:
                field, behind = Field(number), at + 8
            case 2:
                length, at = self._varint(at, end)
                field, behind = Field(number, 0, (at, at + length)), at + length
            case 5:
                field, behind = Field(number), at + 4
            case _:
                raise Broken(f"a field of the unknown kind {kind}")
        if behind > end:
            raise Broken("a field is longer than its message")
        return field, behind

    def _behind_group(self, number: int, at: int, end: int) -> int:
        """The offset behind a group, an old way of writing messages, which nobody here asks for."""
        inside = [number]
        while inside:
            self._count_field()
            key, behind = self._varint(at, end)
            if key & 7 == _END_OF_GROUP:
                if key >> 3 != inside.pop():
                    raise Broken("the end of another group")
                at = behind
            elif key & 7 == 3:
                inside.append(key >> 3)
                at = behind
            else:
                _, at = self._field(at, end)
            if len(inside) > MOST_NESTED:
                raise NotReadable(f"more than {MOST_NESTED} groups inside each other")
        return at

    def _count_field(self) -> None:
        self._fields_left -= 1
        if self._fields_left < 0:
            raise NotReadable(f"more than {MOST_FIELDS} fields")

    def _varint(self, at: int, end: int) -> tuple[int, int]:
        value = 0
        for index in range(LONGEST_VARINT):
            if at >= end:
                raise Broken("the message ends in a number")
            byte = self._byte(at)
            at += 1
            value |= (byte & 0x7F) << (7 * index)
            if byte < 0x80:
                return value & (1 << 64) - 1, at
        raise Broken("a number without an end")

    def _byte(self, at: int) -> int:
        behind = self._start + len(self._block)
        if not self._start <= at < behind:
            near = 0 <= at - behind < self._length
            self._length = min(2 * self._length, LARGEST) if near else SMALLEST
            self._block, self._start = self._read(at, min(self._length, self._size - at)), at
        return self._block[at - self._start]

    def _read(self, at: int, length: int) -> bytes:
        self._bytes_left -= length
        self._reads_left -= 1
        if self._bytes_left < 0 or self._reads_left < 0:
            raise NotReadable("it would take too much to read")
        read = self._read_at(at, length)
        if len(read) != length:
            raise NotReadable("the file is shorter than its messages say")
        return read
