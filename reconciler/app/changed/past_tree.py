"""The repository as it was at a commit, as far as somebody asks for it: what has changed since is of git, and
the rest of the work tree, so that what git does not know (ignored files, unchanged submodules, content that
Git LFS has brought) is there as it is now. It writes into the folder that it is given, and nowhere else.

Of a large file only its beginning and its size are there, if it has not changed or Git LFS keeps it: nothing
else of it is looked at until it is hashed, and `place_of` and `pointer_of` say what to hash in its place.

Paths are text: they may not exist now.
"""

import contextlib
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from reconciler.adapters.git.changes import FilesAt, Pointer, Was, pointer_in
from reconciler.triton.files.credentials_in_files import SEARCHED

SMALL = 1 << 20
"""Bytes up to which an unchanged file is copied as a whole."""

_PRIVATE = frozenset({".git", ".reconciler"})
"""Nothing in them is ever read as a manifest or packed."""


class PastTree:
    """The files below `root` that were brought, as they were at the commit. `changed` has the paths that were
    others then. `unknown` collects submodules of which git does not tell what they held.
    """

    def __init__(self, work_tree: Path, commit: str, changed: Mapping[str, Was], folder: Path) -> None:
        self._here = os.path.realpath(work_tree)
        self._changed = changed
        self._files = FilesAt(work_tree, commit, folder / "index")
        self._top = folder.resolve() / "files"
        self.root = self._top / self._files.inside
        self.root.mkdir(parents=True)
        self._children = _children(changed)
        self._real: dict[str, bool] = {"": True}
        self._taken: set[str] = set()
        self._pointers: dict[str, Pointer] = {}
        self.unknown: set[str] = set()

    def bring(self, paths: Iterable[str]) -> None:
        """Bring what was at these paths from the root, with everything below, and what links lead to."""
        changed: list[str] = []
        pending = [inside for path in paths for inside in self._within(os.path.normpath(path))]
        while pending:
            for path in self._reached(pending.pop(), pending):
                if path in self._taken:
                    continue
                self._taken.add(path)
                if path in self._changed:
                    changed.append(path)
                else:
                    self._copy(path)
        self._files.write(changed, self._top)
        for path in changed:
            self._fill(path)

    def pointer_of(self, file: str) -> Pointer | None:
        """What Git LFS says of a file that was brought, by its path without links, if it kept it then."""
        return self._pointers.get(self._inside(file))

    def place_of(self, file: str) -> str:
        """Where the whole content of a file is that was brought, by its path without links."""
        inside = self._inside(file)
        return file if inside in self._changed else f"{self._here}/{inside}"

    def _inside(self, file: str) -> str:
        return os.path.relpath(file, self.root)

    def _reached(self, path: str, pending: list[str]) -> Iterator[str]:
        """The files at or below a path, and the links on the way, whose ends become `pending`."""
        at = ""
        parts = [] if path == "." else path.split("/")
        for number, part in enumerate(parts):
            at = f"{at}/{part}" if at else part
            was = self._was(at)
            if was is Was.LINK:
                yield at
                end = os.path.join(os.path.dirname(at), self._end_of(at), *parts[number + 1 :])
                pending += self._within(os.path.normpath(end))
                return
            if was is not None:
                yield from [at] if was is Was.FILE else []
                return
        names = self._names_in(at)
        if not names and self._is_real(at):
            (self.root / at).mkdir(parents=True, exist_ok=True)
        pending += (f"{at}/{name}" if at else name for name in names)

    def _was(self, path: str) -> Was | None:
        """What the path was; None for a folder."""
        was = self._changed.get(path)
        if path in self._children and was in (None, Was.ABSENT):
            return None
        if was is Was.SUBMODULE:
            self.unknown.add(path)
        if was is not None:
            return was
        parent = os.path.dirname(path)
        if not self._is_real(parent):
            return Was.ABSENT
        place = f"{self._here}/{path}"
        if os.path.islink(place):
            return Was.LINK
        if os.path.isdir(place):
            return None
        return Was.FILE if os.path.isfile(place) else Was.ABSENT

    def _is_real(self, folder: str) -> bool:
        """Whether this is a folder in the work tree, and is reached without links."""
        if folder not in self._real:
            place = f"{self._here}/{folder}"
            parent = os.path.dirname(folder)
            self._real[folder] = self._is_real(parent) and not os.path.islink(place) and os.path.isdir(place)
        return self._real[folder]

    def _names_in(self, folder: str) -> set[str]:
        now = os.listdir(f"{self._here}/{folder}") if self._is_real(folder) else []
        return {*now, *self._children.get(folder, ())} - _PRIVATE

    def _end_of(self, link: str) -> str:
        if link not in self._changed:
            return os.readlink(f"{self._here}/{link}")
        self._files.write([link], self._top)
        return os.readlink(self.root / link)

    def _within(self, end: str) -> Iterator[str]:
        """The end of a link as a path from the root, if it leads nowhere else."""
        if os.path.isabs(end):
            end = os.path.relpath(end, self._here)
        if end != ".." and not end.startswith("../"):
            yield end

    def _copy(self, path: str) -> None:
        place, copy = Path(self._here, path), self.root / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        # What cannot be read is missing then as it is now.
        with contextlib.suppress(OSError):
            if place.is_symlink() or place.stat().st_size <= SMALL:
                shutil.copyfile(place, copy, follow_symlinks=False)
            else:
                _stand_in(place, place.stat().st_size, copy)

    def _fill(self, path: str) -> None:
        """Put what is known of the content in the place of a pointer of Git LFS."""
        copy = self.root / path
        pointer = pointer_in(copy) if copy.is_file() else None
        if pointer is None:
            return
        self._pointers[path] = pointer
        _stand_in(self._files.stored(pointer), pointer.size, copy)


def _stand_in(source: Path | None, size: int, copy: Path) -> None:
    """A file of this size with the beginning of the source: all of it when it is small."""
    start = b""
    if source is not None:
        with source.open("rb") as file:
            start = file.read(SMALL if size <= SMALL else SEARCHED)
    copy.write_bytes(start)
    os.truncate(copy, size)


def _children(changed: Mapping[str, Was]) -> dict[str, set[str]]:
    """The names in each folder that held something that has changed since."""
    children: dict[str, set[str]] = {}
    for path, was in changed.items():
        while was is not Was.ABSENT and path:
            path, _, name = path.rpartition("/")
            children.setdefault(path, set()).add(name)
    return children
