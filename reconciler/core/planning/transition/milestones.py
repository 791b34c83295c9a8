"""Where in its chain of steps a deployment is: what it is after each write, and whether it is that now.

A second run of the same plan finds its place by this (docs/updates.md, When somebody else is at work).
"""

from dataclasses import dataclass, replace
from typing import TypeAlias

from reconciler.core.model.configuration import Configuration
from reconciler.core.model.live import Live, Marks, State
from reconciler.core.planning.plan import DeploymentPlan, Seen
from reconciler.core.planning.steps import (
    ActivateDeployment,
    CreateDeployment,
    DeactivateDeployment,
    DeleteDeployment,
    ModelRef,
    UpdateDeployment,
    WaitFor,
)
from reconciler.core.planning.withheld.seen import is_what_was_seen

WRITES = (CreateDeployment, UpdateDeployment, ActivateDeployment, DeactivateDeployment, DeleteDeployment)
Write: TypeAlias = (
    CreateDeployment | UpdateDeployment | ActivateDeployment | DeactivateDeployment | DeleteDeployment
)


@dataclass(frozen=True, slots=True)
class WrittenContent:
    """The content of a deployment after a write."""

    configuration: Configuration
    model: ModelRef
    marks: Marks
    from_live: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Milestone:
    """What a deployment is when the write at index `step` has ended well, and the wait after it; -1 is the
    start. `desired` is None while its content is what the plan saw.
    """

    step: int
    state: State
    desired: WrittenContent | None


def milestones(plan: DeploymentPlan) -> tuple[Milestone, ...]:
    """The start, if the plan saw a deployment, and then one for each write."""
    reached = [Milestone(-1, State.UNKNOWN, None)] if plan.seen else []
    desired: WrittenContent | None = None
    for index, step in enumerate(plan.steps):
        if not isinstance(step, WRITES):
            continue
        if isinstance(step, CreateDeployment | UpdateDeployment):
            desired = WrittenContent(step.configuration, step.model, step.marks, step.from_live)
        reached.append(Milestone(index, _state_after(plan, index), desired))
    return tuple(reached)


def _state_after(plan: DeploymentPlan, index: int) -> State:
    waits = (step.state for step in plan.steps[index + 1 :] if isinstance(step, WaitFor))
    return next(waits, State.ACTIVE)


def is_as_seen(live: Live, seen: Seen, state: State) -> bool:
    """Whether it is what the plan saw, in this state now; UNKNOWN is the state that the plan saw."""
    if state is State.UNKNOWN:
        return is_what_was_seen(live, seen)
    stands_for = (State.ACTIVE, State.NEEDS_ATTENTION, State.INACTIVE)
    return live.state is state and any(
        is_what_was_seen(replace(live, state=before), seen) for before in stands_for
    )


def same_content(live: Live, other: Live) -> bool:
    """Whether nothing that we know of differs but the state, and what the state brings about."""
    return _content(live) == _content(other)


def _content(live: Live) -> Live:
    return replace(live, state=State.UNKNOWN, details="", url="", instances=None)
