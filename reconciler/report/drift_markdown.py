"""What has drifted, as Markdown: for an issue, a comment, or the summary of a CI job.

It always fits into a comment, and no value in it acts as Markdown or HTML.
"""

from collections.abc import Iterator

from reconciler.core.planning.drift.report import Drift, DriftReport
from reconciler.report.drift import HEAD, cells, facts, not_looked_at, summary, title
from reconciler.report.plan.markdown import MAX_BYTES, code, escape

ROOM_FOR_THE_REST = 200
"""Bytes for the line that says how many deployments are left out."""


def drift_markdown(report: DriftReport) -> str:
    """The report in at most MAX_BYTES of UTF-8: what comes last is left out, and the text says so."""
    parts = ["### Drift", escape(summary(report))]
    parts += [f"> **Not looked at:** {escape(line)}" for line in not_looked_at(report)]
    room = MAX_BYTES - ROOM_FOR_THE_REST - _size("\n\n".join(parts))
    for number, drift in enumerate(report.drifts):
        part = "\n".join(_lines(drift))
        room -= _size(part)
        if room < 0:
            parts.append(f"**{len(report.drifts) - number} more not shown:** the text would be too long.")
            break
        parts.append(part)
    return "\n\n".join(parts) + "\n"


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
