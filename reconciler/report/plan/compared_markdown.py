"""What came of plan --compare as Markdown, out of its JSON document: for the comment on a merged pull
request, and above the plan itself. It fits into the room that there is, and no value of it acts as Markdown
or HTML.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.core.model.text import counted
from reconciler.core.planning.review.compared import Comparison
from reconciler.report.markup.escaping import escape
from reconciler.report.markup.fitting import MAX_BYTES
from reconciler.report.plan.compared import comparison_document, verdict

ROOM_FOR_REST = 200
"""Bytes of the line that says how many differences are not shown."""


def comparison_markdown(comparison: Mapping[str, Any], room: int) -> str:
    """The plans that were reviewed, and each difference with what was reviewed in its place, in at most
    `room` bytes of UTF-8. Those that do not fit are counted.
    """
    parts: list[str] = []
    differences, left, before = objects_in(comparison, "differences"), room - ROOM_FOR_REST, ""
    for one in differences:
        part = "\n".join(_difference_lines(one, before)) + "\n"
        left -= len(part.encode())
        if left < 0:
            break
        parts.append(part)
        before = str(one.get("deployment"))
    if hidden := len(differences) - len(parts):
        parts.append(
            f"\n**{counted(hidden, 'more difference')} not shown**: the plan of this run has them.\n"
        )
    return "".join(parts)


def above_the_plan(comparison: Comparison) -> str:
    """The same, to stand above the plan that it is about; at most half of what a comment takes."""
    head = f"**{escape(verdict(comparison))}**\n"
    return (
        head
        + comparison_markdown(comparison_document(comparison), MAX_BYTES // 2 - len(head.encode()))
        + "\n"
    )


def reviewed_lines(comparison: Mapping[str, Any]) -> Iterator[str]:
    """The plans that were reviewed, one a line."""
    for one in objects_in(comparison, "reviewed")[:REVIEWED_SHOWN]:
        made = f", made at {escape(str(one['commit'])[:12])}" if one.get("commit") else ""
        yield f"- {escape(one.get('plan', ''))}{made}{', which cannot be read' if one.get('unread') else ''}"
    if (more := len(objects_in(comparison, "reviewed")) - REVIEWED_SHOWN) > 0:
        yield f"- and {more:,} more"


REVIEWED_SHOWN = 20


def _difference_lines(one: Mapping[str, Any], before: str) -> Iterator[str]:
    name = str(one.get("deployment"))
    if name != before or not name:
        yield from ("", f"**{escape(name) or 'The whole plan'}**", "")
    yield f"- {escape(one.get('words', ''))}"
    reviewed = one.get("reviewed")
    lines = reviewed if isinstance(reviewed, list) else []
    yield from (f"  - {escape(line)}" for line in lines[:SEEN_SHOWN])
    if len(lines) > SEEN_SHOWN:
        yield f"  - and {len(lines) - SEEN_SHOWN:,} more"


SEEN_SHOWN = 5


def objects_in(comparison: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The objects of the list under a key: the document may come from anybody."""
    value = comparison.get(key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
