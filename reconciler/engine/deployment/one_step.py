"""Does one step, and tells of it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import assert_never

from reconciler.core.model.errors import CloudError, Failed, NotAllowed, NotFound, Transient
from reconciler.core.model.live import State
from reconciler.core.planning.events import StepFinished, StepStarted
from reconciler.core.planning.steps import (
    ActivateDeployment,
    BuildImage,
    CheckPresence,
    CreateDeployment,
    DeactivateDeployment,
    DeleteDeployment,
    DeleteModel,
    EnsureProject,
    ProbeDeployment,
    PublishGroup,
    PublishModel,
    PushImage,
    ReleaseModel,
    RenameModel,
    Settle,
    Step,
    UpdateDeployment,
    WaitFor,
)
from reconciler.core.planning.transition.milestones import WRITES
from reconciler.engine.catalog_use import is_gone
from reconciler.engine.deployment.catalog_deletion import delete_entry, read_ahead
from reconciler.engine.deployment.creation import create
from reconciler.engine.deployment.execution import Execution
from reconciler.engine.deployment.presence import check_presence
from reconciler.engine.deployment.probing import prove
from reconciler.engine.deployment.resume_position import check_start
from reconciler.engine.deployment.waiting import arrive, settled
from reconciler.engine.deployment.writing import update, write
from reconciler.engine.retry import Caller


async def do_step(execution: Execution, step: Step, number: int, total: int) -> None:
    """Do step `number` (from 1) of `total`. A step that leaves nothing half done when it is dropped ends as
    soon as the run is to stop.
    """
    execution.tell(StepStarted(execution.plan.name, step, number, total))
    if isinstance(step, (WaitFor, *WRITES)) or execution.stop.requested:
        note = await _do(execution, step)
    else:
        note = await execution.stop.unless_requested(_do(execution, step), execution.interrupted)
    execution.tell(StepFinished(execution.plan.name, step, note))


async def _do(execution: Execution, step: Step) -> str:
    cloud = execution.cloud
    match step:
        case BuildImage() | PushImage() | PublishModel() | PublishGroup():
            return await _prepare(execution, step)
        case CreateDeployment():
            return await create(execution, step)
        case UpdateDeployment():
            return await update(execution, step)
        case ActivateDeployment():
            return await write(execution, cloud.activate_deployment)
        case DeactivateDeployment():
            return await write(execution, cloud.deactivate_deployment)
        case DeleteDeployment():
            return await write(execution, cloud.delete_deployment)
        case DeleteModel():
            return await delete_entry(execution, step)
        case RenameModel():
            return await _rename(execution, step)
        case ReleaseModel():
            return await _release(execution, step)
        case CheckPresence(versions):
            return await check_presence(execution, versions)
        case ProbeDeployment(probes):
            return await prove(execution, probes)
        case Settle():
            await settled(execution)
            return "settled"
        case WaitFor(state):
            if state is State.DELETED:
                await asyncio.gather(arrive(execution, state), read_ahead(execution))
                execution.deleted()
            else:
                await arrive(execution, state)
            return state.value
        case EnsureProject():
            raise AssertionError("a project belongs to the whole plan, never to a deployment")
        case _:
            assert_never(step)


async def _prepare(execution: Execution, step: BuildImage | PushImage | PublishModel | PublishGroup) -> str:
    images, catalog, call = execution.images, execution.catalog, execution.call
    match step:
        case BuildImage():
            return await images.build(call, step, execution.report)
        case PushImage():
            return await images.push(call, step, execution.report)
        case PublishModel():
            return await catalog.publish(call, step, execution.report)
        case PublishGroup():
            return await catalog.publish_model_group(call, step, execution.report)
        case _:
            assert_never(step)


async def _rename(execution: Execution, step: RenameModel) -> str:
    """One that somebody has deleted meanwhile, as a clean-up does, needs no other name."""
    cloud = execution.cloud
    return await _of_entry(
        execution, step, lambda call: call(cloud.rename_model, step.ocid, step.name, step.is_model_group)
    )


async def _release(execution: Execution, step: ReleaseModel) -> str:
    """Take our marks off a catalog entry; one that is deleted has none."""
    cloud = execution.cloud
    return await _of_entry(
        execution, step, lambda call: call(cloud.release_model, step.ocid, step.is_model_group)
    )


async def _of_entry(
    execution: Execution, step: RenameModel | ReleaseModel, change: Callable[[Caller], Awaitable[None]]
) -> str:
    """Change the marks of a catalog entry. What the service refuses of that concerns no deployment: no
    rollback.
    """
    await check_start(execution)
    cloud, call = execution.cloud, execution.call
    try:
        await change(call)
    except CloudError as error:
        if isinstance(error, NotAllowed | Transient):
            raise
        missing = isinstance(error, NotFound)
        if missing and await is_gone(cloud, call, step.ocid, group=step.is_model_group):
            return "it is gone already"
        raise Failed(f"{execution.plan.name}: {error}; the next apply tries it again") from error
    return step.ocid
