"""Layouts → artifacts: the SHA-256 of every file is computed once, in parallel, and remembered.

What belongs to an artifact is decided before. But a file is not hashed when it is another one than the file
that was checked, or when it holds a credential by now.
"""

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import assert_never

from reconciler.core.model.artifact import (
    Artifact,
    Entry,
    Folder,
    Inline,
    LocalFile,
    Remote,
    make_artifact,
    with_contents,
)
from reconciler.core.model.errors import Failed
from reconciler.triton.files.credentials_in_files import SEARCHED, finding_in
from reconciler.triton.files.hash_cache import HashCache, Stamp
from reconciler.triton.files.safe_open import Identity, identity_of, open_file, read_at
from reconciler.triton.repository_layout import Layout, LayoutFile

ATTEMPTS = 3
"""How often a file that changes while it is read is read again."""

_BLOCK = 1 << 20
_NOTHING = hashlib.sha256().hexdigest()

Hashed = tuple[str, int]
"""SHA-256 in hex digits and size in bytes."""


def build_artifacts(
    layouts: Sequence[Layout],
    cache: Path | None,
    progress: Callable[[int, int], None],
    clock: Callable[[], int] = time.time_ns,
) -> list[Artifact]:
    """The artifact of each layout. A file of several layouts is read once; one that `cache` knows is not
    read.

    `progress(done, total)` counts bytes and is called from several threads, one at a time. `clock` gives
    nanoseconds of the same epoch as file times. Raises Failed when a file cannot be read or keeps changing.
    """
    known = HashCache(cache)
    looked_at = {
        file.source.path: file.identity
        for layout in layouts
        for file in layout.files
        if isinstance(file.source, LocalFile)
    }
    hashed = _hash_all(dict(sorted(looked_at.items())), known, progress, clock)
    known.save()
    return [_artifact(layout, hashed) for layout in layouts]


def hashes_of(paths: Iterable[str], cache: Path | None) -> dict[str, Hashed]:
    """SHA-256 and size of each file; one that `cache` knows is not read. Raises Failed as above."""
    known = HashCache(cache)
    hashed = _hash_all(dict.fromkeys(sorted(paths)), known, lambda done, total: None, time.time_ns)
    known.save()
    return hashed


def _artifact(layout: Layout, hashed: dict[str, Hashed]) -> Artifact:
    entries = [_entry(file, hashed) for file in layout.files]
    models = with_contents(layout.read(), entries, of_member=layout.of_member)
    return make_artifact(entries, layout.versions, models)


def _entry(file: LayoutFile, hashed: dict[str, Hashed]) -> Entry:
    match file.source:
        case LocalFile(path):
            return Entry(file.path, *hashed[path], file.source)
        case Inline(text):
            data = text.encode()
            return Entry(file.path, hashlib.sha256(data).hexdigest(), len(data), file.source)
        case Remote():
            return Entry(file.path, file.sha256 or "", None, file.source)
        case Folder():
            return Entry(file.path, _NOTHING, 0, file.source)
        case _:
            assert_never(file.source)


class _Tally:
    """Counts bytes up to a known total. A file that is read again must not push it past the end."""

    def __init__(self, total: int, progress: Callable[[int, int], None]) -> None:
        self._total, self._done, self._progress, self._lock = total, 0, progress, Lock()

    def add(self, count: int) -> None:
        with self._lock:
            self._done = min(self._done + count, self._total)
            self._progress(self._done, self._total)


def _hash_all(
    looked_at: Mapping[str, Identity | None],
    known: HashCache,
    progress: Callable[[int, int], None],
    clock: Callable[[], int],
) -> dict[str, Hashed]:
    stamps = {path: _stamp(path, identity) for path, identity in looked_at.items()}
    tally = _Tally(sum(stamp.size for stamp in stamps.values()), progress)
    hashed: dict[str, Hashed] = {}
    for path, stamp in stamps.items():
        if remembered := known.get(path, stamp):
            hashed[path] = (remembered, stamp.size)
            tally.add(stamp.size)

    def hash_one(path: str) -> None:
        started = clock()
        sha256, stamp = _hash_steady(path, looked_at[path], tally.add)
        known.put(path, stamp, sha256, started)
        hashed[path] = (sha256, stamp.size)

    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="sha256") as pool:
        for _ in pool.map(hash_one, [path for path in stamps if path not in hashed]):
            pass
    return hashed


def _hash_steady(path: str, identity: Identity | None, count: Callable[[int], None]) -> tuple[str, Stamp]:
    """The digest of a file that did not change while it was read, as far as size, times and inode tell."""
    for _ in range(ATTEMPTS):
        before = _stamp(path, identity)
        sha256 = _hash_file(path, identity, count)
        if _stamp(path, identity) == before:
            return sha256, before
    raise Failed(f"{path}: keeps changing while it is read. Wait until it is written, then try again")


def _hash_file(path: str, identity: Identity | None, count: Callable[[int], None]) -> str:
    digest = hashlib.sha256()
    buffer = memoryview(bytearray(_BLOCK))
    try:
        with open_file(path) as descriptor, os.fdopen(descriptor, "rb", buffering=0, closefd=False) as file:
            _check(path, os.fstat(descriptor), identity, read_at(descriptor, 0, SEARCHED))
            while got := file.readinto(buffer):
                digest.update(buffer[:got])
                count(got)
    except OSError as error:
        raise Failed(f"{path}: cannot be read: {error.strerror}. Check its permissions") from error
    return digest.hexdigest()


def _check(path: str, status: os.stat_result, identity: Identity | None, start: bytes) -> None:
    """Raise Failed when this is not the file that was checked for the layout, or holds a credential."""
    _same(path, status, identity)
    if wrong := finding_in(start, status.st_size, path):
        raise Failed(f"{wrong.where}: {wrong.what}. {wrong.advice}")


def _same(path: str, status: os.stat_result, identity: Identity | None) -> None:
    if identity is not None and identity_of(status) != identity:
        raise Failed(
            f"{path}: another file is there than the one that was checked. Check who changes it; try again"
        )


def _stamp(path: str, identity: Identity | None) -> Stamp:
    try:
        status = os.stat(path)  # noqa: PTH116  (thousands of files: a Path for each is slower than the call)
    except OSError as error:
        raise Failed(
            f"{path}: cannot be read: {error.strerror}. It was there a moment ago; check who removes it"
        ) from error
    _same(path, status, identity)
    return Stamp(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
