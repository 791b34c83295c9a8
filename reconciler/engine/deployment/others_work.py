"""Tells what others have done to a deployment from what this run did, and from another run of the same plan.

What somebody else has changed is never rolled back. The plan is stale then (docs/updates.md, "When somebody
else is at work").
"""

from reconciler.core.model.errors import StalePlan
from reconciler.core.model.live import Live
from reconciler.core.planning.steps import DeleteDeployment
from reconciler.core.planning.transition.milestones import WRITES
from reconciler.engine.deployment.execution import Execution
from reconciler.engine.deployment.resume_position import position_of
from reconciler.engine.deployment.waiting import at_rest


async def catch_up(execution: Execution, why: str) -> int:
    """The index of the step that follows what another run of this plan has done already; the same step again
    where nothing that counts has changed. Raises StalePlan when it was somebody else.
    """
    progress = execution.progress
    progress.forget_pending()
    if not progress.ocid:
        raise execution.stale(why)
    reading = await at_rest(execution)
    if reading is None:
        return _after_delete(execution, why)
    live, etag = reading
    position = await position_of(execution, live)
    if position is None:
        raise execution.stale(why)
    further, again = position > progress.done, execution.current_write
    if further:
        progress.own_work = await execution.newest_work()
        progress.sent.update(
            rollback.step for rollback in execution.plan.rollbacks if rollback.step <= position
        )
    elif not progress.doubtful and (again < progress.index or await _was_touched(execution, etag)):
        raise execution.stale(why)
    progress.record(live, etag, position)
    return position + 2 if further else again


async def _was_touched(execution: Execution, etag: str) -> bool:
    """Whether something was done since the last reading, although nothing that is compared shows it."""
    progress = execution.progress
    if etag == progress.etag:
        return False
    return not progress.own_work or await execution.newest_work() not in ("", progress.own_work)


def _after_delete(execution: Execution, why: str) -> int:
    """It is gone: as it should be, if that is what the next write does."""
    steps = execution.plan.steps
    ahead = range(execution.current_write, len(steps))
    write = next((at for at in ahead if isinstance(steps[at], WRITES)), None)
    if write is None or not isinstance(steps[write], DeleteDeployment):
        raise execution.stale(why)
    execution.deleted()
    return write + 2


async def begin_rollback(execution: Execution) -> Live:
    """The deployment at rest, when its state is this run's doing. Raises StalePlan when somebody else has
    changed it.
    """
    progress = execution.progress
    request = progress.pending.work_request if progress.pending else ""
    progress.forget_pending()
    progress.rolling_back = True
    reading = await at_rest(execution)
    if reading is None:
        raise StalePlan("it is gone")
    live, etag = reading
    if etag != progress.etag:
        newest = await execution.newest_work()
        ours = bool(request) and newest in ("", request)
        if not ours and await position_of(execution, live) != progress.done:
            raise StalePlan("somebody has changed it since. Plan again")
    progress.record(live, etag, progress.done)
    return live
