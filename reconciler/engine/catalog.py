"""The model catalog during a run: publishes each content once, however often it is needed or interrupted.

A catalog model is marked with what is on its way before its content is sent, and with what it holds only when
all of it has arrived. So a run that was killed in between leaves something that the next run finds and
finishes.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable
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
from reconciler.core.planning.plan import token_of
from reconciler.core.planning.steps import PublishGroup, PublishModel
from reconciler.engine.catalog_use import is_gone, take_up
from reconciler.engine.once_per_run import OncePerRun
from reconciler.engine.ports import Cloud
from reconciler.engine.publishing.large_content import LargeContents
from reconciler.engine.retry import Caller
from reconciler.engine.snapshots import IndexedSnapshot, SharedSnapshots
from reconciler.engine.watch import Report

CREATING, ACTIVE, DELETING, DELETED = "CREATING", "ACTIVE", "DELETING", "DELETED"
"""Lifecycle states of model groups (docs/service.md §1.5)."""

MODEL_GROUP_TICK_SECONDS = 1.0
MODEL_GROUP_TIMEOUT_SECONDS = 30 * 60.0

INTERRUPTED = "interrupted before its content was published"

TOKENS = 5
"""Retry tokens that are tried for one entry."""

CONFLICTS = 6
"""How often an upload is refused before it fails: its content is not there, and may not be sent either."""


@dataclass(slots=True)
class RunCatalog:
    """Finds and publishes catalog models and groups by the digest of their content. `uploads` are threads of
    their own, so that no other call waits for them; `large` sends what one upload cannot; `once` has
    the publications of this run, by the digest of their content. `holders` are snapshots for deletions, with
    the members of all model groups; `deleted_groups` are the groups that this run has deleted. Each method
    calls the service with the `call` of who needs it.
    """

    cloud: Cloud
    owner: str
    snapshots: SharedSnapshots
    holders: SharedSnapshots
    uploads: Executor
    large: LargeContents
    once: OncePerRun = field(default_factory=lambda: OncePerRun(INTERRUPTED))
    deleted_groups: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, cloud: Cloud, owner: str, uploads: Executor) -> "RunCatalog":
        """That of this owner, before anything is read."""
        snapshots, holders = SharedSnapshots(cloud), SharedSnapshots(cloud, with_members=True)
        return cls(cloud, owner, snapshots, holders, uploads, LargeContents(cloud))

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

    def forget(self, ocid: str) -> None:
        """This entry is gone: whoever needs its content publishes that anew."""
        self.once.forget(ocid)

    async def delete_model_group(self, call: Caller, group: str, etag: str, report: Report) -> None:
        """Delete a model group and wait until it is gone: it holds its members."""
        await call(self.cloud.delete_model_group, group, etag)
        state = await self._model_group_settled(call, group, report)
        if state != DELETED:
            raise Failed(f"the model group {group} is to be deleted, and is {state}")
        self.deleted_groups.add(group)

    async def _entries(self, call: Caller, owner: str) -> list[CatalogModel]:
        """The catalog models and groups of this owner."""
        snapshot = (await self.snapshots.after(call, 0)).snapshot
        return [model for model in snapshot.models if model.owner == owner]

    async def _publish(self, call: Caller, step: PublishModel, report: Report) -> str:
        """Take up the entry that is there, or make one and send the content. When somebody deletes the entry
        in between, another is made.
        """
        gone: set[str] = set()
        ocid, ready = await self._entry(call, step, gone)
        if ready:
            return ocid
        try:
            return await self._filled(call, ocid, step, report)
        except NotFound:
            if not await is_gone(self.cloud, call, ocid, group=False):
                raise
        gone.add(ocid)
        return await self._filled(call, await self._created(call, step, gone), step, report)

    async def _entry(self, call: Caller, step: PublishModel, gone: set[str]) -> tuple[str, bool]:
        """The entry for this content, and whether it holds the content already. Those that turn out to be
        deleted join the `gone` ones.
        """
        digest = step.artifact.digest
        entries = [model for model in await self._entries(call, step.owner) if model.active]
        ready = [model for model in entries if model.artifact == digest]
        begun = [model for model in entries if model.publishing == digest and model.artifact is None]
        for model in (*ready, *begun):
            if await take_up(self.cloud, call, model):
                return model.ocid, model in ready
            gone.add(model.ocid)
        return await self._created(call, step, gone), False

    async def _filled(self, call: Caller, ocid: str, step: PublishModel, report: Report) -> str:
        await self._send(call, ocid, step, report)
        if step.revision is not None:
            await call(self.cloud.set_provenance, ocid, step.revision)
        await call(self.cloud.mark_published, ocid, step.deployment, step.owner, step.artifact)
        return ocid

    async def _created(self, call: Caller, step: PublishModel, gone: set[str]) -> str:
        """A new entry, unless a run that publishes the same content for another deployment was quicker."""
        digest = step.artifact.digest

        async def create(token: str) -> str:
            return await call(self.cloud.create_model, step.deployment, step.owner, digest, token)

        return await self._new(
            call, create, step.token, gone, lambda model: digest in (model.artifact, model.publishing)
        )

    async def _new(
        self,
        call: Caller,
        create: Callable[[str], Awaitable[str]],
        token: str,
        gone: set[str],
        same: Callable[[CatalogModel], bool],
    ) -> str:
        """The OCID of a new entry, or of the `same` one of another run that has used the token. The service
        may know the token from an entry that is `gone` by now: then another one is used.
        """
        refused: Conflict | None = None
        for _ in range(TOKENS):
            try:
                ocid = await create(token)
            except Conflict as error:
                refused = error
                ocid = await self._of_other_run(call, same)
            if ocid and ocid not in gone:
                return ocid
            token = token_of(token)
        raise refused or StalePlan("the retry tokens of a catalog entry are all spent; plan again")

    async def _of_other_run(self, call: Caller, same: Callable[[CatalogModel], bool]) -> str:
        """The entry of the run that has used the token; empty when there is none."""
        snapshot = (await self.snapshots.after(call, self.snapshots.begun)).snapshot
        ours = (model for model in snapshot.models if model.owner == self.owner and same(model))
        return next((model.ocid for model in ours if model.active or model.creating), "")

    async def _publish_model_group(self, call: Caller, step: PublishGroup, report: Report) -> str:
        entries = await self._entries(call, step.owner)
        same = [model for model in entries if model.is_model_group and model.artifact == step.digest]
        gone: set[str] = set()
        ocid = next((model.ocid for model in same if model.creating), "")
        for model in same:
            if not ocid and model.active:
                taken_up = await take_up(self.cloud, call, model)
                ocid = model.ocid if taken_up else ""
                gone |= set() if taken_up else {model.ocid}
        if not ocid:
            ocid = await self._created_model_group(call, step, gone)
        state = await self._model_group_settled(call, ocid, report)
        if state == DELETED:
            ocid = await self._created_model_group(call, step, gone | {ocid})
            state = await self._model_group_settled(call, ocid, report)
        if state != ACTIVE:
            raise StepFailed(f"the model group {ocid} of {step.deployment} became {state}, not {ACTIVE}")
        return ocid

    async def _created_model_group(self, call: Caller, step: PublishGroup, gone: set[str]) -> str:
        members = [(key, await self.find(call, digest)) for key, digest in step.members]

        async def create(token: str) -> str:
            return await call(
                self.cloud.create_model_group, step.deployment, step.owner, step.digest, members, token
            )

        return await self._new(
            call,
            create,
            step.token,
            gone,
            lambda model: model.is_model_group and model.artifact == step.digest,
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
        if large := await sending(self.cloud.large_content, step.artifact):
            return await self.large.send(call, sending, large, ocid, step.token, report)
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
