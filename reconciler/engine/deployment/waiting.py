"""Waits for the end of a write, and compares what is live then with what was sent.

It must not decide what follows from how a write ended.
"""

from contextlib import suppress
from dataclasses import replace
from typing import assert_never

from reconciler.core.model.errors import CloudError, NotAsAsked, NotFound, StepFailed, Trouble, quoting
from reconciler.core.model.live import IN_FLIGHT, Live, State
from reconciler.core.planning.transition.read_back import NotAsSent, differences
from reconciler.engine.deployment.execution import Execution, Moved
from reconciler.engine.deployment.resume_position import foreign_additions, position_of
from reconciler.engine.ports import Accepted
from reconciler.engine.watch import ElsewhereNow, ReachedState, Unseen, WorkFailed

READ_BACK_TRIES = 6
"""How often a deployment is read back, with pauses, before it counts as not what was sent."""


async def settled(execution: Execution) -> None:
    """Wait until nothing goes on with the deployment, however it ends."""
    ended = await execution.watch.until(execution.progress.ocid, "", None, execution.report)
    if isinstance(ended, Unseen):
        raise ended.error(f"{execution.plan.name}: {ended.why}")


async def at_rest(execution: Execution) -> tuple[Live, str] | None:
    """The deployment and its etag when nothing goes on with it; None when it is gone."""
    while True:
        await settled(execution)
        reading = await execution.read()
        if reading is None or reading[0].state not in IN_FLIGHT:
            return reading


async def work_under_way(execution: Execution) -> str:
    """The newest work request that is not ours. One that has ended is left out while nothing of ours is
    known. Empty when there is none.
    """
    request = await execution.newest_work()
    if not request or request == execution.progress.own_work:
        return ""
    work = await execution.call(execution.cloud.work_request, request)
    return "" if work.done and not execution.progress.own_work else request


async def arrive(execution: Execution, state: State) -> None:
    """Wait until the deployment is in this state, and compare it with what was sent. Raises StepFailed when
    the work request failed, Moved when the deployment is not where that should have led.
    """
    progress, name = execution.progress, execution.plan.name
    work = progress.pending or Accepted(progress.ocid, await work_under_way(execution))
    ended = await execution.watch.until(work.ocid, work.work_request, state, execution.report)
    match ended:
        case Unseen(why):
            raise ended.error(f"{name}: {why}; it goes on, and the next apply looks at it again")
        case WorkFailed(state_now):
            raise await _work_failed(execution, work, state_now)
        case ElsewhereNow(why) if progress.pending is None:
            raise Moved(why)
        case ElsewhereNow(why):
            raise Moved(f"the change was made, and somebody has changed it since: {why}")
        case ReachedState():
            if state is not State.DELETED and progress.pending is not None:
                await _read_back(execution, work, state)
            progress.pending = None
        case _:
            assert_never(ended)


async def _work_failed(execution: Execution, work: Accepted, state: State | None) -> StepFailed:
    if execution.progress.doubtful:
        raise Moved("the answer to a change was lost, and work that may be somebody else's failed")
    try:
        trouble = await execution.call(execution.cloud.trouble, work.work_request)
    except CloudError as error:
        errors = () if isinstance(error, NotFound) else (f"its errors could not be read: {error}",)
        trouble = Trouble(work.work_request, errors)
    with suppress(CloudError):
        await _know_variables(execution)
    what = f"{execution.plan.name}: the service could not finish it; it is {state or 'gone'} now"
    return StepFailed(what, replace(trouble, request_id=work.request_id))


async def _know_variables(execution: Execution) -> None:
    """What the service says of a failure may repeat variables. Those that were read are not shown."""
    progress = execution.progress
    if progress.before is None and progress.ocid and (reading := await execution.read()):
        progress.before = reading[0]


async def _read_back(execution: Execution, work: Accepted, state: State) -> None:
    """What is served must be what was sent before the step counts as done; its etag guards the next write. A
    difference counts when it stays.
    """
    progress = execution.progress
    write = progress.done if progress.rolling_back else execution.current_write  # no write of the plan's
    wrong: list[NotAsSent] = []
    for attempt in range(1, READ_BACK_TRIES + 1):
        reading = await execution.read()
        if reading is None or reading[0].state is not state:
            raise Moved(f"it came to {state} and is {reading[0].state if reading else 'gone'} now")
        live, etag = reading
        wrong = _differences(execution, live)
        if not wrong:
            progress.record(live, etag, write)
            progress.expected, progress.own_work = None, work.work_request
            return
        if not progress.rolling_back and (await position_of(execution, live) or 0) > write:
            raise Moved("another run has gone on with it")
        await execution.call.clock.sleep(execution.call.pause(attempt))
    if progress.doubtful:
        raise Moved("the answer to a change was lost, and what is live now is not what was sent")
    if await execution.newest_work() not in ("", work.work_request):
        raise Moved("the change was made, and somebody has changed it since")
    words = "; ".join(difference.words for difference in wrong)
    what = f"{execution.plan.name}: what was read back is not what was sent: {words}"
    foreign = (text for difference in wrong for text in difference.foreign)
    raise quoting(NotAsAsked(f"{what}. Nothing was rolled back for that"), *foreign)


def _differences(execution: Execution, live: Live) -> list[NotAsSent]:
    expected = execution.progress.expected
    if expected is None:
        return []
    wrong = differences(live, expected.configuration, expected.model or "", expected.from_live)
    wrong += foreign_additions(execution, live, expected.configuration)
    if expected.marks is not None and live.marks != expected.marks:
        wrong.append(NotAsSent("its marks are not those that were sent"))
    return wrong
