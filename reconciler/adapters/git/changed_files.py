"""Which files of the repository are others than in an earlier commit, renames included. It reads and never
writes; no content is looked at but by git, to find renames.
"""

from pathlib import Path

from reconciler.adapters.git.command import NoAnswer, ask_git
from reconciler.adapters.git.repository import repository_around
from reconciler.core.model.errors import Failed, quoting
from reconciler.core.planning.review.branch import FileChange, Touch

_TOUCHES = {"A": Touch.ADDED, "D": Touch.REMOVED, "R": Touch.RENAMED, "C": Touch.ADDED}


def changed_files(root: Path, commit: str) -> tuple[FileChange, ...]:
    """The tracked files of the work tree that differ from this commit, by their paths from the top of the
    repository. Raises Failed when git does not tell.
    """
    top = repository_around(root)
    if top is None:
        return ()
    words = ("diff", "--no-ext-diff", "--no-textconv", "--name-status", "--find-renames", "-z", commit, "--")
    try:
        told = ask_git(top, *words).output()
    except NoAnswer as reason:
        what = f"git does not tell what differs from {commit}: {reason}"
        raise quoting(Failed(what), reason) from reason
    return tuple(_entries(told))


def _entries(told: str) -> list[FileChange]:
    """A letter and a path each; where two paths belong to it, the former one comes first."""
    found, words = [], iter(told.split("\0"))
    for letter in filter(None, words):
        touch = _TOUCHES.get(letter[0], Touch.CHANGED)
        before = next(words) if letter[0] in "RC" else ""
        found.append(FileChange(next(words), touch, before if touch is Touch.RENAMED else ""))
    return found
