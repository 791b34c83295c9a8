"""Creates one deployment: looks for it first, creates it once, and shares it with another run of the same
plan.

It must not decide what is created, nor wait for the end of the creation.
"""

from collections.abc import Callable

from reconciler.core.model.errors import CloudError, Conflict, StepRefused
from reconciler.core.model.live import Live
from reconciler.core.planning.plan import token_of
from reconciler.core.planning.steps import CreateDeployment
from reconciler.core.planning.withheld.live_values import with_live_values
from reconciler.engine.deployment.execution import Execution, Expected, Moved
from reconciler.engine.deployment.waiting import work_under_way
from reconciler.engine.deployment.writing import check_content, model_ocid, refusal, unchanged
from reconciler.engine.ports import Accepted

TOKENS = 5
"""Retry tokens that are tried for one creation."""


async def create(execution: Execution, step: CreateDeployment) -> str:
    """Create the deployment, or find it created; a note of what came of it."""
    progress = execution.progress
    model = await model_ocid(execution, step.model)
    configuration = execution.images.by_digest(with_live_values(step, progress.before))
    progress.expected = Expected(configuration, model, step.marks, step.from_live)
    if note := await _adopted(execution, step, model):
        return note

    def send(token: str) -> Accepted:
        return execution.cloud.create_deployment(configuration, model, step.marks, token)

    try:
        ocid = await _created(execution, step, send)
    except StepRefused as error:
        await check_content(execution, step.model, configuration.kind, error)
        raise
    except Moved:
        if note := await _adopted(execution, step, model):
            return note
        raise
    progress.sent.add(progress.index)
    return ocid


async def _adopted(execution: Execution, step: CreateDeployment, model: str) -> str:
    """Wait for the deployment that another run has created as if it were ours; a note, or nothing when there
    is none.
    """
    existing, progress = await _existing(execution, step, model), execution.progress
    if existing is None:
        return ""
    progress.expected, progress.adopted, progress.ocid = unchanged(existing), existing, existing.ocid
    progress.pending = Accepted(existing.ocid, await work_under_way(execution))
    return f"{existing.ocid}, created by another run"


async def _created(execution: Execution, step: CreateDeployment, send: Callable[[str], Accepted]) -> str:
    """The OCID of a new deployment. The retry token makes it harmless to send this again, and keeps another
    commit from creating it at the same moment (docs/service.md §5.5). The service may still know the token
    from a deployment that was renamed since, or is gone, and return that one, or refuse: then another token
    is used. If another run uses the token right now, a deployment of the name exists.
    """
    call, progress = execution.call, execution.progress
    known, token = (await execution.catalog.snapshots.after(call, 0)).deployments, step.token
    for _ in range(TOKENS):
        try:
            accepted = await call(send, token)
        except Conflict as error:
            await call.clock.sleep(call.pause(1))
            if await call(execution.cloud.deployments_named, step.configuration.name):
                raise Moved(f"another run has created it in between ({error})") from error
        except CloudError as error:
            raise refusal(execution, "it could not be created", error) from error
        else:
            if accepted.ocid not in known:
                progress.pending, progress.ocid = accepted, accepted.ocid
                return accepted.ocid
        token = token_of(token, sorted(known))
    raise execution.stale("its retry tokens are all spent")


async def _existing(execution: Execution, step: CreateDeployment, model: str) -> Live | None:
    """Look for a deployment of this name. Return it if another run of this plan has created it. Raise Moved
    for any other; but in a replacement the old one, and those of other owners, were there before.

    This runs after the upload, which may take long, and does not rely on retry tokens, which the service
    forgets after a day.
    """
    seen = execution.plan.seen
    for live in await execution.call(execution.cloud.deployments_named, step.configuration.name):
        ours = (live.marks.owner, live.marks.name) == (step.marks.owner, step.marks.name)
        if seen is not None and (live.ocid == seen.ocid or not ours):
            continue
        if live.marks == step.marks and live.model_id == model:
            return live  # made from the same manifest: what that leaves open may differ from our plan
        if ours:
            # Another run of this plan may have made it, and be further.
            execution.progress.ocid = live.ocid
        raise Moved(f"a deployment of this name exists by now ({live.ocid})")
    return None
