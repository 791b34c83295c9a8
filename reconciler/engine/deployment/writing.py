"""Sends one change of a deployment that exists: guarded by its etag, and never twice after a lost answer.

It must not wait for the end of the change.
"""

from collections.abc import Callable
from dataclasses import replace

from reconciler.core.model.configuration import DeploymentType
from reconciler.core.model.errors import (
    CloudError,
    EtagMismatch,
    IncorrectState,
    NotAllowed,
    NotFound,
    StepFailed,
    StepRefused,
    Transient,
)
from reconciler.core.model.live import Live
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.steps import ModelRef, PublishedModel, UpdateDeployment
from reconciler.core.planning.withheld.live_values import to_send, with_live_values
from reconciler.engine.catalog_use import is_gone, keep_for_rollback
from reconciler.engine.deployment.execution import ContentGone, Execution, Expected, Moved
from reconciler.engine.deployment.probing import remember_answers
from reconciler.engine.deployment.resume_position import check_start
from reconciler.engine.deployment.waiting import work_under_way
from reconciler.engine.ports import Accepted

Send = Callable[[str, str], Accepted]
"""A write of the deployment with this OCID, if its etag is still this one."""


async def model_ocid(execution: Execution, reference: ModelRef) -> str:
    """The OCID of the catalog model that a step is about."""
    if isinstance(reference, PublishedModel):
        return await execution.catalog.find(execution.call, reference.digest)
    return reference.ocid


async def update(execution: Execution, step: UpdateDeployment) -> str:
    """Send an update; a note of what came of it."""
    model = await model_ocid(execution, step.model)
    await check_start(execution)
    before = execution.progress.before
    configuration = execution.images.by_digest(to_send(step, before))

    def send(ocid: str, etag: str) -> Accepted:
        update = replace(step, ocid=ocid, configuration=configuration)
        return execution.cloud.update_deployment(update, model, etag)

    marks = step.marks if OptionGroup.METADATA in step.option_groups else None
    wanted = execution.images.by_digest(with_live_values(step, before))
    expected = Expected(wanted, model, marks, step.from_live)
    await _keep_the_old(execution, model)
    try:
        return await write(execution, send, expected)
    except (StepRefused, Moved) as error:
        await check_content(execution, step.model, configuration.kind, error)
        raise


async def check_content(
    execution: Execution, reference: ModelRef, kind: DeploymentType, error: Exception
) -> None:
    """Raise ContentGone where a step was refused because its catalog entry is not there any more, and can be
    published anew.
    """
    if not isinstance(reference, PublishedModel):
        return
    model, group = await model_ocid(execution, reference), kind is DeploymentType.MODEL_GROUP
    if await is_gone(execution.cloud, execution.call, model, group=group):
        raise ContentGone(model) from error


async def _keep_the_old(execution: Execution, model: str) -> None:
    """What a rollback would bring back is not to be cleaned up meanwhile."""
    progress, catalog = execution.progress, execution.catalog
    old = progress.live.model_id if progress.live else None
    if old in (None, model) or progress.rolling_back or not execution.plan.rollbacks:
        return
    now = await catalog.snapshots.after(execution.call, 0)
    await keep_for_rollback(execution.cloud, execution.call, str(old), catalog.owner, now)


async def write(execution: Execution, send: Send, expected: Expected | None = None) -> str:
    """Send a change; a note of what came of it. Without `expected` the content is to stay as it is. After a
    lost answer, look first: the change may have been heard. If not, it is sent again, unless the run is to
    stop.
    """
    progress = execution.progress
    await check_start(execution)
    if not progress.sent:
        await remember_answers(execution)
    progress.expected = expected or unchanged(progress.live)
    patience, attempt = execution.call.patience(), 0
    while True:
        attempt += 1
        try:
            progress.pending = await execution.call.once(send, progress.ocid, progress.etag)
        except Transient as error:
            if await _was_heard(execution):
                note = "its answer was lost, but it was heard"
                break
            _unless_stopping(execution)
            await patience.after(error, attempt)
            _unless_stopping(execution)
        except (EtagMismatch, IncorrectState, NotFound) as error:
            raise Moved(f"it was changed in between ({error})") from error
        except CloudError as error:
            raise refusal(execution, "a change was refused", error) from error
        else:
            progress.doubtful, note = False, progress.pending.work_request
            break
    progress.sent.add(progress.index)
    return note


def unchanged(live: Live | None) -> Expected | None:
    """What is live; but a start may find another image under the same tag (docs/service.md §4.1), so the
    digest is the service's.
    """
    if live is None or live.configuration is None:
        return None
    container = replace(live.configuration.container, digest=None)
    return Expected(replace(live.configuration, container=container), live.model_id, live.marks)


async def _was_heard(execution: Execution) -> bool:
    """Whether something was begun since the deployment was last read. Then that is taken for ours: what comes
    of it is compared with what was sent.
    """
    progress = execution.progress
    reading = await execution.read()
    if reading is not None and reading[1] == progress.etag:
        return False
    request = await work_under_way(execution) if reading is not None else ""
    progress.pending, progress.doubtful = Accepted(progress.ocid, request), True
    return True


def _unless_stopping(execution: Execution) -> None:
    """What the service has not heard is not sent again once the run is to stop; unless it starts again what
    was stopped, or belongs to a rollback.
    """
    if execution.stop.requested and not execution.progress.rolling_back and execution.restart is None:
        raise execution.interrupted()


def refusal(execution: Execution, what: str, error: CloudError) -> CloudError | StepFailed:
    """What to raise for an error of a write. Whoever is not let in, or gets no answer, was not refused."""
    if isinstance(error, NotAllowed | Transient):
        return error
    return StepRefused(f"{execution.plan.name}: {what}: {error}", error.answer)
