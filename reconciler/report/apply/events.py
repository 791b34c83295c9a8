"""What happens during an apply: plain lines, JSON lines, and the final document."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import assert_never

from reconciler.core.model.configuration import Json, to_json
from reconciler.core.model.errors import Interrupted
from reconciler.core.planning.events import (
    DeploymentFailed,
    DeploymentFinished,
    DeploymentLeftOut,
    Event,
    RollbackStarted,
    StepFinished,
    StepProgress,
    StepStarted,
)
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan
from reconciler.core.planning.steps import Settle, Step, WaitFor
from reconciler.report.errors import error_part
from reconciler.report.plan.steps import step_words
from reconciler.report.plan.words import some
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
            return (f"rollback: {_joined(event.reason)}",)
        case DeploymentFinished():
            return (f"finished after {duration_words(event.seconds)}",)
        case DeploymentFailed():
            failed = "interrupted" if isinstance(event.error, Interrupted) else "failed"
            return (f"{failed} after {duration_words(event.seconds)}: {_joined(str(event.error))}",)
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


End = DeploymentFinished | DeploymentFailed | DeploymentLeftOut
Key = tuple[str, str]
"""A deployment's name, and the OCID that the plan saw: two may go by one name."""


def key_of(item: DeploymentPlan) -> Key:
    """What its events carry."""
    return item.name, item.seen.ocid if item.seen else ""


@dataclass(slots=True)
class _Heard:
    """What was heard of one deployment."""

    begun: bool = False
    back: bool = False
    at: int = 0
    done: set[int] = field(default_factory=set)
    end: End | None = None

    @property
    def interrupted(self) -> bool:
        return isinstance(self.end, DeploymentFailed) and isinstance(self.end.error, Interrupted)


def _heard(events: Iterable[Event]) -> dict[Key, _Heard]:
    """By deployment. What a rollback has taken back is not done."""
    all_heard: dict[Key, _Heard] = {}
    for event in events:
        heard = all_heard.setdefault((event.deployment, event.ocid), _Heard())
        match event:
            case DeploymentFinished() | DeploymentFailed() | DeploymentLeftOut():
                heard.end = event
            case RollbackStarted():
                heard.done.clear()
                heard.back = True
            case StepFinished() if not heard.back:
                heard.done.add(heard.at)
            case StepStarted():
                heard.begun = True
                heard.at = event.index
            case StepProgress() | StepFinished():
                pass
            case _:
                assert_never(event)
    return all_heard


def apply_document(plan: Plan, events: Iterable[Event]) -> dict[str, Json]:
    """What came of applying this plan (schemas/apply.v1.json), from all events of the run."""
    heard = _heard(events)
    deployments = [_result(item, heard.get(key_of(item), _Heard())) for item in plan.deployments]
    whole = heard.get(("", ""), _Heard()).end
    return {
        "apiVersion": API_VERSION,
        "plan": plan.digest,
        "target": plan.target,
        "owner": plan.owner,
        "project": plan.project.name,
        "revision": to_json(plan.revision),
        "error": error_part(whole.error) if isinstance(whole, DeploymentFailed) else None,
        "refusals": to_json(plan.refusals),
        "deployments": list(deployments),
    }


def left_over(plan: Plan, events: Iterable[Event]) -> tuple[DeploymentPlan, ...]:
    """The deployments that an interrupted run has not brought to their end; none without interruption."""
    heard = _heard(events)
    if not any(one.interrupted for one in heard.values()):
        return ()
    finished = {key for key, one in heard.items() if isinstance(one.end, DeploymentFinished)}
    return tuple(item for item in plan.deployments if item.steps and key_of(item) not in finished)


def left_to_do(plan: Plan, events: Iterable[Event]) -> tuple[DeploymentPlan, ...]:
    """Those, each with the steps alone that were not done."""
    events = tuple(events)
    heard = _heard(events)
    return tuple(
        replace(item, steps=tuple(_not_done(item, heard.get(key_of(item), _Heard()))))
        for item in left_over(plan, events)
    )


def left_lines(plan: Plan, events: Iterable[Event]) -> Iterator[str]:
    """What is left of each deployment of an interrupted run. Those that failed by themselves are not told of:
    their errors are.
    """
    events = tuple(events)
    heard = _heard(events)
    begun = [(item, heard.get(key_of(item), _Heard())) for item in left_over(plan, events)]
    for item, one in begun:
        if one.begun and (one.interrupted or one.end is None):
            yield clean(f"left of {item.name}: {_left_words(item, one)}")
    if rest := [item.name for item, one in begun if not one.begun]:
        yield clean(f"not begun: {some(rest)}")


def _not_done(item: DeploymentPlan, heard: _Heard) -> Iterator[Step]:
    return (step for number, step in enumerate(item.steps, start=1) if number not in heard.done)


def _left_words(item: DeploymentPlan, heard: _Heard) -> str:
    left = list(_not_done(item, heard))
    sent = [step for step in left if not isinstance(step, WaitFor | Settle)]
    return ", ".join(step_words(step) for step in sent or left) or "nothing"


def _result(item: DeploymentPlan, heard: _Heard) -> dict[str, Json]:
    end = heard.end
    return {
        "name": item.name,
        "action": item.action.value,
        "result": _result_words(item.action, heard),
        "seconds": None if end is None or isinstance(end, DeploymentLeftOut) else end.seconds,
        "error": error_part(end.error) if isinstance(end, DeploymentFailed) else None,
        "refusals": to_json(item.refusals),
    }


def _result_words(action: Action, heard: _Heard) -> str:
    if action in {Action.NOTHING, Action.PAUSED, Action.BLOCKED}:
        return action.value
    if heard.end is None or heard.interrupted:
        return "interrupted" if heard.begun else "not begun"
    match heard.end:
        case DeploymentFinished():
            return "done"
        case DeploymentFailed():
            return "failed"
        case DeploymentLeftOut():
            return "left out"
        case _:
            assert_never(heard.end)
