"""Unpacking of model artifacts from anybody: no file may be written outside the folder, or fill the disk.

Blocking: call it in a thread.
"""

import shutil
import stat
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

_GIB = 1024**3
_MAX_ENTRIES = 100_000
_MAX_DEPTH = 100
# An archive with more bytes than this, and compressed by more than this ratio, is taken for a zip bomb. Real
# weights can hardly be compressed.
_BOMB_SIZE, _BOMB_RATIO = _GIB, 100
_CHUNK = 1024 * 1024
# Other methods need modules that not every Python has, and no source says that the service supports them.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# The exceptions of the standard library for archives that are damaged, encrypted or of an unknown version.
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


class BadArtifact(Exception):
    """The artifact cannot be unpacked; the message says why."""


def unpack(archive: Path, folder: Path) -> None:
    """Unpack `archive` into the new folder `folder`, with read-only files. Raises BadArtifact; then the files
    that were unpacked so far may be left.
    """
    try:
        with zipfile.ZipFile(archive) as source:
            entries = source.infolist()
            _check(entries, archive.stat().st_size, shutil.disk_usage(folder.parent).free)
            folder.mkdir()
            for entry in entries:
                _extract(source, entry, folder / _safe_name(entry))
    except _DAMAGED as error:
        raise BadArtifact(f"the model artifact is not a readable zip archive: {error}") from error


def _check(entries: list[zipfile.ZipInfo], packed: int, free: int) -> None:
    if len(entries) > _MAX_ENTRIES:
        raise BadArtifact(
            f"the model artifact holds {len(entries)} entries; at most {_MAX_ENTRIES} are unpacked"
        )
    size = sum(entry.file_size for entry in entries)
    if size > _BOMB_SIZE and size > _BOMB_RATIO * packed:
        raise BadArtifact(
            f"the model artifact would grow from {packed} to {size} bytes, which looks like a zip bomb"
        )
    if size > free:
        raise BadArtifact(f"the model artifact needs {size} bytes unpacked; the disk has {free} left")
    for entry in entries:
        if entry.flag_bits & 1:
            raise BadArtifact(f"the model artifact holds {entry.filename!r} encrypted")
        if entry.compress_type not in _METHODS:
            raise BadArtifact(f"the model artifact holds {entry.filename!r} neither stored nor deflated")


def _extract(source: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> None:
    try:
        if entry.is_dir():
            target.mkdir(parents=True, exist_ok=True)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        with source.open(entry) as reader, target.open("xb") as writer:
            _copy(reader, writer, entry)
        target.chmod(0o444)
    except (FileExistsError, NotADirectoryError) as error:
        raise BadArtifact(
            f"the model artifact holds {entry.filename!r} twice, or as a file and a folder"
        ) from error
    except OSError as error:
        raise BadArtifact(
            f"the model artifact holds {entry.filename!r}, which cannot be unpacked: {error}"
        ) from error


def _copy(reader: IO[bytes], writer: BinaryIO, entry: zipfile.ZipInfo) -> None:
    left = entry.file_size
    while chunk := reader.read(min(_CHUNK, left + 1)):
        left -= len(chunk)
        if left < 0:
            raise BadArtifact(f"the model artifact lies about the size of {entry.filename!r}")
        writer.write(chunk)


def _safe_name(entry: zipfile.ZipInfo) -> PurePosixPath:
    name = PurePosixPath(entry.filename)
    if not 1 <= len(name.parts) <= _MAX_DEPTH:
        raise BadArtifact(
            f"the model artifact holds a name of {len(name.parts)} parts; 1 to {_MAX_DEPTH} are unpacked"
        )
    if name.is_absolute() or ".." in name.parts or "\\" in entry.orig_filename or ":" in name.parts[0]:
        raise BadArtifact(f"the model artifact holds {entry.filename!r}, which would land outside its folder")
    mode = entry.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise BadArtifact(
            f"the model artifact holds {entry.filename!r}, which is a link or a device, not a file"
        )
    return name
