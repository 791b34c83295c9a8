"""Remembers the digests of files that were read before, in one small JSON file.

It is only a cache: it may be lost, damaged or shared by several processes at any time, and the worst that
follows is that a file is hashed again. A digest is used only when the file cannot have changed. The cache
lies in the repository, where anybody may have put links, pipes or devices in its place: nothing is read or
written through them.
"""

import contextlib
import errno
import json
import os
import re
import tempfile
from dataclasses import astuple, dataclass
from pathlib import Path
from threading import Lock

from reconciler.triton.files.safe_open import open_file, read_at

KEPT = 20_000
"""Entries that are kept, the ones used last."""

LARGEST_CACHE = 32 << 20
"""Bytes that are read; `KEPT` entries have a few million."""

RACY_NANOSECONDS = 2_000_000_000
"""A file that is younger than this when it is read may change again within the same tick of its file system's
clock. (The index of git has the same rule.)
"""

_FORMAT = 1
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Stamp:
    """Size, times in nanoseconds, inode: while they stay the same, the file is unchanged. Programs can set
    every time but the change time.
    """

    size: int
    mtime: int
    ctime: int
    inode: int


class HashCache:
    """Digests by path, each for one stamp. With `path` None, nothing is written to disk."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._entries = _read(path) if path else {}
        self._fresh: dict[str, list[int | str]] = {}
        self._changed = False
        self._lock = Lock()

    def get(self, path: str, stamp: Stamp) -> str | None:
        """The digest of a file that still has this stamp."""
        entry = self._entries.get(path)
        if entry is None or entry[:-1] != list(astuple(stamp)):
            return None
        self._fresh[path] = entry
        return str(entry[-1])

    def put(self, path: str, stamp: Stamp, sha256: str, read_time: int) -> None:
        """Remember a digest, unless the file was too young when it was read (`read_time`, nanoseconds)."""
        if max(stamp.mtime, stamp.ctime) + RACY_NANOSECONDS >= read_time:
            return
        with self._lock:
            self._fresh[path] = [*astuple(stamp), sha256]
            self._changed = True

    def save(self) -> None:
        """Add what is new to what other processes have written meanwhile. Failing to write is no error."""
        if not self._path or not self._changed:
            return
        older = {path: entry for path, entry in _read(self._path).items() if path not in self._fresh}
        entries = {**older, **self._fresh}
        kept = dict(list(entries.items())[-KEPT:])
        with contextlib.suppress(OSError):
            _write(self._path, json.dumps({"format": _FORMAT, "files": kept}, separators=(",", ":")))


def _read(path: Path) -> dict[str, list[int | str]]:
    """The entries on disk that make sense; a damaged file counts as empty."""
    try:
        data = json.loads(_content(path))
        if data["format"] != _FORMAT:
            return {}
        return {name: entry for name, entry in data["files"].items() if _is_entry(entry)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _content(path: Path) -> bytes:
    """What a file holds. Raises OSError, also for what is not a file, or is too large."""
    _check_folders(path)
    with open_file(str(path), follow=False) as descriptor:
        if os.fstat(descriptor).st_size > LARGEST_CACHE:
            raise OSError(errno.EFBIG, "it is no file of this cache")
        return read_at(descriptor, 0, LARGEST_CACHE)


def _check_folders(path: Path) -> None:
    """Raise OSError where one of the two folders of the cache, as `.reconciler/cache`, is a link."""
    for folder in path.parents[:2]:
        if folder.is_symlink():
            raise OSError(errno.ELOOP, "it is a link", str(folder))


def _is_entry(entry: object) -> bool:
    if not isinstance(entry, list) or len(entry) != 5:
        return False
    return all(isinstance(part, int) for part in entry[:4]) and bool(_SHA256.fullmatch(str(entry[4])))


def _write(path: Path, text: str) -> None:
    _check_folders(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
