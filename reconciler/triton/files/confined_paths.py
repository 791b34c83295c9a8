"""Paths that somebody else has written: relative to a folder, and never out of the repository or into git's
own files, not even by a link.

This module looks at files, and opens none. Paths are text here: one of a user's is not a `Path` until it is
known to be good, and links are followed after the path as it is written.
"""

import os
import stat
from dataclasses import replace
from enum import Enum
from pathlib import Path

from reconciler.core.model.findings import Finding
from reconciler.core.model.text import nearest
from reconciler.triton.files.private_places import PRIVATE_ADVICE, private_part

INSIDE = "Paths start at the folder of the manifest and stay inside the repository."


class PathKind(Enum):
    """What a path may lead to."""

    FILE = "a file"
    FOLDER = "a folder"
    EITHER = "a file or a folder"


class BadPath(Exception):
    """A path that cannot be used: what is wrong with it, and what to do."""

    def __init__(self, what: str, advice: str) -> None:
        self.what, self.advice = what, advice
        super().__init__(what)


class ConfinedPaths:
    """Finds paths inside one root. It remembers folders, because a thousand manifests share a few."""

    def __init__(self, root: Path) -> None:
        self._root = os.path.abspath(root)
        self._real_root = os.path.realpath(root)
        self._real_folders: dict[str, str] = {}
        self._kinds: dict[str, int | None] = {}

    def find(self, folder: str, text: str, kind: PathKind, name: str) -> Path:
        """The path that `text` means in `folder`; messages call it `name`. Raises BadPath."""
        if os.path.isabs(text):
            raise BadPath(f"{name} is an absolute path", INSIDE)
        if not _namable(text):
            raise BadPath(f"{name} holds a character that cannot be in a path", INSIDE)
        path = os.path.normpath(f"{folder}/{text}")
        real = self._real(path)
        if not within(path, self._root) or not within(real, self._real_root):
            raise BadPath(f"{name} leads out of the repository", INSIDE)
        if part := private_part(real, self._real_root) or private_part(path, self._root):
            raise BadPath(f"{name} leads into {part}: nothing there is read or packed", PRIVATE_ADVICE)
        self._check_kind(path, kind, name)
        return Path(path)

    def relative(self, finding: Finding) -> Finding:
        """The finding with a place relative to the root, as messages have it."""
        path = finding.where.path.removeprefix(f"{self._root}/")
        return replace(finding, where=replace(finding.where, path=path))

    def _real(self, path: str) -> str:
        folder, name = os.path.split(path)
        if folder not in self._real_folders:
            self._real_folders[folder] = os.path.realpath(folder)
        leaf = f"{self._real_folders[folder]}/{name}"
        return os.path.realpath(leaf) if os.path.islink(leaf) else leaf

    def _check_kind(self, path: str, kind: PathKind, name: str) -> None:
        if path not in self._kinds:
            self._kinds[path] = _mode(path)
        mode = self._kinds[path]
        if mode is None:
            raise BadPath(f"{name} does not exist", _similar(path) or INSIDE)
        is_file, is_folder = stat.S_ISREG(mode), stat.S_ISDIR(mode)
        fits = {PathKind.FILE: is_file, PathKind.FOLDER: is_folder, PathKind.EITHER: is_file or is_folder}
        if not fits[kind]:
            actual = "a folder" if is_folder else "a file" if is_file else "something else"
            raise BadPath(f"{name} is {actual}, not {kind.value}", "Check what it leads to.")


def within(path: str, root: str) -> bool:
    """Whether an absolute path is the root, or below it, by its text."""
    return path == root or path.startswith(f"{root.rstrip('/')}/")


def _namable(text: str) -> bool:
    """Whether a path can have this text: surrogates and NUL cannot be in one."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def _mode(path: str) -> int | None:
    try:
        return os.stat(path).st_mode
    except OSError:
        return None


def _similar(path: str) -> str:
    """The nearest name that does exist in the same folder."""
    folder, name = os.path.split(path)
    try:
        names = os.listdir(folder)
    except OSError:
        return ""
    return nearest(name, names)
