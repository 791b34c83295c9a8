"""The model catalog during a run: publishes each content once, however often it is needed or interrupted.

A catalog model is marked with what is on its way before its content is sent, and with what it holds only when
all of it has arrived. So a run that was killed in between leaves something that the next run finds and
finishes.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace

from reconciler.core.model.errors import (
    Conflict,
    Failed,
    NotFound,
    NotSeen,
    StalePlan,
    StepFailed,
    Transient,
)
from reconciler.core.model.live import CatalogModel
from reconciler.core.planning.steps import PublishGroup, PublishModel
from reconciler.engine.once_per_run import OncePerRun
from reconciler.engine.ports import Cloud
from reconciler.engine.retry import Caller
from reconciler.engine.snapshots import IndexedSnapshot, SharedSnapshots
from reconciler.engine.watch import Report

CREATING, ACTIVE, DELETING, DELETED = "CREATING", "ACTIVE", "DELETING", "DELETED"
"""Lifecycle states of model groups (docs/service.md §1.5)."""

MODEL_GROUP_TICK_SECONDS = 1.0
MODEL_GROUP_TIMEOUT_SECONDS = 30 * 60.0

INTERRUPTED = "interrupted before its content was published"

CONFLICTS = 6
"""How often an upload is refused before it fails: its content is not there, and may not be sent either."""


@dataclass(slots=True)
class RunCatalog:
    """Finds and publishes catalog models and groups by the digest of their content. `uploads` are threads of
    their own, so that no other call waits for them; `once` has the publications of this run, by the digest of
    their content. Each method calls the service with the `call` of who needs it.
    """

    cloud: Cloud
    owner: str
    snapshots: SharedSnapshots
    uploads: Executor
    once: OncePerRun = field(default_factory=lambda: OncePerRun(INTERRUPTED))

    async def find(self, call: Caller, digest: str) -> str:
        """The OCID of the catalog model with this content, published in this run, before it, or by another
        run meanwhile.
        """
        if digest in self.once.running:
            return await self.once.result(digest)
        if ocid := await self._look_up(call, lambda snapshot: snapshot.published(self.owner).get(digest)):
            return ocid
        raise StalePlan(f"the catalog has no model with the content {digest} any more; plan again")

    async def content(self, call: Caller, model: str) -> str:
        """The digest of what this catalog model or group holds; empty when no digest is marked on it."""
        return await self._look_up(call, lambda snapshot: snapshot.contents.get(model)) or ""

    async def _look_up(self, call: Caller, search: Callable[[IndexedSnapshot], str | None]) -> str | None:
        """What is found in a snapshot that is there already, or else in a new one."""
        snapshots = self.snapshots
        return search(await snapshots.after(call, 0)) or search(await snapshots.after(call, snapshots.begun))

    async def publish(self, call: Caller, step: PublishModel, report: Report) -> str:
        """Publish this content, unless this run does so already; the catalog model's OCID."""
        return await self.once.do(step.artifact.digest, lambda: self._publish(call, step, report))

    async def publish_model_group(self, call: Caller, step: PublishGroup, report: Report) -> str:
        """Create this model group, unless it exists; its OCID. Its members have been published before."""
        return await self.once.do(step.digest, lambda: self._publish_model_group(call, step, report))

    async def delete_model_group(self, call: Caller, group: str, report: Report) -> None:
        """Delete a model group and wait until it is gone: it holds its members."""
        await call(self.cloud.delete_model_group, group)
        state = await self._model_group_settled(call, group, report)
        if state != DELETED:
            raise Failed(f"the model group {group} is to be deleted, and is {state}")

    async def _entries(self, call: Caller, owner: str) -> list[CatalogModel]:
        """The catalog models and groups of this owner."""
        snapshot = (await self.snapshots.after(call, 0)).snapshot
        return [model for model in snapshot.models if model.owner == owner]

    async def _publish(self, call: Caller, step: PublishModel, report: Report) -> str:
        digest = step.artifact.digest
        entries = [model for model in await self._entries(call, step.owner) if model.active]
        for model in entries:
            if model.artifact == digest:
                return model.ocid
        ocid = next((model.ocid for model in entries if model.publishing == digest), "")
        if not ocid:
            ocid = await self._created(call, step)
        await self._send(call, ocid, step, report)
        if step.revision is not None:
            await call(self.cloud.set_provenance, ocid, step.revision)
        await call(self.cloud.mark_published, ocid, step.deployment, step.owner, step.artifact)
        return ocid

    async def _created(self, call: Caller, step: PublishModel) -> str:
        """A new entry, unless a run that publishes the same content for another deployment was quicker."""
        digest = step.artifact.digest
        try:
            return await call(self.cloud.create_model, step.deployment, step.owner, digest, step.token)
        except Conflict as error:
            return await self._of_other_run(
                call, error, lambda model: digest in (model.artifact, model.publishing)
            )

    async def _of_other_run(self, call: Caller, error: Conflict, same: Callable[[CatalogModel], bool]) -> str:
        """The entry of the run that has used the token; raises the error when there is none."""
        snapshot = (await self.snapshots.after(call, self.snapshots.begun)).snapshot
        ours = (model for model in snapshot.models if model.owner == self.owner and same(model))
        ocid = next((model.ocid for model in ours if model.active or model.creating), "")
        if not ocid:
            raise error
        return ocid

    async def _publish_model_group(self, call: Caller, step: PublishGroup, report: Report) -> str:
        entries = await self._entries(call, step.owner)
        same = (model for model in entries if model.is_model_group and model.artifact == step.digest)
        ocid = next((model.ocid for model in same if model.active or model.creating), "")
        if not ocid:
            ocid = await self._created_model_group(call, step)
        state = await self._model_group_settled(call, ocid, report)
        if state != ACTIVE:
            raise StepFailed(f"the model group {ocid} of {step.deployment} became {state}, not {ACTIVE}")
        return ocid

    async def _created_model_group(self, call: Caller, step: PublishGroup) -> str:
        members = [(key, await self.find(call, digest)) for key, digest in step.members]
        try:
            return await call(
                self.cloud.create_model_group, step.deployment, step.owner, step.digest, members, step.token
            )
        except Conflict as error:
            return await self._of_other_run(
                call, error, lambda model: model.is_model_group and model.artifact == step.digest
            )

    async def _model_group_settled(self, call: Caller, group: str, report: Report) -> str:
        began = call.clock.now()
        while call.clock.now() - began < MODEL_GROUP_TIMEOUT_SECONDS:
            try:
                state = await call(self.cloud.model_group_state, group)
            except NotFound:
                return DELETED
            if state not in (CREATING, DELETING):
                return state
            report(state, None)
            await call.clock.sleep(MODEL_GROUP_TICK_SECONDS)
        minutes = MODEL_GROUP_TIMEOUT_SECONDS / 60
        raise NotSeen(f"the model group {group} has not settled in {minutes:.0f} minutes")

    async def _send(self, call: Caller, ocid: str, step: PublishModel, report: Report) -> None:
        """Send the content. Before every further try, look whether it has arrived after all."""
        loop = asyncio.get_running_loop()
        stopped = threading.Event()

        def progress(sent: int, total: int) -> None:
            if stopped.is_set():
                raise Failed("the upload was interrupted")
            percent = 100.0 * sent / total if total else None
            loop.call_soon_threadsafe(report, f"{sent:,} of {total:,} bytes sent", percent)

        sending = replace(call, pool=self.uploads)
        patience, attempt = call.patience(), 0
        while not await call(self.cloud.has_content, ocid):
            attempt += 1
            try:
                return await sending.once(self.cloud.upload, ocid, step.artifact, progress)
            except asyncio.CancelledError:
                stopped.set()
                raise
            except Transient as error:
                await patience.after(error, attempt)
            except Conflict:
                # Another run has sent it, or is about to: the next look tells whether it is there.
                if attempt == CONFLICTS:
                    raise
                await call.clock.sleep(call.pause(attempt))
