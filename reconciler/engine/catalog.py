"""The catalog of a run: puts model repositories into it, each content once, however often it is asked for or
interrupted.

A catalog model is marked with what is on its way before its content is sent, and with what it holds only when
all of it has arrived. So a run that was killed in between leaves something that the next one finds and
finishes.
"""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from reconciler.core.model.errors import Conflict, Failed, NotFound, StalePlan, StepFailed, Transient
from reconciler.core.model.live import CatalogModel
from reconciler.core.planning.steps import PublishGroup, PublishModel
from reconciler.engine.ports import Cloud
from reconciler.engine.retry import Caller
from reconciler.engine.snapshots import IndexedSnapshot, SharedSnapshots
from reconciler.engine.watch import Report

CREATING, ACTIVE, DELETING, DELETED = "CREATING", "ACTIVE", "DELETING", "DELETED"
"""Lifecycle states of model groups (docs/service.md §1.5)."""

GROUP_TICK_SECONDS = 1.0
GROUP_TIMEOUT_SECONDS = 30 * 60.0

CONFLICTS = 6
"""Refusals of an upload before it is given up: the content is neither there nor may it be sent."""


@dataclass(slots=True)
class RunCatalog:
    """The catalog models of one run by the digest of their content. `uploads` has threads of its own, so that
    nothing else waits for them.
    """

    cloud: Cloud
    call: Caller
    owner: str
    snapshots: SharedSnapshots
    uploads: Caller
    running: "dict[str, asyncio.Task[str]]" = field(default_factory=dict)

    async def find(self, digest: str) -> str:
        """The OCID of the catalog model with this content, published in this run, before it, or by another
        run meanwhile.
        """
        if digest in self.running:
            return await asyncio.shield(self.running[digest])
        found = await self._look(lambda view: view.published(self.owner).get(digest))
        if found:
            return found
        raise StalePlan(f"the catalog has no model with the content {digest} any more; plan again")

    async def content(self, model: str) -> str:
        """The digest of what this catalog model or group holds; empty when it is none of ours."""
        return await self._look(lambda view: view.contents.get(model)) or ""

    async def _look(self, search: Callable[[IndexedSnapshot], str | None]) -> str | None:
        """What is found in a look at the cloud, or else in a new one."""
        return search(await self.snapshots.after(0)) or search(
            await self.snapshots.after(self.snapshots.begun)
        )

    def close(self) -> None:
        """Whoever waited has gone: nothing more is sent."""
        for task in self.running.values():
            task.cancel()

    async def publish(self, step: PublishModel, report: Report) -> str:
        """Publish this content, unless somebody in this run does so already; the catalog model's OCID."""
        digest = step.artifact.digest
        if digest not in self.running:
            self.running[digest] = asyncio.create_task(self._publish(step, report))
        return await asyncio.shield(self.running[digest])

    async def publish_group(self, step: PublishGroup, report: Report) -> str:
        """Make this model group, unless it is there; its OCID. Its members have been published before."""
        if step.digest not in self.running:
            self.running[step.digest] = asyncio.create_task(self._publish_group(step, report))
        return await asyncio.shield(self.running[step.digest])

    async def delete_group(self, group: str) -> None:
        """Delete a model group and wait until it is gone: it holds its members."""
        await self.call(self.cloud.delete_group, group)
        state = await self._group_settled(group, lambda message, percent: None)
        if state != DELETED:
            raise Failed(f"the model group {group} is to be deleted, and is {state}")

    async def _list(self) -> tuple[CatalogModel, ...]:
        return (await self.snapshots.after(0)).snapshot.models

    async def _publish(self, step: PublishModel, report: Report) -> str:
        digest = step.artifact.digest
        ours = [model for model in await self._list() if model.active and model.owner == step.owner]
        for model in ours:
            if model.artifact == digest:
                return model.ocid
        ocid = next((model.ocid for model in ours if model.publishing == digest), "")
        if not ocid:
            ocid = await self._created(step)
        await self._send(ocid, step, report)
        if step.revision is not None:
            await self.call(self.cloud.set_provenance, ocid, step.revision)
        await self.call(self.cloud.mark_published, ocid, step.deployment, step.owner, digest)
        return ocid

    async def _created(self, step: PublishModel) -> str:
        """A new entry, unless a run that publishes the same content for another deployment was quicker."""
        digest = step.artifact.digest
        try:
            return await self.call(self.cloud.create_model, step.deployment, step.owner, digest, step.token)
        except Conflict as error:
            return await self._quicker(error, lambda model: digest in (model.artifact, model.publishing))

    async def _quicker(self, error: Conflict, same: Callable[[CatalogModel], bool]) -> str:
        """The entry of the run that has used the token; raises the error when there is none."""
        view = await self.snapshots.after(self.snapshots.begun)
        ours = (model for model in view.snapshot.models if model.owner == self.owner and same(model))
        found = next((model.ocid for model in ours if model.active or model.creating), "")
        if not found:
            raise error
        return found

    async def _publish_group(self, step: PublishGroup, report: Report) -> str:
        found = [model for model in await self._list() if model.group and model.owner == step.owner]
        same = (model for model in found if model.artifact == step.digest)
        ocid = next((model.ocid for model in same if model.active or model.creating), "")
        if not ocid:
            ocid = await self._created_group(step)
        state = await self._group_settled(ocid, report)
        if state != ACTIVE:
            raise StepFailed(f"the model group {ocid} of {step.deployment} became {state}, not {ACTIVE}")
        return ocid

    async def _created_group(self, step: PublishGroup) -> str:
        members = [(key, await self.find(digest)) for key, digest in step.members]
        try:
            return await self.call(
                self.cloud.create_group, step.deployment, step.owner, step.digest, members, step.token
            )
        except Conflict as error:
            return await self._quicker(error, lambda model: model.group and model.artifact == step.digest)

    async def _group_settled(self, group: str, report: Report) -> str:
        began = self.call.clock.now()
        while self.call.clock.now() - began < GROUP_TIMEOUT_SECONDS:
            try:
                state = await self.call(self.cloud.group_state, group)
            except NotFound:
                return DELETED
            if state not in (CREATING, DELETING):
                return state
            report(state, None)
            await self.call.clock.sleep(GROUP_TICK_SECONDS)
        raise StepFailed(
            f"the model group {group} has not settled in {GROUP_TIMEOUT_SECONDS / 60:.0f} minutes"
        )

    async def _send(self, ocid: str, step: PublishModel, report: Report) -> None:
        """Send the content; before every further try, look whether it has arrived after all."""
        loop = asyncio.get_running_loop()
        stopped = threading.Event()

        def progress(sent: int, total: int) -> None:
            if stopped.is_set():
                raise Failed("the upload was interrupted")
            percent = 100.0 * sent / total if total else None
            loop.call_soon_threadsafe(report, f"{sent:,} of {total:,} bytes sent", percent)

        patience, attempt = self.call.patience(), 0
        while not await self.call(self.cloud.has_content, ocid):
            attempt += 1
            try:
                return await self.uploads.once(self.cloud.upload, ocid, step.artifact, progress)
            except asyncio.CancelledError:
                stopped.set()
                raise
            except Transient as error:
                await patience.after(error, attempt)
            except Conflict:
                # Somebody else has sent it, or is about to: whether it is there shows at the next look.
                if attempt == CONFLICTS:
                    raise
                await self.call.clock.sleep(self.call.pause(attempt))
