"""The mark on a deployment that remembers a failed spec, so that it is not tried again unchanged."""

from dataclasses import replace
from datetime import UTC, datetime

from reconciler.core.model.errors import ProbesFailed, ReconcilerError, StepFailed, StepRefused, also
from reconciler.core.model.live import Marks, State
from reconciler.core.model.temporary_causes import passes_by_itself
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.steps import (
    ActivateDeployment,
    DeactivateDeployment,
    KeepModel,
    Step,
    UpdateDeployment,
)
from reconciler.engine.deployment.execution import Execution
from reconciler.engine.deployment.others_work import begin_rollback
from reconciler.engine.deployment.waiting import settled
from reconciler.engine.deployment.writing import write
from reconciler.engine.ports import Accepted

AT_REST = frozenset({State.ACTIVE, State.NEEDS_ATTENTION, State.INACTIVE})
"""States in which a deployment can be changed (docs/service.md §2.1)."""

LONGEST_REASON = 100
"""Characters of the reason that is remembered: a tag has 256, and the rest of the memory needs its room."""


def reason_of(execution: Execution, error: ReconcilerError) -> str:
    """What is remembered of the failure, in our own words: a server's may hold secrets. Empty where the spec
    is not to blame.
    """
    steps, index = execution.plan.steps, execution.progress.index
    if execution.progress.left_out or (isinstance(error, StepFailed) and passes_by_itself(error)):
        return ""  # where steps were left out, what was started was not the spec
    match error:
        case StepRefused(answer=answer):
            step = steps[min(index, len(steps) - 1)]
            return f"refused: {answer.status} {answer.code}, {_in_words(step)}"[:LONGEST_REASON].strip()
        case ProbesFailed():
            return "the probes failed"
        case StepFailed():
            step = steps[max(index - 1, 0)]
            return f"the work request failed, {_in_words(step)}"[:LONGEST_REASON].strip()
        case _:
            return ""


def _in_words(step: Step) -> str:
    match step:
        case UpdateDeployment(option_groups=groups):
            names = [group.name.lower() for group in groups if group is not OptionGroup.METADATA]
            return f"updating {', '.join(names) or 'metadata'}"
        case ActivateDeployment():
            return "starting it"
        case DeactivateDeployment():
            return "stopping it"
        case _:
            return "creating it"


def marked(execution: Execution, marks: Marks, reason: str) -> Marks:
    """Marks with the memory of this failure; with that of before, where the spec is not to blame."""
    if not reason:
        before = execution.progress.before
        old = before.marks if before else Marks()
        return replace(marks, failed=old.failed, failed_at=old.failed_at, failed_why=old.failed_why)
    now = datetime.fromtimestamp(execution.call.clock.utc(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return replace(marks, failed=execution.plan.failed, failed_at=now, failed_why=reason)


async def remember(execution: Execution, error: ReconcilerError, reason: str) -> ReconcilerError:
    """Mark the deployment where nothing is rolled back, if it can be marked; the error to tell. One that
    FAILED when it was created needs no mark: it is as the spec says, and FAILED.
    """
    plan, progress = execution.plan, execution.progress
    if plan.failed and passes_by_itself(error):
        return also(error, "not held against the spec: the next apply tries it again")
    if not progress.ocid or not plan.failed or not reason:
        return error
    if not progress.sent and not isinstance(error, ProbesFailed):
        return error
    if not await mark_failed(execution, reason):
        return error
    return StepFailed(f"{error}\n    left as it is; `apply --retry-failed` tries this spec again")


async def mark_failed(execution: Execution, reason: str) -> bool:
    """Leave the memory of the failure on the deployment; whether that was possible."""
    live = await begin_rollback(execution)
    if not reason or live.state not in AT_REST or live.configuration is None or live.model_id is None:
        return False
    model, marks = live.model_id, marked(execution, live.marks, reason)
    groups = (OptionGroup.METADATA,)
    update = UpdateDeployment(live.ocid, groups, live.configuration, KeepModel(model), marks)

    def send(_: str, etag: str) -> Accepted:
        return execution.cloud.update_deployment(update, model, etag)

    await write(execution, send)
    await settled(execution)
    return True
