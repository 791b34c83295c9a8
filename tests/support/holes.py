"""Files of gigabytes of which only pieces exist."""

from bisect import bisect_right
from itertools import islice, takewhile


class Counted:
    """Bytes that are read at an offset, between holes of zeros; it counts what is read."""

    def __init__(self, *pieces: bytes | int) -> None:
        self.pieces: list[tuple[int, bytes]] = []
        self.size = self.read = self.reads = 0
        for piece in pieces:
            if isinstance(piece, bytes):
                self.pieces.append((self.size, piece))
            self.size += piece if isinstance(piece, int) else len(piece)

    def __call__(self, offset: int, length: int) -> bytes:
        assert offset >= 0
        self.read, self.reads = self.read + length, self.reads + 1
        data = bytearray(min(length, self.size - offset))
        first = bisect_right(self.pieces, offset, key=lambda piece: piece[0]) - 1
        for start, piece in takewhile(
            lambda piece: piece[0] < offset + length, islice(self.pieces, max(first, 0), None)
        ):
            low, high = max(start, offset), min(start + len(piece), offset + len(data))
            if low < high:
                data[low - offset : high - offset] = piece[low - start : high - start]
        return bytes(data)
