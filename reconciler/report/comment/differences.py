"""The comment on a merged pull request whose change is not applied, because the plan holds more than was
reviewed, or other.
"""

from collections.abc import Mapping
from typing import Any

from reconciler.core.model.errors import Failed
from reconciler.core.model.text import counted
from reconciler.report.markup.escaping import escape
from reconciler.report.plan.compared_markdown import comparison_markdown, objects_in, reviewed_lines
from reconciler.report.plan.json import COMPARISON

LARGEST = 65_000
"""Bytes of UTF-8: a comment takes 65,536 characters, and the caller puts a line in front."""


def differences_comment(document: Mapping[str, Any]) -> str:
    """The comment, out of what `plan --compare --format json` printed, in at most LARGEST bytes. Raises
    Failed for a document without a comparison.
    """
    comparison = document.get(COMPARISON)
    if not isinstance(comparison, dict):
        raise Failed(
            "this is no plan that was compared: make one with reconcile plan --compare … --format json"
        )
    head, tail = _head(document, comparison), _tail(comparison)
    return head + comparison_markdown(comparison, LARGEST - len((head + tail).encode())) + tail


def _head(document: Mapping[str, Any], comparison: Mapping[str, Any]) -> str:
    target = escape(document.get("target", ""))
    if comparison.get("covered") is True:
        return f"### Target {target}: the plan is what was reviewed\n"
    number = len(objects_in(comparison, "differences"))
    revision = document.get("revision")
    commit = revision.get("commit") if isinstance(revision, dict) else None
    at = f" at {escape(str(commit)[:12])}" if commit else ""
    verb = "is" if number == 1 else "are"
    return (
        f"### Target {target}: nothing was applied\n\n"
        f"The plan{at} was compared with the plans that were reviewed. {counted(number, 'thing')} in it "
        f"{verb} more than was reviewed, or other, so nothing of it was sent.\n"
    )


def _tail(comparison: Mapping[str, Any]) -> str:
    reviewed = "\n".join(reviewed_lines(comparison)) or "- none: no plan was reviewed"
    todo = "" if comparison.get("covered") is True else WHAT_TO_DO
    return f"{todo}\n<details><summary>Reviewed plans</summary>\n\n{reviewed}\n\n</details>\n"


WHAT_TO_DO = """
**What to do now**

- Run the apply workflow by hand: it plans anew, and applies that plan once somebody has approved it.
- Or open a new pull request: its plan shows what would be done now, and merging it says yes to that.
"""
