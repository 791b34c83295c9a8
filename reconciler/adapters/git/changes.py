"""What differs between a commit and the work tree, and the files of that commit that somebody asks for. It
writes nowhere but into the folder that it is given, and fetches nothing: what Git LFS keeps elsewhere is told
by its pointer.

Paths are from the folder `root` in the repository, with `/` between their parts.
"""

import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum, auto
from pathlib import Path
from typing import NamedTuple

from reconciler.adapters.git.command import told_by_git
from reconciler.adapters.git.repository import place_in_repository
from reconciler.core.model.errors import Failed

_LINK, _SUBMODULE, _NOTHING = "120000", "160000", "000000"
_AT_ONCE = 500
"""Paths of one call of git: the words of a command have a limit."""

_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/.*\noid sha256:([0-9a-f]{64})\nsize ([0-9]{1,15})\n",
    re.DOTALL,
)
_LARGEST_POINTER = 1024


_ATTRIBUTES = ".gitattributes"
_DECISIVE = ("text", "crlf", "eol", "ident", "filter", "working-tree-encoding")
"""The attributes that decide what git writes into the work tree (gitattributes(5))."""


class Was(Enum):
    """What a path was at a commit."""

    ABSENT = auto()
    FILE = auto()
    LINK = auto()
    SUBMODULE = auto()


class Pointer(NamedTuple):
    """What Git LFS says of a file: the SHA-256 of its content as hex digits, and its size in bytes."""

    sha256: str
    size: int


def changed_paths(root: Path, commit: str) -> Mapping[str, Was]:
    """The paths below `root` that are not now as they were at the commit, each with what it was: what was
    committed since, what is not committed yet, and files that nobody added. A rename is two paths. What git
    ignores is left out. A submodule is one path, as is a repository that nobody added. A file whose
    attributes are others is there too: git writes it otherwise now, although it is committed as it was.
    """
    top, prefix = _place(root)
    words = (
        "diff",
        "--raw",
        "-z",
        "--no-renames",
        "--no-ext-diff",
        "--no-textconv",
        "--ignore-submodules=none",
    )
    changed = dict(_raw(told_by_git(top, *words, commit, "--").data))
    added = told_by_git(top, "ls-files", "--others", "--exclude-standard", "-z", "--full-name").data
    for name in added.split(b"\0"):
        if name:
            changed.setdefault(os.fsdecode(name).removesuffix("/"), Was.ABSENT)
    if any(path.rpartition("/")[2] == _ATTRIBUTES for path in changed):
        for path in _with_other_attributes(top, commit):
            changed.setdefault(path, Was.FILE)
    return {path.removeprefix(prefix): was for path, was in changed.items() if path.startswith(prefix)}


def _with_other_attributes(top: Path, commit: str) -> Iterator[str]:
    """The files that git knows and whose attributes were others at the commit."""
    told = told_by_git(top, "ls-files", "--stage", "-z").data.split(b"\0")
    entries = [os.fsdecode(entry).partition("\t") for entry in told if entry]
    names = [name for head, _, name in entries if not head.startswith((_LINK, _SUBMODULE))]
    with tempfile.TemporaryDirectory(prefix="reconciler-") as folder:
        own = {"GIT_INDEX_FILE": f"{folder}/index"}
        told_by_git(top, "read-tree", commit, more=own)
        for at in range(0, len(names), _AT_ONCE):
            words = ("check-attr", "-z"), (*_DECISIVE, "--", *names[at : at + _AT_ONCE])
            now = told_by_git(top, *words[0], *words[1]).data.split(b"\0")
            then = told_by_git(top, *words[0], "--cached", *words[1], more=own).data.split(b"\0")
            # Each answer is a path, an attribute and its value.
            pairs = zip(now[::3], now[2::3], then[2::3], strict=False)
            yield from dict.fromkeys(os.fsdecode(path) for path, value, before in pairs if value != before)


def _raw(data: bytes) -> Iterator[tuple[str, Was]]:
    """Each entry is `:MODE MODE BLOB BLOB STATUS`, and then its path (git-diff(1), raw output format)."""
    entries = data.split(b"\0")
    for entry, path in zip(entries[::2], entries[1::2], strict=False):
        before, after = entry.decode().removeprefix(":").split(" ")[:2]
        if _SUBMODULE in (before, after):
            yield os.fsdecode(path), Was.SUBMODULE
        else:
            yield os.fsdecode(path), {_NOTHING: Was.ABSENT, _LINK: Was.LINK}.get(before, Was.FILE)


def tracked_links(root: Path) -> list[str]:
    """The symbolic links below `root` that git knows."""
    top, prefix = _place(root)
    listed = told_by_git(top, "ls-files", "--stage", "-z", "--full-name").data.split(b"\0")
    links = (os.fsdecode(entry.partition(b"\t")[2]) for entry in listed if entry.startswith(_LINK.encode()))
    return [path.removeprefix(prefix) for path in links if path.startswith(prefix)]


class FilesAt:
    """The files of a commit. `index` is where git keeps the list of them meanwhile."""

    def __init__(self, root: Path, commit: str, index: Path) -> None:
        self._top, self._prefix = _place(root)
        # Attributes are then those of that index, and not those of the work tree.
        elsewhere = index.with_name("no-work-tree")
        elsewhere.mkdir(exist_ok=True)
        self._own = {
            "GIT_INDEX_FILE": str(index),
            "GIT_WORK_TREE": str(elsewhere),
            "GIT_LFS_SKIP_SMUDGE": "1",
        }
        self._commit, self._read = commit, False

    @property
    def inside(self) -> str:
        """The path of `root` in its repository; empty, or with `/` at its end."""
        return self._prefix

    def write(self, paths: Sequence[str], destination: Path) -> None:
        """Write these files below `destination`, which stands for the top of the repository. It is git that
        writes, so paths that lead out of the folder are refused.
        """
        if paths and not self._read:
            told_by_git(self._top, "read-tree", "--no-sparse-checkout", self._commit, more=self._own)
            self._read = True
        words = ("checkout-index", "--force", "--ignore-skip-worktree-bits", f"--prefix={destination}/", "--")
        names = [f"{self._prefix}{path}" for path in paths]
        for at in range(0, len(names), _AT_ONCE):
            told_by_git(self._top, *words, *names[at : at + _AT_ONCE], more=self._own)

    def stored(self, pointer: Pointer) -> Path | None:
        """The content that a pointer stands for, if Git LFS has it on this machine."""
        common = os.fsdecode(told_by_git(self._top, "rev-parse", "--git-common-dir").data).strip()
        name = pointer.sha256
        place = self._top / common / "lfs" / "objects" / name[:2] / name[2:4] / name
        return place if place.is_file() else None


def pointer_in(file: Path) -> Pointer | None:
    """The pointer that a file is, if it is one."""
    if file.is_symlink() or file.stat().st_size > _LARGEST_POINTER:
        return None
    found = _POINTER.fullmatch(file.read_bytes())
    return Pointer(found[1].decode(), int(found[2])) if found else None


def _place(root: Path) -> tuple[Path, str]:
    place = place_in_repository(root)
    if place is None:
        raise Failed(f"{root} is in no git repository")
    top, inside = place
    return top, "" if inside == Path() else f"{inside.as_posix()}/"
