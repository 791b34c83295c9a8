"""Carries out the steps of one deployment, one after another.

It does what the plan says and nothing else. Where somebody else has changed the deployment meanwhile, it goes
on only from a place of its own plan that another run has reached.
"""

import asyncio
from collections.abc import Awaitable

from reconciler.core.model.errors import Interrupted
from reconciler.core.planning.events import StepFinished, StepStarted
from reconciler.core.planning.steps import PREPARING
from reconciler.engine.deployment.catalog_deletion import end_deletions
from reconciler.engine.deployment.execution import ContentGone, Execution, Moved
from reconciler.engine.deployment.one_step import do_step
from reconciler.engine.deployment.others_work import catch_up
from reconciler.engine.deployment.probing import probes_of
from reconciler.engine.deployment.recovery import recover
from reconciler.engine.deployment.resume_position import check_start

SURPRISES = 10
"""How often in a row a deployment may be found moved without any progress."""


async def carry_out(execution: Execution) -> None:
    """Do all steps. Raises what ended them, when all that can be done about it has been done."""
    try:
        await execution.probing.load(probes_of(execution))
        await _steps(execution)
    except (Exception, asyncio.CancelledError) as error:
        task = asyncio.current_task()
        if isinstance(error, asyncio.CancelledError) and task and task.cancelling():
            raise
        raise await recover(execution, error) from error
    finally:
        await end_deletions(execution)


async def _steps(execution: Execution) -> None:
    progress, steps, surprises = execution.progress, execution.plan.steps, 0
    if _prepares_first(execution) and not await _unless_moved(execution, check_start(execution)):
        await _prepare_skipped(execution)
    while progress.index < len(steps):
        if execution.stop.requested and progress.pending is None:
            _leave_out(execution)
        index = progress.index
        if await _unless_moved(execution, do_step(execution, steps[index], index + 1, len(steps))):
            progress.index += 1
        surprises = surprises + 1 if progress.index <= index else 0
        if surprises > SURPRISES:
            raise execution.stale("it is changed again and again")
        if surprises:
            await execution.call.clock.sleep(execution.call.pause(surprises))
    if progress.left_out:
        raise execution.interrupted()


def _prepares_first(execution: Execution) -> bool:
    """A plan that is stale is refused before anything is made for it. A deployment that is in flight has to
    settle before it can be compared.
    """
    steps = execution.plan.steps
    return bool(steps) and isinstance(steps[0], PREPARING)


async def _prepare_skipped(execution: Execution) -> None:
    """The steps after a change that is there already need its image and content all the same: perhaps no run
    of this plan has made the change, or somebody has deleted the content since. Once the run is to stop, this
    is left out; what follows, the next step decides.
    """
    steps, progress = execution.plan.steps, execution.progress
    for number, step in enumerate(steps[: progress.index], start=1):
        if not isinstance(step, PREPARING):
            continue
        if execution.stop.requested:
            progress.left_out += 1
            continue
        try:
            await do_step(execution, step, number, len(steps))
        except Interrupted:
            progress.left_out += 1


async def _unless_moved(execution: Execution, work: Awaitable[None]) -> bool:
    """Whether the work was done. Where the deployment has moved meanwhile it was not, and the index of
    `Progress` is that of the step to go on with. Where the content is gone, it is published anew first.
    """
    try:
        await work
    except ContentGone as gone:
        execution.catalog.forget(gone.entry)
        await _prepare_skipped(execution)
        return False
    except Moved as moved:
        at = execution.progress.index
        execution.progress.index = await catch_up(execution, str(moved))
        _tell_found(execution, at)
        return False
    return True


def _tell_found(execution: Execution, at: int) -> None:
    """Tell of the steps from index `at` on that need not be done any more, but for what is made first."""
    name, steps = execution.plan.name, execution.plan.steps
    for index in range(at, execution.progress.index):
        if not isinstance(steps[index], PREPARING):
            execution.tell(StepStarted(name, steps[index], index + 1, len(steps)))
            execution.tell(StepFinished(name, steps[index], "found as it should be"))


def _leave_out(execution: Execution) -> None:
    """The run is to stop: go on with the step that starts again what this run has stopped. Raises Interrupted
    when there is none.
    """
    progress, restart = execution.progress, execution.restart
    if restart is None or restart < progress.index:
        raise execution.interrupted()
    progress.left_out += restart - progress.index
    progress.index = restart
