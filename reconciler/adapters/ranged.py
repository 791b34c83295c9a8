"""A remote zip read where it lies: its listing costs a few ranged reads, however large it is.

Nothing is unpacked, and no more of a member is read than was asked for.
"""

import errno
import io
import struct
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO, cast

from reconciler.core.errors import Failed

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK = 16 * 1024
"""Bytes that are asked for at a time, at least; small, because each config.pbtxt lies in a block of its own.
"""

KEPT = 64
"""Blocks that are remembered."""

LARGEST_CONFIG = 1 << 20
"""Bytes of a config.pbtxt that are still read; real ones have a few thousand."""

_CONFIG = "config.pbtxt"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
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
is a seek to before the beginning; those of the network have become errors of `core.errors` before.
"""


class RangedFile(io.RawIOBase):
    """A read-only, seekable file of `size` bytes over `read_range(offset, length)`, which returns exactly
    those bytes.
    """

    def __init__(self, read_range: Callable[[int, int], bytes], size: int) -> None:
        self._read_range = read_range
        self._size = size
        self._position = 0
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

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        target = memoryview(buffer).cast("B")
        data = self._bytes(self._position, min(self._position + len(target), self._size))
        target[: len(data)] = data
        self._position += len(data)
        return len(data)

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
        data = self._read_range(offset, length)
        if len(data) != length:
            raise Failed(
                f"asked for {length} bytes of an artifact at {offset}, got {len(data)}. "
                "It was replaced, or the service ignores ranges; try again"
            )
        return data


def read_listing(file: io.RawIOBase | BinaryIO) -> tuple[tuple[str, ...], dict[str, str]]:
    """The member names of a zip, and the text of each `<model>/config.pbtxt` by the model's name; of one
    without a folder, as a member of a model group has it, by the name "".

    Raises Failed when it is no zip, or a config.pbtxt is too large, damaged or not UTF-8.
    """
    try:
        with zipfile.ZipFile(cast("BinaryIO", file)) as archive:
            names = tuple(archive.namelist())
            configs = {_folder(name): _read_config(archive, name) for name in names if _is_config(name)}
    except _DAMAGED as error:
        raise Failed(
            f"the artifact's listing cannot be read: {error}. Publish the model repository anew"
        ) from error
    return names, configs


def _is_config(name: str) -> bool:
    folder, _, file = name.rpartition("/")
    return file == _CONFIG and "/" not in folder


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


def _read_config(archive: zipfile.ZipFile, name: str) -> str:
    # The other methods need modules that not every Python has, and fail in ways of their own.
    if (method := archive.getinfo(name).compress_type) not in _METHODS:
        raise Failed(
            f"{name} of an artifact is packed by method {method}, neither stored nor deflated. "
            "Publish the model repository anew"
        )
    with archive.open(name) as member:
        data = member.read(LARGEST_CONFIG + 1)
    if len(data) > LARGEST_CONFIG:
        raise Failed(
            f"{name} of an artifact is larger than {LARGEST_CONFIG} bytes. Publish the model repository anew"
        )
    return data.decode()
