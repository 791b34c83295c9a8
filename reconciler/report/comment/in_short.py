"""How an apply ended in one plain line, for the status of a commit."""

from collections import Counter
from collections.abc import Mapping
from enum import Enum, auto
from typing import Any

from reconciler.core.model.text import cut, first_line
from reconciler.report.comment.result import BAD, ORDER
from reconciler.report.style import clean

WAITING = frozenset({"blocked", "left out"})
"""Nothing went wrong with these: they wait until what blocks them is gone."""

LONGEST = 140
"""Characters of the description of a status (GitHub docs, "Create a commit status")."""

NOT_AS_REVIEWED = "not applied: the plan holds more than was reviewed, or other"


class ApplyEnd(Enum):
    """All is done; all but what is blocked, and what waits for that; or something went wrong."""

    GOOD = auto()
    BLOCKED = auto()
    BAD = auto()


def result_in_short(document: Mapping[str, Any]) -> tuple[ApplyEnd, str]:
    """How an apply ended, as a value and in words."""
    error = document.get("error")
    if "deployments" not in document or error:
        message = error.get("message") if isinstance(error, dict) else ""
        return ApplyEnd.BAD, _line(f"failed: {first_line(str(message))}")
    if document["refusals"]:
        return ApplyEnd.BAD, _line("refused: nothing was sent")
    numbers = Counter(item["result"] for item in document["deployments"])
    told = [f"{numbers[result]} {result}" for result in ORDER if numbers[result] and result != "nothing"]
    bad = {result for result in BAD if numbers[result]}
    end = ApplyEnd.BAD if bad - WAITING else ApplyEnd.BLOCKED if bad else ApplyEnd.GOOD
    return end, _line(", ".join(told) or "nothing to do")


def _line(text: str) -> str:
    return cut(clean(text), LONGEST)
