"""The issue that tells of a target's drift: from the document that `drift --format json` prints. The same
drift makes the same text, whenever it is looked at.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.core.model.text import counted
from reconciler.report.comment.frame import COMMENT_BYTES
from reconciler.report.drift import HEAD
from reconciler.report.markup.escaping import code, escape
from reconciler.report.markup.fitting import TextPart, fitted
from reconciler.report.values import command, short_revision, short_value

ROOM_FOR_LEFT_OUT = 300
FORMS = 4
"""How much of a deployment is shown: all, without its fields, its first line, nothing."""


def drift_issue(document: Mapping[str, Any]) -> tuple[str, str]:
    """Title and text of the issue, in at most 65,000 bytes of UTF-8. Deployments that do not fit are told by
    their number.
    """
    target = document["target"]
    head = f"{_summary(document)}\n\n{_what_to_do(target)}"
    unseen = [f"> **Not looked at:** {escape(line)}" for line in document["notLookedAt"]]
    texts_of_all = [*map(_forms, document["deployments"]), *((line, line, line) for line in unseen)]
    parts = [TextPart("", forms.__getitem__, risky=True) for forms in texts_of_all]
    told = fitted(parts, COMMENT_BYTES - len(head.encode()) - ROOM_FOR_LEFT_OUT, FORMS)
    texts = told.sections.get("", [])
    if told.hidden:
        texts.append(f"**{told.hidden:,} more not shown:** the text would be too long.")
    elif told.cut:
        texts.append("Details are left out where the text would have been too long.")
    return f"Drift on target {target}", "\n\n".join([head, *texts]) + "\n"


BACK_AGAIN = "It is out of step again; the text above tells what is."
OVER = "Nothing is out of step any more."
TOLD_ELSEWHERE = "An older issue tells the same, so this one is closed."


def _summary(document: Mapping[str, Any]) -> str:
    looked_at = counted(document["lookedAt"], "deployment")
    kinds = Counter(item["kind"] for item in document["deployments"])
    words = ", ".join(f"{number:,} {escape(kind)}" for kind, number in sorted(kinds.items()))
    return f"{len(document['deployments']):,} of {looked_at} on target {escape(document['target'])}: {words}."


def _what_to_do(target: str) -> str:
    shown, applied = code(command("drift", target)), code(command("apply", target))
    return (
        f"{shown} shows it, and {applied} makes it as the manifests say. To keep what was changed, write it "
        "into the manifest. This issue is updated while there is drift, and closed when there is none."
    )


def _forms(item: Mapping[str, Any]) -> tuple[str, str, str]:
    """All of a deployment; without its fields; its first line."""
    kept = f" ({escape(item['kept'])})" if item["kept"] else ""
    title = f"#### {escape(item['name'])}: {escape(item['kind'])}{kept}"
    facts = "\n".join(f"- {escape(fact)}" for fact in _facts(item))
    short = "\n\n".join([title, escape(item["why"]), facts])
    if not item["fields"]:
        return short, short, title
    rows = [_row(item, field) for field in item["fields"]]
    table = [_cells(word.capitalize() for word in HEAD), _cells("---" for _ in HEAD), *rows]
    return "\n\n".join([short, "\n".join(table)]), short, title


def _facts(item: Mapping[str, Any]) -> Iterator[str]:
    place = [item["manifest"] or "no manifest"]
    if item["ocid"]:
        place.append(f"{item['state']} {item['ocid']}")
    if revision := item["lastApplied"]["revision"]:
        place.append(f"last applied from revision {short_revision(revision)}")
    yield ", ".join(place)
    if unknown := item["lastApplied"]["unknown"]:
        yield f"what was applied last is unknown: {unknown}"
    yield from item["notes"]


def _row(item: Mapping[str, Any], field: Mapping[str, Any]) -> str:
    known = not item["lastApplied"]["unknown"]
    applied = short_value(field["lastApplied"]) if known else "unknown"
    values = (short_value(field["live"]), short_value(field["manifest"]))
    return _cells(map(code, (field["field"], field["moved"], applied, *values, field["standing"])))


def _cells(words: Any) -> str:
    return f"| {' | '.join(words)} |"
