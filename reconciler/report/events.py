"""What happens during an apply: plain lines, JSON lines, and the final document."""

from collections.abc import Iterable
from typing import assert_never

from reconciler.core.errors import Exit, ReconcilerError
from reconciler.core.events import (
    DeploymentFailed,
    DeploymentFinished,
    DeploymentLeftOut,
    Event,
    RollbackStarted,
    StepFinished,
    StepProgress,
    StepStarted,
)
from reconciler.core.plan import Action, DeploymentPlan, Plan
from reconciler.core.values import Json, to_json
from reconciler.report.steps import step_words
from reconciler.report.style import clean
from reconciler.report.values import duration_words

API_VERSION = "reconciler.oci/apply.v1"
LONGEST_LINE = 800
HALF_LINE = LONGEST_LINE // 2
WHOLE_PLAN = "project"
"""What stands in place of a deployment's name when a step is the whole plan's."""


def event_line(event: Event) -> str:
    """One line that says what happened to which deployment."""
    words = "  ".join(part for part in (event.deployment or WHOLE_PLAN, *_words(event)) if part)
    return clean(words)


def _words(event: Event) -> tuple[str, ...]:
    match event:
        case StepStarted():
            return f"{event.index}/{event.total}", step_words(event.step)
        case StepProgress():
            return percent_words(event.percent), event.message
        case StepFinished():
            return step_words(event.step), "done" + (f" ({event.note})" if event.note else "")
        case RollbackStarted():
            return (f"going back: {_joined(event.reason)}",)
        case DeploymentFinished():
            return (f"finished after {duration_words(event.seconds)}",)
        case DeploymentFailed():
            return (f"failed after {duration_words(event.seconds)}: {_joined(str(event.error))}",)
        case DeploymentLeftOut():
            return (f"left out: {_joined(event.reason)}",)
        case _:
            assert_never(event)


def _joined(text: str) -> str:
    """Several lines as one. Of a long text only its two ends: an error is told in full when all is over."""
    line = "; ".join(line.strip() for line in text.splitlines())
    return line if len(line) <= LONGEST_LINE else f"{line[:HALF_LINE]} … {line[-HALF_LINE:]}"


def percent_words(percent: float | None) -> str:
    """`40%`, or nothing when it is not known."""
    return "" if percent is None else f"{percent:.0f}%"


def error_document(error: ReconcilerError) -> dict[str, Json]:
    """An error as data: its kind, its message, and the exit code that it stands for, with what that means."""
    code = error.exit_code
    return {
        "kind": type(error).__name__,
        "message": str(error),
        "exitCode": code.value,
        "meaning": exit_words(code),
    }


def exit_words(code: Exit) -> str:
    """What an exit code says."""
    match code:
        case Exit.DONE:
            return "done, or nothing to do"
        case Exit.FAILED:
            return "failed"
        case Exit.DIFFERENCES:
            return "there are differences"
        case Exit.INVALID:
            return "manifests are invalid"
        case Exit.STALE:
            return "the plan is stale: plan again"
        case Exit.REFUSED:
            return "refused by a safety rule"
        case _:
            assert_never(code)


End = DeploymentFinished | DeploymentFailed | DeploymentLeftOut
Key = tuple[str, str]
"""A deployment's name, and the OCID that the plan saw: two may go by one name."""


def key_of(item: DeploymentPlan) -> Key:
    """What its events carry."""
    return item.name, item.seen.ocid if item.seen else ""


def apply_document(plan: Plan, events: Iterable[Event]) -> dict[str, Json]:
    """What came of applying this plan (schemas/apply.v1.json), from all events of the run."""
    ends: dict[Key, End] = {}
    begun: set[Key] = set()
    for event in events:
        key = (event.deployment, event.ocid)
        begun.add(key)
        if isinstance(event, End):
            ends[key] = event
    deployments = [_result(item, ends.get(key_of(item)), key_of(item) in begun) for item in plan.deployments]
    whole = ends.get(("", ""))
    return {
        "apiVersion": API_VERSION,
        "plan": plan.digest,
        "target": plan.target,
        "owner": plan.owner,
        "project": plan.project.name,
        "revision": to_json(plan.revision),
        "error": error_document(whole.error) if isinstance(whole, DeploymentFailed) else None,
        "refusals": to_json(plan.refusals),
        "deployments": list(deployments),
    }


def _result(item: DeploymentPlan, end: End | None, begun: bool) -> dict[str, Json]:
    return {
        "name": item.name,
        "action": item.action.value,
        "result": _result_words(item.action, end, begun),
        "seconds": None if end is None or isinstance(end, DeploymentLeftOut) else end.seconds,
        "error": error_document(end.error) if isinstance(end, DeploymentFailed) else None,
        "refusals": to_json(item.refusals),
    }


def _result_words(action: Action, end: End | None, begun: bool) -> str:
    if action in {Action.NOTHING, Action.PAUSED, Action.BLOCKED}:
        return action.value
    match end:
        case DeploymentFinished():
            return "done"
        case DeploymentFailed():
            return "failed"
        case DeploymentLeftOut():
            return "left out"
        case None:
            return "interrupted" if begun else "not begun"
        case _:
            assert_never(end)
