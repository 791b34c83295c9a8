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
    also,
    quoting,
)
from reconciler.core.model.live import Live, State
from reconciler.core.planning.diff.fields import row_at
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.events import RollbackStarted
from reconciler.core.planning.steps import DeactivateDeployment, Step, UpdateDeployment
from reconciler.engine.deployment.execution import Execution, Moved
from reconciler.engine.deployment.failure_memory import AT_REST, mark_failed, marked, reason_of, remember
from reconciler.engine.deployment.one_step import do_step
from reconciler.engine.deployment.others_work import begin_rollback
from reconciler.engine.deployment.probing import ROLLED_BACK, proof_of_rollback
from reconciler.engine.deployment.resume_position import position_of
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
        live = await begin_rollback(execution)
        if await _as_planned(execution, live):
            return await remember(
                execution, also(error, "nothing was changed, and it serves as before"), reason
            )
        execution.tell(RollbackStarted(plan.name, error))
        begun = True
        for steps in inverses:
            await _run_inverse(execution, steps, reason)
    except (StalePlan, Moved) as stale:
        how = "the rollback was not completed" if begun else "not rolled back"
        return quoting(StalePlan(f"{error}\n    {how}: {stale}"), error, stale)
    except (NotSeen, NotAllowed, Transient) as unseen:
        what = f"{error}\n    how the rollback ended could not be seen: {unseen}"
        return quoting(NotSeen(what), error, unseen)
    except Exception as second:
        with suppress(Exception):
            await mark_failed(execution, reason)
        execution.progress.rollback_failed = True
        return quoting(StepFailed(f"{error}\n    the rollback failed too: {second}"), error, second)
    passing = plan.failed and not reason and not isinstance(error, Unexpected)
    again = "\n    not held against the spec: the next apply tries it again" if passing else ""
    return await _rolled_back(execution, error, again)


async def _as_planned(execution: Execution, live: Live) -> bool:
    """Whether the plan has only tried to stop it, and it is what the plan saw: there is nothing to take back,
    and a rollback would stop it once more.
    """
    steps, sent = execution.plan.steps, execution.progress.sent
    stops = all(isinstance(steps[index], DeactivateDeployment) for index in sent)
    return stops and await position_of(execution, live) == -1


async def _rolled_back(execution: Execution, error: ReconcilerError, again: str) -> RolledBack:
    try:
        return quoting(RolledBack(f"{error}\n    {await proof_of_rollback(execution)}{again}"), error)
    except Exception as unseen:
        proof = f"{ROLLED_BACK}; its probes could not be asked: {unseen}"
        return quoting(RolledBack(f"{error}\n    {proof}{again}"), error, unseen)


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
    step = replace(step, from_live=tuple(path for path in step.from_live if _is_rolled_back(path)))
    if step.in_place and live.model_id == await model_ocid(execution, step.model):
        return replace(step, configuration=kept, option_groups=(OptionGroup.METADATA,), in_place=False)
    return replace(step, configuration=kept)


def _is_rolled_back(path: str) -> bool:
    row = row_at(path)
    return row is not None and row.option_group not in (OptionGroup.LOGS, OptionGroup.NETWORK)
