"""Where in its chain of steps a deployment is: what it is after each write, and whether it is that now.

Pure. Two runs of one plan may be at work at the same time; whichever comes second finds its place by this
(design: law 10).
"""

from dataclasses import dataclass, replace

from reconciler.core.model.configuration import Configuration, FixedScaling
from reconciler.core.model.live import Live, Marks, State
from reconciler.core.planning.diff.changes import diff
from reconciler.core.planning.plan import DeploymentPlan
from reconciler.core.planning.steps import (
    ActivateDeployment,
    CreateDeployment,
    DeactivateDeployment,
    DeleteDeployment,
    ModelRef,
    UpdateDeployment,
    WaitFor,
)

WRITES = (CreateDeployment, UpdateDeployment, ActivateDeployment, DeactivateDeployment, DeleteDeployment)


@dataclass(frozen=True, slots=True)
class WrittenContent:
    """The content of a deployment after a write."""

    configuration: Configuration
    model: ModelRef
    marks: Marks


@dataclass(frozen=True, slots=True)
class Milestone:
    """What a deployment is when the write at index `step` has ended well, and the wait after it; -1 is the
    start. `asked` is None while its content is what the plan saw.
    """

    step: int
    state: State
    asked: WrittenContent | None


def milestones(plan: DeploymentPlan) -> tuple[Milestone, ...]:
    """The start, if the plan saw a deployment, and then one for each write."""
    found = [Milestone(-1, State.UNKNOWN, None)] if plan.seen else []
    asked: WrittenContent | None = None
    for index, step in enumerate(plan.steps):
        if not isinstance(step, WRITES):
            continue
        if isinstance(step, CreateDeployment | UpdateDeployment):
            asked = WrittenContent(step.configuration, step.model, step.marks)
        found.append(Milestone(index, _state_after(plan, index), asked))
    return tuple(found)


def _state_after(plan: DeploymentPlan, index: int) -> State:
    waits = (step.state for step in plan.steps[index + 1 :] if isinstance(step, WaitFor))
    return next(waits, State.ACTIVE)


def is_as_seen(live: Live, fingerprint: str, state: State) -> bool:
    """Whether it is what the plan saw, in this state now; UNKNOWN is the state that the plan saw."""
    if state is State.UNKNOWN:
        return live.fingerprint == fingerprint
    stands_for = (State.ACTIVE, State.NEEDS_ATTENTION, State.INACTIVE)
    return live.state is state and any(
        replace(live, state=before).fingerprint == fingerprint for before in stands_for
    )


def unlike(live: Live, asked: Configuration, model: str) -> list[str]:
    """How a deployment that was read back differs from what was asked; `model` is the OCID that it is to run.
    What the service leaves out is not compared.
    """
    if live.configuration is None:
        return [f"it is a {live.deployment_type} deployment"]
    changes = diff(replace(asked, artifact=None), replace(live.configuration, artifact=None))
    wrong = [f"{change.field} is {change.old!r}, not {change.new!r}" for change in changes]
    wrong += [] if live.model_id == model else [f"its model is {live.model_id}, not {model}"]
    return wrong + _miscounted(live, asked)


def _miscounted(live: Live, asked: Configuration) -> list[str]:
    """As many instances as asked must be there, where the service tells how many there are."""
    if live.state is not State.ACTIVE or live.instances is None:
        return []
    if not isinstance(asked.scaling, FixedScaling) or live.instances == asked.scaling.instances:
        return []
    return [f"{live.instances} instances are there, not {asked.scaling.instances}"]


def same_content(one: Live, other: Live) -> bool:
    """Whether nothing that we know of differs but the state, and what the state brings about."""
    return _content(one) == _content(other)


def _content(live: Live) -> Live:
    return replace(live, state=State.UNKNOWN, details="", url="", instances=None)


def foreign_tags(live: Live, before: Live, asked: Configuration) -> tuple[str, ...]:
    """Defined tags that neither were there before nor were asked for: a list of them replaces all."""
    if live.configuration is None or before.configuration is None:
        return ()
    known = {*before.configuration.defined_tags, *asked.defined_tags}
    return tuple(key for key, value in live.configuration.defined_tags if (key, value) not in known)
