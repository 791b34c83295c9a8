"""Deletes catalog entries that nothing uses, and loses every race with whoever needs one of them.

First the entries are read, with their etags; then what uses them is read anew; then each is deleted only if
its etag is still the one that was read. Who takes an entry up marks it (`engine/catalog_use.py`): that is
seen in the first reading, or it spoils the etag. What nobody of us has made, such as a deployment from the
console, is seen in the second reading, or else the service keeps the entry (docs/service.md §2.1).
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from itertools import takewhile

from reconciler.core.model.errors import (
    CloudError,
    Conflict,
    EtagMismatch,
    Failed,
    IncorrectState,
    NotAllowed,
    NotFound,
    Transient,
)
from reconciler.core.model.live import CatalogModel
from reconciler.core.planning.steps import DeleteModel
from reconciler.engine.deployment.execution import Execution

LOOKS = 3
"""How often an entry that has changed is looked at again."""

NEEDED = "somebody has taken it up since the plan was made"
IN_USE = "it is in use by now"
UNKNOWN = "a model group of others cannot be read, and may hold it"
NOT_OURS = "it is not ours any more"
DEACTIVATED = "somebody has deactivated it"
CHANGING = "it is changed again and again"
GONE_ALREADY = "it was gone already"


async def delete_entry(execution: Execution, step: DeleteModel) -> str:
    """Delete one entry, or leave it to whoever needs it; a note of what came of it. The next ones of its kind
    go at the same time. What the service refuses of one entry does not keep another from being tried.
    """
    progress, deletions = execution.progress, _deletions(execution)
    if step.ocid not in progress.deleting:
        await _look(execution, [one for one in deletions if one.ocid not in progress.entries])
        alike = takewhile(lambda one: one.is_model_group is step.is_model_group, _from(step, deletions))
        progress.deleting |= {one.ocid: asyncio.create_task(_outcome(execution, one)) for one in alike}
    note = await progress.deleting[step.ocid]
    if step is deletions[-1] and progress.refused_deletions:
        words = "; ".join(progress.refused_deletions)
        raise Failed(f"{execution.plan.name}: {words}; the next run tries it again")
    return note


async def read_ahead(execution: Execution) -> None:
    """Read the entries while their deployment goes: they need not wait for that. What cannot be read now is
    read when its turn comes.
    """

    async def read(step: DeleteModel) -> None:
        with suppress(CloudError):
            execution.progress.entries[step.ocid] = await _entry(execution, execution.call.once, step)

    await asyncio.gather(*(read(step) for step in _deletions(execution)))


async def end_deletions(execution: Execution) -> None:
    """Delete no more: the steps have ended, however they ended."""
    tasks = execution.progress.deleting.values()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _outcome(execution: Execution, step: DeleteModel) -> str:
    try:
        return await _deleted(execution, step)
    except (NotAllowed, Transient):
        raise
    except CloudError as error:
        execution.progress.refused_deletions.append(str(error))
        return f"not deleted: {error}"


async def _deleted(execution: Execution, step: DeleteModel) -> str:
    for again in range(LOOKS):
        if again:
            await _look(execution, [step])
        found = execution.progress.entries[step.ocid]
        if found is None:
            return GONE_ALREADY
        entry, etag = found
        why = await _why_it_stays(execution, step, entry)
        if why:
            return _stays(execution, step, why)
        try:
            await _send(execution, step, etag)
        except EtagMismatch:
            continue
        except (Conflict, IncorrectState) as error:
            return _stays(execution, step, f"the service keeps it ({error})")
        return step.ocid
    return _stays(execution, step, CHANGING)


def _deletions(execution: Execution) -> list[DeleteModel]:
    return [step for step in execution.plan.steps if isinstance(step, DeleteModel)]


def _from(step: DeleteModel, deletions: Sequence[DeleteModel]) -> Sequence[DeleteModel]:
    return deletions[[one is step for one in deletions].index(True) :]


async def _look(execution: Execution, steps: Sequence[DeleteModel]) -> None:
    """Read these entries. What uses them has to be read after that, and after the deployments that the run
    deletes are gone.
    """
    found = await asyncio.gather(*(_entry(execution, execution.call, step) for step in steps))
    execution.progress.entries |= {step.ocid: one for step, one in zip(steps, found, strict=True)}
    await execution.deletions.none_left.wait()
    execution.progress.entries_read = execution.catalog.holders.begun


async def _entry(
    execution: Execution, call: Callable[..., Awaitable[tuple[CatalogModel, str]]], step: DeleteModel
) -> tuple[CatalogModel, str] | None:
    try:
        return await call(execution.cloud.catalog_entry, step.ocid, step.is_model_group)
    except NotFound:
        return None


async def _why_it_stays(execution: Execution, step: DeleteModel, entry: CatalogModel) -> str:
    """Why the entry is not deleted; empty when nothing needs it."""
    catalog = execution.catalog
    if entry.owner != catalog.owner:
        return NOT_OURS
    if entry.inactive:
        return DEACTIVATED
    if entry.used != step.used:
        return NEEDED
    now = await catalog.holders.after(execution.call, execution.progress.entries_read)
    if now.snapshot.unread_groups and not step.is_model_group:
        return UNKNOWN
    held = not catalog.deleted_groups.issuperset(now.groups_by_member.get(step.ocid, ()))
    return IN_USE if held or step.ocid in now.needed else ""


async def _send(execution: Execution, step: DeleteModel, etag: str) -> None:
    if step.is_model_group:
        await execution.catalog.delete_model_group(execution.call, step.ocid, etag, execution.report)
    else:
        await execution.call(execution.cloud.delete_model, step.ocid, etag)


def _stays(execution: Execution, step: DeleteModel, why: str) -> str:
    execution.progress.notes.append(f"{step.ocid} stays: {why}")
    return f"it stays: {why}"
