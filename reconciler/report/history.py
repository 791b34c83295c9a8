"""The history of a deployment, as text and as JSON (schemas/history.v1.json)."""

from collections.abc import Iterator

from reconciler.core.model.configuration import Json
from reconciler.core.model.timestamps import timestamp_words
from reconciler.core.planning.history.history import Happening, History
from reconciler.core.planning.history.traces import Ending
from reconciler.report.style import Paint, Style, clean
from reconciler.report.values import short_digests, short_revision, shorten, table_lines

API_VERSION = "reconciler.oci/history.v1"
HEAD = ("WHEN", "WHAT", "HOW IT ENDED", "REVISION", "DETAILS")
PAINTS = {Ending.FAILED: Paint.BAD, Ending.PENDING: Paint.CAREFUL, Ending.APPLIED: Paint.GOOD}


def history_lines(history: History, show: Style) -> list[str]:
    """A line for each thing that happened, newest first; then what is no longer known."""
    lines = [
        show(clean(history.name), Paint.STRONG),
        *(show(f"    {line}", Paint.FAINT) for line in _facts(history)),
    ]
    head, *rows = table_lines([HEAD, *(_cells(one, history.ocid) for one in history.happenings)])
    lines += ["", show(head, Paint.STRONG)]
    for one, row in zip(history.happenings, rows, strict=True):
        lines.append(show(row, PAINTS[one.ending]) if one.ending in PAINTS else row)
    if history.unknown:
        lines += ["", "Not known:", *(f"    - {clean(line)}" for line in history.unknown)]
    return lines


def _facts(history: History) -> Iterator[str]:
    yield clean(history.manifest) or "no manifest names it"
    yield f"{history.state} {clean(history.ocid)}" if history.state else "it does not exist now"
    if history.revision:
        yield f"last applied from revision {clean(short_revision(history.revision))}"


def _cells(one: Happening, ocid: str) -> tuple[str, ...]:
    """Of the resource only where it is another than the deployment that is there."""
    details = [one.details, f"({one.ocid})" if one.ocid and one.ocid != ocid else ""]
    words = (
        timestamp_words(one.at) or "not known",
        one.what,
        one.ending.value,
        short_revision(one.revision),
        shorten(short_digests(" ".join(filter(None, details)))),
    )
    return tuple(clean(word) or "-" for word in words)


def history_document(history: History) -> dict[str, Json]:
    """The history as data, with whole values."""
    return {
        "apiVersion": API_VERSION,
        "name": history.name,
        "manifest": history.manifest,
        "ocid": history.ocid,
        "state": history.state.value if history.state else None,
        "revision": history.revision,
        "happenings": [
            {
                "at": one.at,
                "what": one.what,
                "ending": one.ending.value,
                "ocid": one.ocid,
                "revision": one.revision,
                "details": one.details,
            }
            for one in history.happenings
        ],
        "unknown": list(history.unknown),
    }
