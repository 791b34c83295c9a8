"""How an apply ended in one plain line, for the status of a commit."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from reconciler.core.model.text import cut, first_line
from reconciler.report.comment.result import BAD, ORDER
from reconciler.report.style import clean

LONGEST = 140
"""Characters of the description of a status (GitHub docs, "Create a commit status")."""

NOT_AS_REVIEWED = "not applied: the plan holds more than was reviewed, or other"


def result_in_short(document: Mapping[str, Any]) -> tuple[bool, str]:
    """Whether everything of an apply ended well, and how it ended."""
    error = document.get("error")
    if "deployments" not in document or error:
        message = error.get("message") if isinstance(error, dict) else ""
        return False, _line(f"failed: {first_line(str(message))}")
    if document["refusals"]:
        return False, _line("refused: nothing was sent")
    numbers = Counter(item["result"] for item in document["deployments"])
    told = [f"{numbers[result]} {result}" for result in ORDER if numbers[result] and result != "nothing"]
    good = not any(numbers[result] for result in BAD)
    return good, _line(", ".join(told) or "nothing to do")


def _line(text: str) -> str:
    return cut(clean(text), LONGEST)
