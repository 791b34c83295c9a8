"""What all comments have in common: how long they may be, what they say of their commit, where the rest
is.
"""

from collections.abc import Iterator

from reconciler.core.model.timestamps import timestamp_words
from reconciler.report.markup.escaping import Rendered, code, link
from reconciler.report.values import short_revision

COMMENT_BYTES = 65_000
"""GitHub takes 65,536 characters. The marker by which the comment is found again comes before it."""


def made_words(commit: str, made_at: str, newer: str, run_url: str) -> Rendered:
    """Of which commit it is, when it was made (RFC 3339, in UTC), in which run; and where the branch is now,
    if it has moved on. What is empty is not told.
    """
    return Rendered(" ".join(_made(commit, made_at, newer, run_url)))


def _made(commit: str, made_at: str, newer: str, run_url: str) -> Iterator[str]:
    if commit:
        at = f", made {code(timestamp_words(made_at))}" if made_at else ""
        yield f"Commit {code(short_revision(commit))}{at}."
    if run_url:
        yield f"All of it is in {link('the run', run_url)}."
    if newer:
        now = code(short_revision(newer))
        yield f"**Out of date:** the branch is at {now} now; this is not about that commit."


ROOM_FOR_COUNTS = 300


def room_beside(head: str, where: str) -> int:
    """Bytes that are left beside the head of a comment, and the words for what is left out, and `where`."""
    return COMMENT_BYTES - len(head.encode()) - len(where.encode()) - ROOM_FOR_COUNTS


def where_words(run_url: str) -> str:
    """Where all of it is that is not shown, as finished Markdown."""
    run = link("the run", run_url) if run_url else "the run"
    return f"All of it is in {run}."
