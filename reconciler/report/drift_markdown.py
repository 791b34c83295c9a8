"""What has drifted, as Markdown: for an issue, a comment, or the summary of a CI job.

It always fits into a comment, and no value in it acts as Markdown or HTML.
"""

from collections.abc import Iterator, Sequence

from reconciler.core.planning.drift.report import Drift, DriftReport
from reconciler.report.drift import HEAD, cells, facts, not_looked_at, summary, title
from reconciler.report.markup.escaping import code, escape
from reconciler.report.markup.fitting import MAX_BYTES

ROOM_FOR_THE_REST = 200
"""Bytes for the line that says how many deployments are left out."""


def drift_markdown(report: DriftReport) -> str:
    """The report in at most MAX_BYTES of UTF-8: what comes last is left out, and the text says so."""
    head = ["### Drift", escape(summary(report))]
    unseen = [f"> **Not looked at:** {escape(line)}" for line in not_looked_at(report)]
    room = MAX_BYTES - 2 * ROOM_FOR_THE_REST - _size_of(head)
    # At least half of the room is for what was looked at.
    seen = _cut(
        ["\n".join(_lines(drift)) for drift in report.drifts], room - min(room // 2, _size_of(unseen))
    )
    return "\n\n".join([*head, *_cut(unseen, room - _size_of(seen)), *seen]) + "\n"


def _cut(parts: Sequence[str], room: int) -> list[str]:
    """The first parts, as many as there is room for, and how many more there are."""
    kept: list[str] = []
    for part in parts:
        room -= _size(part)
        if room < 0:
            return [*kept, f"**{len(parts) - len(kept)} more not shown:** the text would be too long."]
        kept.append(part)
    return kept


def _size_of(parts: Sequence[str]) -> int:
    return sum(map(_size, parts))


def _size(text: str) -> int:
    return len(text.encode()) + len("\n\n")


def _lines(drift: Drift) -> Iterator[str]:
    yield f"#### {escape(drift.name)}: {escape(title(drift))}"
    yield ""
    yield escape(drift.why)
    yield ""
    yield from (f"- {escape(fact)}" for fact in facts(drift))
    if drift.fields:
        yield ""
        yield _row([word.capitalize() for word in HEAD])
        yield _row(["---"] * len(HEAD))
        for story in drift.fields:
            yield _row([str(code(cell)) for cell in cells(story, not drift.unknown)])


def _row(words: list[str]) -> str:
    return f"| {' | '.join(words)} |"
