"""Git's log of one file. It reads, and never fails a command: where there is no answer, there is a reason."""

from datetime import UTC, datetime
from pathlib import Path

from reconciler.adapters.git.command import NoAnswer, ask_git
from reconciler.adapters.git.repository import is_name, place_in_repository
from reconciler.core.planning.history.traces import ManifestCommit

_FORMAT = "--format=%H%x1f%ct%x1f%s"
_LITERAL = {"GIT_LITERAL_PATHSPECS": "1"}


def log_of(root: Path, file: str, most: int, at: str = "HEAD") -> tuple[ManifestCommit, ...] | str:
    """The newest `most` commits at or before `at` that changed a file, by its path below `root`, under former
    names too; or why there is no answer.
    """
    place = place_in_repository(root)
    if place is None:
        return "this folder is in no git repository"
    if not is_name(at):
        return "the revision that is marked is no name of a commit"
    top, inside = place
    words = ("log", f"--max-count={most}", _FORMAT, "--follow")
    try:
        told = ask_git(
            top, *words, "--no-ext-diff", "--no-textconv", at, "--", str(inside / file), more=_LITERAL
        )
        return tuple(_commit(line) for line in told.output().split("\n") if line)
    except NoAnswer as reason:
        return str(reason)


def _commit(line: str) -> ManifestCommit:
    commit, seconds, subject = line.split("\x1f", 2)
    return ManifestCommit(commit, _timestamp(seconds), subject)


def _timestamp(seconds: str) -> str:
    """Empty for what is no time: a commit says of its time what somebody wants it to."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):
        return ""
