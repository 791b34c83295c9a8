"""Rolls a deployment back after a step has failed: the inverse updates that the plan holds, latest first.

It must not decide what the rollback is: that is the plan's.
"""

from contextlib import suppress
from dataclasses import replace

from reconciler.core.model.errors import (
    Failed,
    NotAllowed,
    NotSeen,
    ReconcilerError,
    RolledBack,
    StalePlan,
    StepFailed,
    Transient,
    Unexpected,
)
from reconciler.core.model.live import State
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.events import RollbackStarted
from reconciler.core.planning.steps import DeactivateDeployment, Step, UpdateDeployment
from reconciler.engine.deployment.execution import Execution, Moved
from reconciler.engine.deployment.failure_memory import AT_REST, mark_failed, marked, reason_of, remember
from reconciler.engine.deployment.one_step import do_step
from reconciler.engine.deployment.others_work import begin_rollback
from reconciler.engine.deployment.probing import proof_of_rollback
from reconciler.engine.deployment.writing import model_ocid

STOP_AND_WAIT = 2
"""The first steps of a rollback that begins with a stop: not needed where it has stopped already."""


async def roll_back(execution: Execution, error: ReconcilerError) -> ReconcilerError:
    """Roll back; the error to tell in place of `error`, with what was done about it."""
    plan, sent, begun = execution.plan, execution.progress.sent, False
    reason = reason_of(execution, error)
    inverses = [rollback.steps for rollback in reversed(plan.rollbacks) if rollback.step in sent]
    try:
        if not inverses:
            return await remember(execution, error, reason)
        await begin_rollback(execution)
        execution.tell(RollbackStarted(plan.name, str(error)))
        begun = True
        for steps in inverses:
            await _run_inverse(execution, steps, reason)
    except (StalePlan, Moved) as stale:
        how = "the rollback was not completed" if begun else "not rolled back"
        return StalePlan(f"{error}\n    {how}: {stale}")
    except (NotSeen, NotAllowed, Transient) as unseen:
        return NotSeen(f"{error}\n    how the rollback ended could not be seen: {unseen}")
    except Exception as second:
        with suppress(Exception):
            await mark_failed(execution, reason)
        return StepFailed(f"{error}\n    the rollback failed too: {second}{_unserved(execution)}")
    passing = plan.failed and not reason and not isinstance(error, Unexpected)
    again = "\n    not held against the spec: the next apply tries it again" if passing else ""
    return RolledBack(f"{error}\n    {await proof_of_rollback(execution)}{again}")


def _unserved(execution: Execution) -> str:
    live = execution.progress.live
    if live is None or live.state not in (State.INACTIVE, State.FAILED):
        return ""
    return f"\n    it is {live.state} now: nobody is served"


async def _run_inverse(execution: Execution, steps: tuple[Step, ...], reason: str) -> None:
    live = execution.progress.live
    state = live.state if live else State.UNKNOWN
    if state not in AT_REST:
        raise Failed(f"it is {state}, and only a deployment at rest can be changed")
    stopped = isinstance(steps[0], DeactivateDeployment) and state is State.INACTIVE
    for number, step in enumerate(steps, start=1):
        if stopped and number <= STOP_AND_WAIT:
            continue
        if isinstance(step, UpdateDeployment):
            step = await _fitted(execution, step, reason)
        await do_step(execution, step, number, len(steps))


async def _fitted(execution: Execution, step: UpdateDeployment, reason: str) -> UpdateDeployment:
    """The update as it fits what is live: what is not rolled back stays as it is; and an update in place does
    not send a model group that the deployment runs already.
    """
    if step.marks.failed:
        step = replace(step, marks=marked(execution, step.marks, reason))
    live = execution.progress.live
    if live is None or live.configuration is None:
        return step
    kept = replace(step.configuration, logs=live.configuration.logs, network=live.configuration.network)
    if step.in_place and live.model_id == await model_ocid(execution, step.model):
        return replace(step, configuration=kept, option_groups=(OptionGroup.METADATA,), in_place=False)
    return replace(step, configuration=kept)
