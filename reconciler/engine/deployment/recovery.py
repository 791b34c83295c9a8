"""What follows when the steps of a deployment end with an error: a rollback, a new start, or nothing but the
words.
"""

from reconciler.core.model.errors import (
    CloudError,
    Failed,
    Interrupted,
    NotSeen,
    ReconcilerError,
    RolledBack,
    SetupError,
    StalePlan,
    StepFailed,
    Unexpected,
    also,
    quoting,
)
from reconciler.core.model.live import State
from reconciler.engine.deployment.execution import Execution
from reconciler.engine.deployment.one_step import do_step
from reconciler.engine.deployment.rollback import roll_back
from reconciler.engine.deployment.waiting import at_rest

NOBODY = "nobody is served"


async def recover(execution: Execution, error: BaseException) -> ReconcilerError:
    """Do what can be done about the error; the error to tell in its place. Who is told of an error has to
    know if nobody is served meanwhile.
    """
    result, live = await _recovered(execution, error), execution.progress.live
    if isinstance(result, RolledBack) or execution.restart is None or NOBODY in str(result):
        return result
    if live is not None and live.state is not State.INACTIVE and not execution.progress.pending:
        return result
    how = f"it is {live.state} now" if live else "the old one is deleted, and the new one is not there"
    return also(result, f"{how}: {NOBODY} until the next apply has been through")


async def _recovered(execution: Execution, error: BaseException) -> ReconcilerError:
    """Only a failed work request, a write that was refused for good and a failed probe start a rollback, and
    what nobody foresees: a bug, or a full disk.
    """
    name, sent = execution.plan.name, execution.progress.sent
    match error:
        case StalePlan() | NotSeen() | Interrupted():
            return error
        case StepFailed():
            return await roll_back(execution, error)
        case CloudError() | SetupError() if sent:
            return NotSeen(
                f"{name}: it could not be looked at any more; nothing was rolled back for that, "
                f"and the next apply goes on from there\n    {error}"
            )
        case ReconcilerError():
            return await _start_again(execution, error)
        case _:
            unexpected = _unexpected(name, error)
            result = await roll_back(execution, unexpected) if sent else unexpected
            return await _start_again(execution, result)


async def _start_again(execution: Execution, error: ReconcilerError) -> ReconcilerError:
    """Whatever went wrong: what this run has stopped is started again, if that was its plan."""
    progress, steps, restart = execution.progress, execution.plan.steps, execution.restart
    if restart is None or isinstance(error, RolledBack | StalePlan | NotSeen):
        return error
    try:
        progress.forget_pending()
        if progress.ocid:
            reading = await at_rest(execution)
            if reading is None or reading[0].state is not State.INACTIVE:
                return error
            progress.record(*reading, progress.done)
        for progress.index in (restart, restart + 1):
            await do_step(execution, steps[progress.index], progress.index + 1, len(steps))
    except Exception as second:
        return Failed(f"{error}\n    it could not be started again: {second}")
    return also(error, "it has been started again")


def _unexpected(name: str, error: BaseException) -> Unexpected:
    message = str(error)
    if isinstance(error, OSError) and error.filename:
        message = f"{error.filename}: {error.strerror}"
    return quoting(Unexpected(f"{name}: unexpected {type(error).__name__}: {message}"), message)
