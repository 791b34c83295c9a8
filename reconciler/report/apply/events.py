"""What happens during an apply: a line for each event, the final JSON document, and what is left to do."""

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
"""Stands in place of a deployment's name when a step belongs to the whole plan."""


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
            return (f"rollback: {_joined(str(event.error))}",)
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
    """The text on one line. A long one is cut in the middle: errors are printed in full at the end."""
    line = "; ".join(line.strip() for line in text.splitlines())
    return line if len(line) <= LONGEST_LINE else f"{line[:HALF_LINE]} … {line[-HALF_LINE:]}"


def percent_words(percent: float | None) -> str:
    """Such as `40%`; empty when it is not known."""
    return "" if percent is None else f"{percent:.0f}%"


End = DeploymentFinished | DeploymentFailed | DeploymentLeftOut
Key = tuple[str, str]
"""A deployment's name and the OCID that the plan saw, because two deployments may have one name."""


def key_of(item: DeploymentPlan) -> Key:
    """The key that the events of this deployment have."""
    return item.name, item.seen.ocid if item.seen else ""


@dataclass(slots=True)
class _History:
    """What the events say about one deployment. Steps that a rollback takes back do not count as done."""

    begun: bool = False
    rolling_back: bool = False
    current_step: int = 0
    done: set[int] = field(default_factory=set)
    end: End | None = None

    @property
    def interrupted(self) -> bool:
        return isinstance(self.end, DeploymentFailed) and isinstance(self.end.error, Interrupted)


def _histories(events: Iterable[Event]) -> dict[Key, _History]:
    histories: dict[Key, _History] = {}
    for event in events:
        history = histories.setdefault((event.deployment, event.ocid), _History())
        match event:
            case DeploymentFinished() | DeploymentFailed() | DeploymentLeftOut():
                history.end = event
            case RollbackStarted():
                history.done.clear()
                history.rolling_back = True
            case StepFinished() if not history.rolling_back:
                history.done.add(history.current_step)
            case StepStarted():
                history.begun = True
                history.current_step = event.index
            case StepProgress() | StepFinished():
                pass
            case _:
                assert_never(event)
    return histories


def apply_document(plan: Plan, events: Iterable[Event]) -> dict[str, Json]:
    """How the apply of this plan ended (schemas/apply.v1.json), from all events of the run."""
    histories = _histories(events)
    deployments = [_result(item, histories.get(key_of(item), _History())) for item in plan.deployments]
    whole_plan = histories.get(("", ""), _History()).end
    return {
        "apiVersion": API_VERSION,
        "plan": plan.digest,
        "target": plan.target,
        "owner": plan.owner,
        "project": plan.project.name,
        "revision": to_json(plan.revision),
        "error": error_part(whole_plan.error) if isinstance(whole_plan, DeploymentFailed) else None,
        "refusals": to_json(plan.refusals),
        "deployments": list(deployments),
    }


def left_over(plan: Plan, events: Iterable[Event]) -> tuple[DeploymentPlan, ...]:
    """The deployments that an interrupted run did not finish; none if the run was not interrupted."""
    histories = _histories(events)
    if not any(history.interrupted for history in histories.values()):
        return ()
    finished = {key for key, history in histories.items() if isinstance(history.end, DeploymentFinished)}
    return tuple(item for item in plan.deployments if item.steps and key_of(item) not in finished)


def left_to_do(plan: Plan, events: Iterable[Event]) -> tuple[DeploymentPlan, ...]:
    """The same, each with only the steps that were not done."""
    events = tuple(events)
    histories = _histories(events)
    return tuple(
        replace(item, steps=tuple(_not_done(item, histories.get(key_of(item), _History()))))
        for item in left_over(plan, events)
    )


def left_lines(plan: Plan, events: Iterable[Event]) -> Iterator[str]:
    """A line for each deployment that an interrupted run left unfinished. Deployments that failed for another
    reason are left out: their errors say so.
    """
    events = tuple(events)
    histories = _histories(events)
    unfinished = [(item, histories.get(key_of(item), _History())) for item in left_over(plan, events)]
    for item, history in unfinished:
        if history.begun and (history.interrupted or history.end is None):
            yield clean(f"left of {item.name}: {_left_words(item, history)}")
    if not_begun := [item.name for item, history in unfinished if not history.begun]:
        yield clean(f"not begun: {some(not_begun)}")


def _not_done(item: DeploymentPlan, history: _History) -> Iterator[Step]:
    return (step for number, step in enumerate(item.steps, start=1) if number not in history.done)


def _left_words(item: DeploymentPlan, history: _History) -> str:
    """What is left to do. Waits are named only if nothing else is left."""
    left = list(_not_done(item, history))
    changing = [step for step in left if not isinstance(step, WaitFor | Settle)]
    return ", ".join(step_words(step) for step in changing or left) or "nothing"


def _result(item: DeploymentPlan, history: _History) -> dict[str, Json]:
    end = history.end
    return {
        "name": item.name,
        "action": item.action.value,
        "result": _result_words(item.action, history),
        "seconds": None if end is None or isinstance(end, DeploymentLeftOut) else end.seconds,
        "error": error_part(end.error) if isinstance(end, DeploymentFailed) else None,
        "refusals": to_json(item.refusals),
        "notes": [*end.notes] if isinstance(end, DeploymentFinished) else [],
    }


def _result_words(action: Action, history: _History) -> str:
    if action in {Action.NOTHING, Action.PAUSED, Action.BLOCKED}:
        return action.value
    if history.end is None or history.interrupted:
        return "interrupted" if history.begun else "not begun"
    match history.end:
        case DeploymentFinished():
            return "done"
        case DeploymentFailed():
            return "failed"
        case DeploymentLeftOut():
            return "left out"
        case _:
            assert_never(history.end)
