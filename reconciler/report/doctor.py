"""What `doctor` found: a line for each check, and as JSON."""

from collections.abc import Iterator

from reconciler.core.model.configuration import Json
from reconciler.core.model.text import counted
from reconciler.core.model.views.checkup import Check, Checkup, Verdict
from reconciler.report.style import PLAIN, Paint, Style, clean

API_VERSION = "reconciler.oci/doctor.v1"
_PAINTS = {Verdict.FINE: Paint.GOOD, Verdict.WRONG: Paint.BAD, Verdict.NOT_SEEN: Paint.CAREFUL}
_VERDICT, _TOPIC = (8, 11)
"""Widths of the columns: those of the longest word in each."""


def checkup_lines(checkup: Checkup, style: Style = PLAIN) -> list[str]:
    """A line for each check, with what to do below it, and how many there are of each kind."""
    lines = [line for check in checkup.checks for line in _lines(check, style)]
    numbers = ", ".join(f"{checkup.number_of(verdict)} {verdict}" for verdict in Verdict)
    return [
        *lines,
        "",
        f"Target {clean(checkup.target)}: {counted(len(checkup.checks), 'check')}, {numbers}.",
    ]


def _lines(check: Check, style: Style) -> Iterator[str]:
    verdict = style(check.verdict.ljust(_VERDICT), _PAINTS[check.verdict])
    yield f"{verdict}  {check.topic.ljust(_TOPIC)}  {clean(check.what)}"
    yield from (f"    {clean(line)}" for line in check.advice)


def checkup_document(checkup: Checkup) -> dict[str, Json]:
    """The checks as data (schemas/doctor.v1.json)."""
    return {
        "apiVersion": API_VERSION,
        "target": checkup.target,
        "summary": {
            "fine": checkup.number_of(Verdict.FINE),
            "wrong": checkup.number_of(Verdict.WRONG),
            "notSeen": checkup.number_of(Verdict.NOT_SEEN),
        },
        "checks": [
            {
                "topic": check.topic.value,
                "verdict": check.verdict.value,
                "what": check.what,
                "advice": list(check.advice),
            }
            for check in checkup.checks
        ],
    }
