"""Contents on disk, addressed by the SHA-256 of their bytes, and written and read as streams."""

import asyncio
import base64
import hashlib
import os
import re
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Digest:
    """`sha256` in hexadecimal, `md5` in base64 (as content-md5 wants it), `size` in bytes."""

    sha256: str
    md5: str
    size: int


class Incoming:
    """An upload that is being received. If its `with` block ends without `keep`, nothing is left of it."""

    def __init__(self, folder: Path, synced: bool) -> None:
        self._folder, self._synced = folder, synced
        self._file: BinaryIO
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False)
        self.size = 0

    def __enter__(self) -> Self:
        handle, name = tempfile.mkstemp(prefix="incoming-", dir=self._folder)
        self._path = Path(name)
        self._file = os.fdopen(handle, "wb")
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)

    def write(self, chunk: bytes) -> None:
        self._file.write(chunk)
        self._sha256.update(chunk)
        self._md5.update(chunk)
        self.size += len(chunk)

    def sha256(self) -> bytes:
        return self._sha256.digest()

    def md5(self) -> str:
        """In base64."""
        return base64.b64encode(self._md5.digest()).decode()

    def append(self, paths: Iterable[Path]) -> None:
        """Write the content of these files, one after the other. Blocking: call it in a thread."""
        for path in paths:
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    self.write(chunk)

    async def flush(self) -> None:
        """Write the bytes to the disk, and wait for it if the upload is `synced`."""
        self._file.flush()
        if self._synced:
            await asyncio.to_thread(os.fsync, self._file.fileno())

    def keep(self) -> Digest:
        """Move the content to its place. Call it inside the transaction that registers it."""
        digest = Digest(self._sha256.hexdigest(), self.md5(), self.size)
        self._path.replace(self._folder / digest.sha256)
        return digest


class Blobs:
    def __init__(self, folder: Path, *, synced: bool = True) -> None:
        self._folder, self._synced = folder, synced
        folder.mkdir(parents=True, exist_ok=True)
        for leftover in folder.glob("incoming-*"):
            if leftover.is_file() or leftover.is_symlink():
                leftover.unlink()

    def incoming(self) -> Incoming:
        return Incoming(self._folder, self._synced)

    def path(self, sha256: str) -> Path:
        return self._folder / sha256

    def stored(self) -> list[str]:
        """The SHA-256 of all contents."""
        return [path.name for path in self._folder.iterdir() if re.fullmatch("[0-9a-f]{64}", path.name)]

    def free(self, digests: Iterable[str], used: Callable[[str], bool]) -> None:
        """Remove those contents (SHA-256) that are not `used`."""
        for digest in digests:
            if not used(digest):
                self.path(digest).unlink(missing_ok=True)

    def read(self, sha256: str, start: int, length: int) -> AsyncIterator[bytes]:
        """The file is opened at once, so that the content can be read even if it is removed meanwhile."""
        file = self.path(sha256).open("rb")
        file.seek(start)
        return _chunks(file, length)


async def _chunks(file: BinaryIO, length: int) -> AsyncIterator[bytes]:
    with file:
        while length > 0:
            chunk = await asyncio.to_thread(file.read, min(_CHUNK, length))
            if not chunk:
                return
            length -= len(chunk)
            yield chunk
