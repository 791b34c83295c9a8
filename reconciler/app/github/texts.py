"""The texts that are posted, out of what other verbs have left in files."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, assert_never

from reconciler.adapters.clock import RealClock
from reconciler.app.github.runner_files import SUMMARY_BYTES
from reconciler.app.github.verb_documents import ERROR, Document, document_of
from reconciler.app.review.branch_changes import branch_changes
from reconciler.app.saved_plans.save_and_load import load
from reconciler.app.validating import prices_or_notices
from reconciler.app.workspace import Workspace
from reconciler.core.model.errors import Failed
from reconciler.core.model.target import Target
from reconciler.engine.utc import timestamp
from reconciler.report.comment.differences import differences_comment
from reconciler.report.comment.drift import drift_issue
from reconciler.report.comment.in_short import NOT_AS_REVIEWED, ApplyEnd, result_in_short
from reconciler.report.comment.plan import PlanComment, plan_comment
from reconciler.report.comment.problems import problems_comment
from reconciler.report.comment.result import NO_RESULT, no_result_comment, result_comment
from reconciler.report.plan.markdown import plan_markdown

RESULT, DRIFT, PLAN = "reconciler.oci/apply.v1", "reconciler.oci/drift.v1", "reconciler.oci/plan.v1"
PROBLEMS = "reconciler.oci/validate.v1"

TextAt: TypeAlias = Callable[[str], str]
"""The text, when the branch is at this commit now; empty: at the one that the text is about."""


@dataclass(frozen=True, slots=True)
class About:
    """What a text says of where it comes from: the commit, and the run, which may be unknown."""

    commit: str = ""
    run_url: str = ""


@dataclass(frozen=True, slots=True)
class Texts:
    """`comment` fits into a comment; `rest` is added to it in the summary."""

    comment: TextAt
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """How an apply ended, for the comment and in a line for the status."""

    end: ApplyEnd
    short: str
    text: str


def plan_texts(workspace: Workspace, target: Target, path: Path, base: str, about: About) -> Texts:
    """The texts about a saved plan, and what the branch that is checked out changes against `base`."""
    plan = load(workspace, target, path)
    prices, _ = prices_or_notices(workspace)
    branch, made_at = branch_changes(workspace, target, base), _now()

    def comment(newer: str) -> str:
        return plan_comment(PlanComment(plan, branch, about.commit, made_at, newer, about.run_url, prices))

    return Texts(comment, plan_markdown(plan, prices=prices, room=SUMMARY_BYTES))


def problems_texts(path: Path, about: About) -> Texts:
    """The text about what is wrong in manifests."""
    document, made_at = document_of(path, (PROBLEMS, ERROR), "validate"), _now()

    def comment(newer: str) -> str:
        return problems_comment(
            document, commit=about.commit, made_at=made_at, newer=newer, run_url=about.run_url
        )

    return Texts(comment)


def result_ended(path: Path, about: About) -> Ended:
    """How an apply ended. It prints at its end, so one that was ended from outside leaves an empty file."""
    if path.stat().st_size == 0:
        text = no_result_comment(commit=about.commit, made_at=_now(), run_url=about.run_url)
        return Ended(ApplyEnd.BAD, NO_RESULT, text)
    return _ended(document_of(path, (RESULT, ERROR), "apply"), about)


def differences_ended(path: Path, about: About) -> Ended:
    """That nothing was applied, because the plan holds other than what was reviewed."""
    document = document_of(path, (PLAN, ERROR), "plan")
    if document["apiVersion"] == ERROR:
        return _ended(document, about)
    return Ended(ApplyEnd.BAD, NOT_AS_REVIEWED, differences_comment(document))


def _ended(document: Document, about: About) -> Ended:
    text = result_comment(document, commit=about.commit, made_at=_now(), run_url=about.run_url)
    return Ended(*result_in_short(document), text)


@dataclass(frozen=True, slots=True)
class DriftFound:
    """What drift there is: title and text of the issue, both empty when there is none. With `unseen`, not
    everything could be looked at.
    """

    title: str
    text: str
    unseen: bool


def drift_found(path: Path, target: str) -> DriftFound:
    """The drift that a document tells. Raises Failed when it tells an error: what is not seen is not over."""
    document = document_of(path, (DRIFT, ERROR), "drift")
    if document["apiVersion"] == ERROR:
        raise Failed(f"{path}: drift was not looked at: {document['error']['message']}")
    if document["target"] != target:
        raise Failed(f"{path}: it tells of target {document['target']!r}, not of {target!r}: name it with -t")
    unseen = bool(document["notLookedAt"])
    if not document["deployments"]:
        return DriftFound("", "", unseen)
    return DriftFound(*drift_issue(document), unseen)


def _now() -> str:
    return timestamp(RealClock(), 0)


Found: TypeAlias = Texts | Ended | DriftFound


def printed(found: Found) -> str:
    """The text, for a terminal."""
    match found:
        case Texts():
            return found.comment("")
        case Ended():
            return found.text
        case DriftFound():
            return f"{found.title}\n\n{found.text}" if found.text else "Nothing is out of step.\n"
        case _:
            assert_never(found)
