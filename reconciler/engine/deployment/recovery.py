"""What follows when the steps of a deployment end with an error: a rollback, a new start, or nothing but the
words.
"""

from contextlib import suppress

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
from reconciler.engine.deployment.failure_memory import AT_REST
from reconciler.engine.deployment.one_step import do_step
from reconciler.engine.deployment.rollback import roll_back
from reconciler.engine.deployment.waiting import at_rest

UNTIL = "until the next apply has been through"


async def recover(execution: Execution, error: BaseException) -> ReconcilerError:
    """Do what can be done about the error, and return the error to show. It says so when the deployment may
    be stopped.
    """
    result = await _recovered(execution, error)
    if isinstance(result, RolledBack):
        return result
    outage = await _outage(execution)
    return also(result, outage) if outage else result


async def _outage(execution: Execution) -> str:
    """That nobody is served, or perhaps nobody, by this run's doing; empty where somebody is."""
    progress, live = execution.progress, execution.progress.live
    if execution.restart is None and not progress.rollback_failed:
        return ""
    if live is None:
        return f"the old one is deleted, and the new one is not there: nobody is served {UNTIL}"
    state = live.state
    if progress.pending is not None:
        state = State.UNKNOWN
        with suppress(Exception):  # one look, for words: the run has ended already
            state = (await execution.call.once(execution.cloud.get_deployment, progress.ocid))[0].state
    if state in (State.INACTIVE, State.FAILED):
        return f"it is {state} now: nobody is served {UNTIL}"
    return "" if state in AT_REST else f"it may be stopped: then nobody is served {UNTIL}"


async def _recovered(execution: Execution, error: BaseException) -> ReconcilerError:
    """Four things start a rollback: a failed work request, a write refused for good, a failed probe, and an
    unexpected error after a write.
    """
    name, sent = execution.plan.name, execution.progress.sent
    match error:
        case StalePlan() | NotSeen() | Interrupted():
            return error
        case StepFailed():
            return await roll_back(execution, error)
        case CloudError() | SetupError() if sent:
            unseen = NotSeen(
                f"{name}: it could not be looked at any more; nothing was rolled back for that, "
                f"and the next apply goes on from there\n    {error}"
            )
            return quoting(unseen, error)
        case ReconcilerError() if not isinstance(error, Unexpected):
            return await _start_again(execution, error)
        case _:
            result: ReconcilerError = unexpected(name, error)
            return await _start_again(execution, await roll_back(execution, result) if sent else result)


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
        return quoting(Failed(f"{error}\n    it could not be started again: {second}"), error, second)
    return also(error, "it has been started again")


def unexpected(name: str, error: BaseException) -> Unexpected:
    """The error to show for one that nobody foresees."""
    message = str(error)
    if isinstance(error, Unexpected):
        return quoting(Unexpected(f"{name}: {message}"), error)
    if isinstance(error, OSError) and error.filename:
        message = f"{error.filename}: {error.strerror}"
    return quoting(Unexpected(f"{name}: unexpected {type(error).__name__}: {message}"), message)
