"""The files of the work tree: whether they are committed, and the way back to what they were at a commit. Git
itself writes them, so nothing is written through a link, and the filters that a person has set up are used.

Paths are from the top of the repository, which is `top`.
"""

import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from reconciler.adapters.git.command import told_by_git

_POINTER = b"version https://git-lfs.github.com/spec/"
_AUTHOR = tuple(f"GIT_{who}_{what}" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL", "DATE"))
_NO_DOWNLOAD = {"GIT_LFS_SKIP_SMUDGE": "1"}


class Differences(NamedTuple):
    """How tracked files differ from those of a commit: `other` are changed or missing here, `added` are here
    and not in it.
    """

    other: tuple[str, ...]
    added: tuple[str, ...]


def uncommitted(top: Path, paths: Sequence[str]) -> list[str]:
    """Those of the files that have changes which are in no commit."""
    told = told_by_git(
        top, "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--", *_specs(paths)
    ).out
    return [entry[3:] for entry in told.split("\0") if entry]


def in_the_way(top: Path, paths: Sequence[str]) -> list[str]:
    """What stands where these files would be written, and git does not track: what it ignores, too."""
    places = sorted({_standing(top, path) for path in paths} - {""})
    told = told_by_git(top, "ls-files", "--others", "-z", "--", *_specs(places)).out if places else ""
    return [path for path in told.split("\0") if path]


def _standing(top: Path, path: str) -> str:
    """What would have to go for a file of this path: what is there, or on the way to it instead of a folder;
    empty when nothing is.
    """
    for place in (*reversed(PurePosixPath(path).parents), PurePosixPath(path)):
        if not os.path.lexists(top / place):
            return ""
        if (top / place).is_symlink() or not (top / place).is_dir():
            return place.as_posix()
    return path


def differences(top: Path, commit: str, paths: Sequence[str]) -> Differences:
    """How these files differ from those of the commit."""
    words = ("diff", "--no-ext-diff", "--no-textconv", "--no-renames", "--name-status", "-z", commit, "--")
    told = told_by_git(top, *words, *_specs(paths)).out.split("\0")
    entries = tuple(zip(told[::2], told[1::2], strict=False))
    added = tuple(path for letter, path in entries if letter == "A")
    return Differences(tuple(path for letter, path in entries if letter != "A"), added)


def bring_back(top: Path, commit: str, paths: Sequence[str]) -> None:
    """Write these files as they are in the commit. What Git LFS keeps elsewhere is not fetched."""
    if paths:
        told_by_git(
            top, "restore", f"--source={commit}", "--worktree", "--", *_specs(paths), more=_NO_DOWNLOAD
        )


def take_away(top: Path, paths: Sequence[str]) -> None:
    """Remove these files, which are committed, and the folders that become empty."""
    for path in paths:
        place = top / path
        place.unlink(missing_ok=True)
        for folder in place.parents:
            if folder == top or any(folder.iterdir()):
                break
            folder.rmdir()


def commit_files(top: Path, message: str, paths: Sequence[str]) -> str:
    """Commit these files and nothing else; the commit. Raises Failed when git does not: they stay written."""
    author = {name: os.environ[name] for name in _AUTHOR if name in os.environ}
    told_by_git(top, "add", "--all", "--", *_specs(paths), more=author)
    told_by_git(top, "commit", "--quiet", "--only", "--message", message, "--", *_specs(paths), more=author)
    return told_by_git(top, "rev-parse", "HEAD").out.strip()


def stand_ins(top: Path, paths: Sequence[str]) -> list[str]:
    """Those of the files that only stand for one that Git LFS keeps elsewhere."""
    return [path for path in paths if _starts(top / path).startswith(_POINTER)]


def _starts(place: Path) -> bytes:
    try:
        with place.open("rb") as file:
            return file.read(len(_POINTER))
    except OSError:
        return b""


def _specs(paths: Sequence[str]) -> list[str]:
    return [f":(top,literal){path}" for path in paths]
