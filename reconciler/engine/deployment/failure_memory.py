"""The mark on a deployment that remembers a failed spec, so that it is not tried again unchanged."""

from dataclasses import replace
from typing import assert_never

from reconciler.core.model.errors import (
    NotServed,
    ProbesFailed,
    ReconcilerError,
    StepFailed,
    StepRefused,
    also,
    quoting,
)
from reconciler.core.model.live import Marks, State
from reconciler.core.model.temporary_causes import passes_by_itself
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.steps import (
    ActivateDeployment,
    CreateDeployment,
    DeactivateDeployment,
    DeleteDeployment,
    KeepModel,
    UpdateDeployment,
)
from reconciler.core.planning.transition.milestones import WRITES, Write
from reconciler.engine.deployment.execution import Execution
from reconciler.engine.deployment.others_work import begin_rollback
from reconciler.engine.deployment.waiting import settled
from reconciler.engine.deployment.writing import write
from reconciler.engine.ports import Accepted
from reconciler.engine.utc import timestamp

AT_REST = frozenset({State.ACTIVE, State.NEEDS_ATTENTION, State.INACTIVE})
"""States in which a deployment can be changed (docs/service.md §2.1)."""

LONGEST_REASON = 100
"""Characters of the reason that is remembered: a tag has 256, and the rest of the memory needs its room."""


def reason_of(execution: Execution, error: ReconcilerError) -> str:
    """What is remembered of the failure, in our own words: a server's may hold secrets. Empty where the spec
    is not to blame.
    """
    if execution.progress.left_out or (isinstance(error, StepFailed) and passes_by_itself(error)):
        return ""  # where steps were left out, what was started was not the spec
    match error:
        case ProbesFailed():
            return "the probes failed"
        case NotServed():
            return "not all versions were served"
        case StepRefused(answer=answer):
            what = f"refused: {answer.status} {answer.code}"
        case StepFailed():
            what = "the work request failed"
        case _:
            return ""
    step = execution.plan.steps[execution.current_write]
    if not isinstance(step, WRITES) or _only_prepares(step, execution):
        return ""
    return f"{what}, {_in_words(step)}"[:LONGEST_REASON].strip()


def _only_prepares(step: Write, execution: Execution) -> bool:
    """Whether the write at hand makes way for what the spec asks for, none of which was tried then."""
    ahead = execution.plan.steps[execution.current_write :]
    stops = isinstance(step, DeactivateDeployment) and any(isinstance(one, UpdateDeployment) for one in ahead)
    return stops or isinstance(step, DeleteDeployment)


def _in_words(step: Write) -> str:
    match step:
        case CreateDeployment():
            return "creating it"
        case UpdateDeployment(option_groups=groups):
            names = [group.name.lower() for group in groups if group is not OptionGroup.METADATA]
            return f"updating {', '.join(names) or 'metadata'}"
        case ActivateDeployment():
            return "starting it"
        case DeactivateDeployment():
            return "stopping it"
        case DeleteDeployment():
            return "deleting it"
        case _:
            assert_never(step)


def marked(execution: Execution, marks: Marks, reason: str) -> Marks:
    """Marks with the memory of this failure; with that of before, where the spec is not to blame."""
    if not reason:
        before = execution.progress.before
        old = before.marks if before else Marks()
        return replace(marks, failed=old.failed, failed_at=old.failed_at, failed_why=old.failed_why)
    failed_at = timestamp(execution.call.clock)
    return marks.remembering(execution.plan.failed, failed_at, reason)


async def remember(execution: Execution, error: ReconcilerError, reason: str) -> ReconcilerError:
    """Mark the deployment where nothing is rolled back, if it can be marked; the error to tell. A deployment
    that FAILED on creation gets no mark: the next plan compares it with the spec.
    """
    plan, progress = execution.plan, execution.progress
    if plan.failed and passes_by_itself(error):
        return also(error, "not held against the spec: the next apply tries it again")
    if not progress.ocid or not plan.failed or not reason:
        return error
    if not progress.sent and not isinstance(error, NotServed | ProbesFailed):
        return error
    if not await mark_failed(execution, reason):
        return error
    left = StepFailed(f"{error}\n    left as it is; `apply --retry-failed` tries this spec again")
    return quoting(left, error)


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
    execution.progress.forget_pending()
    return True
