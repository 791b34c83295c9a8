"""The model catalog during a run: publishes each content once, however often it is needed or interrupted.

A catalog model is marked with what is on its way before its content is sent, and with what it holds only when
all of it has arrived. So a run that was killed in between leaves something that the next run finds and
finishes.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from reconciler.core.model.errors import Conflict, Failed, NotFound, StalePlan, StepFailed, Transient
from reconciler.core.model.live import CatalogModel
from reconciler.core.planning.steps import PublishGroup, PublishModel
from reconciler.engine.ports import Cloud
from reconciler.engine.retry import Caller
from reconciler.engine.snapshots import IndexedSnapshot, SharedSnapshots
from reconciler.engine.watch import Report

CREATING, ACTIVE, DELETING, DELETED = "CREATING", "ACTIVE", "DELETING", "DELETED"
"""Lifecycle states of model groups (docs/service.md §1.5)."""

MODEL_GROUP_TICK_SECONDS = 1.0
MODEL_GROUP_TIMEOUT_SECONDS = 30 * 60.0

CONFLICTS = 6
"""How often an upload is refused before it fails: its content is not there, and may not be sent either."""


@dataclass(slots=True)
class RunCatalog:
    """Finds and publishes catalog models and groups by the digest of their content. `uploads` has threads of
    its own, so that no other call waits for them; `running` are the publications of this run.
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
        if ocid := await self._look_up(lambda snapshot: snapshot.published(self.owner).get(digest)):
            return ocid
        raise StalePlan(f"the catalog has no model with the content {digest} any more; plan again")

    async def content(self, model: str) -> str:
        """The digest of what this catalog model or group holds; empty when it is none of ours."""
        return await self._look_up(lambda snapshot: snapshot.contents.get(model)) or ""

    async def _look_up(self, search: Callable[[IndexedSnapshot], str | None]) -> str | None:
        """What is found in a snapshot that is there already, or else in a new one."""
        snapshots = self.snapshots
        return search(await snapshots.after(0)) or search(await snapshots.after(snapshots.begun))

    def close(self) -> None:
        """Nobody waits any more: nothing more is sent."""
        for task in self.running.values():
            task.cancel()

    async def publish(self, step: PublishModel, report: Report) -> str:
        """Publish this content, unless this run does so already; the catalog model's OCID."""
        return await self._once(step.artifact.digest, lambda: self._publish(step, report))

    async def publish_model_group(self, step: PublishGroup, report: Report) -> str:
        """Create this model group, unless it exists; its OCID. Its members have been published before."""
        return await self._once(step.digest, lambda: self._publish_model_group(step, report))

    async def _once(self, digest: str, publish: Callable[[], Coroutine[Any, Any, str]]) -> str:
        if digest not in self.running:
            self.running[digest] = asyncio.create_task(publish())
        return await asyncio.shield(self.running[digest])

    async def delete_model_group(self, group: str) -> None:
        """Delete a model group and wait until it is gone: it holds its members."""
        await self.call(self.cloud.delete_model_group, group)
        state = await self._model_group_settled(group, lambda message, percent: None)
        if state != DELETED:
            raise Failed(f"the model group {group} is to be deleted, and is {state}")

    async def _entries(self, owner: str) -> list[CatalogModel]:
        """The catalog models and groups of this owner."""
        snapshot = (await self.snapshots.after(0)).snapshot
        return [model for model in snapshot.models if model.owner == owner]

    async def _publish(self, step: PublishModel, report: Report) -> str:
        digest = step.artifact.digest
        entries = [model for model in await self._entries(step.owner) if model.active]
        for model in entries:
            if model.artifact == digest:
                return model.ocid
        ocid = next((model.ocid for model in entries if model.publishing == digest), "")
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
            return await self._of_other_run(error, lambda model: digest in (model.artifact, model.publishing))

    async def _of_other_run(self, error: Conflict, same: Callable[[CatalogModel], bool]) -> str:
        """The entry of the run that has used the token; raises the error when there is none."""
        snapshot = (await self.snapshots.after(self.snapshots.begun)).snapshot
        ours = (model for model in snapshot.models if model.owner == self.owner and same(model))
        ocid = next((model.ocid for model in ours if model.active or model.creating), "")
        if not ocid:
            raise error
        return ocid

    async def _publish_model_group(self, step: PublishGroup, report: Report) -> str:
        entries = await self._entries(step.owner)
        same = (model for model in entries if model.is_model_group and model.artifact == step.digest)
        ocid = next((model.ocid for model in same if model.active or model.creating), "")
        if not ocid:
            ocid = await self._created_model_group(step)
        state = await self._model_group_settled(ocid, report)
        if state != ACTIVE:
            raise StepFailed(f"the model group {ocid} of {step.deployment} became {state}, not {ACTIVE}")
        return ocid

    async def _created_model_group(self, step: PublishGroup) -> str:
        members = [(key, await self.find(digest)) for key, digest in step.members]
        try:
            return await self.call(
                self.cloud.create_model_group, step.deployment, step.owner, step.digest, members, step.token
            )
        except Conflict as error:
            return await self._of_other_run(
                error, lambda model: model.is_model_group and model.artifact == step.digest
            )

    async def _model_group_settled(self, group: str, report: Report) -> str:
        began = self.call.clock.now()
        while self.call.clock.now() - began < MODEL_GROUP_TIMEOUT_SECONDS:
            try:
                state = await self.call(self.cloud.model_group_state, group)
            except NotFound:
                return DELETED
            if state not in (CREATING, DELETING):
                return state
            report(state, None)
            await self.call.clock.sleep(MODEL_GROUP_TICK_SECONDS)
        raise StepFailed(
            f"the model group {group} has not settled in {MODEL_GROUP_TIMEOUT_SECONDS / 60:.0f} minutes"
        )

    async def _send(self, ocid: str, step: PublishModel, report: Report) -> None:
        """Send the content. Before every further try, look whether it has arrived after all."""
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
                # Another run has sent it, or is about to: the next look tells whether it is there.
                if attempt == CONFLICTS:
                    raise
                await self.call.clock.sleep(self.call.pause(attempt))
