"""Unpacks a model artifact that a stranger made: nothing may land outside the folder or fill the disk.

Blocking; run it in a thread.
"""

import shutil
import stat
import zipfile
from pathlib import Path, PurePosixPath

_GIB = 1024**3
_MAX_ENTRIES = 100_000
# Beyond this many bytes, an archive that shrinks more than this much is taken for a bomb. Real weights hardly
# compress.
_BOMB_SIZE, _BOMB_RATIO = _GIB, 100
_CHUNK = 1024 * 1024


class BadArtifact(Exception):
    """The artifact cannot be unpacked; the message says why."""


def unpack(archive: Path, folder: Path) -> None:
    """Unpack `archive` into the new folder `folder`, files read-only."""
    try:
        with zipfile.ZipFile(archive) as source:
            entries = [entry for entry in source.infolist() if not entry.is_dir()]
            _check(entries, archive.stat().st_size, shutil.disk_usage(folder.parent).free)
            folder.mkdir()
            for entry in source.infolist():
                _extract(source, entry, folder)
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise BadArtifact(f"the model artifact is not a readable zip archive: {error}") from error


def _check(entries: list[zipfile.ZipInfo], packed: int, free: int) -> None:
    if len(entries) > _MAX_ENTRIES:
        raise BadArtifact(
            f"the model artifact holds {len(entries)} files; at most {_MAX_ENTRIES} are unpacked"
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


def _extract(source: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> None:
    target = folder / _safe_name(entry)
    if entry.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    left = entry.file_size
    try:
        with source.open(entry) as reader, target.open("xb") as writer:
            while chunk := reader.read(min(_CHUNK, left + 1)):
                left -= len(chunk)
                if left < 0:
                    raise BadArtifact(f"the model artifact lies about the size of {entry.filename!r}")
                writer.write(chunk)
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise BadArtifact(f"the model artifact holds {entry.filename!r} twice") from error
    target.chmod(0o444)


def _safe_name(entry: zipfile.ZipInfo) -> PurePosixPath:
    name = PurePosixPath(entry.filename)
    if name.is_absolute() or ".." in name.parts or "\\" in entry.orig_filename or ":" in name.parts[0]:
        raise BadArtifact(f"the model artifact holds {entry.filename!r}, which would land outside its folder")
    mode = entry.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise BadArtifact(
            f"the model artifact holds {entry.filename!r}, which is a link or a device, not a file"
        )
    return name
