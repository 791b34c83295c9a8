"""Content that is too large for one upload: in parts into a bucket, and from there into the catalog.

Every run begins by looking at what has been reached: the catalog model may hold the content, the service may
be about to take it, the object may be whole, or some of its parts have arrived. It goes on from there.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from reconciler.core.model.artifact import Part
from reconciler.core.model.errors import (
    CloudError,
    Conflict,
    IncorrectState,
    NotFound,
    NotSeen,
    StalePlan,
    StepFailed,
)
from reconciler.core.model.work_requests import WorkProgress
from reconciler.core.planning.plan import token_of
from reconciler.engine.catalog_use import is_gone
from reconciler.engine.ports import Cloud, LargeContent
from reconciler.engine.retry import Caller
from reconciler.engine.watch import Report

TRIES = 6
"""How often it is looked anew after another run has got in the way, before that fails."""

TICK_SECONDS = 2.0
TRANSFER_TIMEOUT_SECONDS = 4 * 3600.0

POLICIES = (
    "The service needs leave to read the bucket {0}: allow service datascience to manage object-family in "
    "compartment … where ALL {{target.bucket.name='{0}'}}, and the same for service objectstorage-<region> "
    "(docs/service.md §1.3)"
)


@dataclass(frozen=True, slots=True)
class LargeContents:
    """Sends large contents, one after the other: together they would hold too much memory. The service's work
    is looked at every `tick` seconds.
    """

    cloud: Cloud
    tick: float = TICK_SECONDS
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def send(
        self, call: Caller, sending: Caller, content: LargeContent, model: str, token: str, report: Report
    ) -> None:
        """Bring the content into this catalog model, which is there and empty, or is just being filled.
        `sending` calls in the threads of uploads.
        """
        await _Way(self.cloud, self.turn, call, sending, content, model, token, report, self.tick).go()


@dataclass(frozen=True, slots=True)
class _Way:
    cloud: Cloud
    turn: asyncio.Lock
    call: Caller
    sending: Caller
    content: LargeContent
    model: str
    token: str
    report: Report
    tick: float

    async def go(self) -> None:
        for attempt in range(1, TRIES + 1):
            if await self.call(self.cloud.has_content, self.model):
                break
            if not await self._taken_by_now():
                await self._brought(attempt)
        else:
            raise NotSeen(f"{self.model} has no content yet, and the service takes nothing; apply again")
        await self.call(self.content.check, self.model)
        try:
            await self.call(self.content.remove)
        except CloudError as error:
            self.report(f"the object stays in the bucket: {error}", None)

    async def _taken_by_now(self) -> bool:
        """Whether an earlier run has let the service take the content, which has ended now."""
        work = await self.call(self.cloud.newest_work, self.model)
        if not work or (await self.call(self.cloud.work_request, work)).done:
            return False
        await self._ended(work)
        return True

    async def _brought(self, attempt: int) -> None:
        """Into the bucket, and from there into the catalog. A run that does the same is no failure."""
        try:
            await self._stored()
            before = await self.call(self.cloud.newest_work, self.model)
            # The token of a transfer that has failed would only bring up the same failure again.
            token = token_of(self.token, "transfer", self.model, before)
            work = await self.call(self.content.transfer, self.model, token)
        except (NotFound, Conflict, IncorrectState):
            if attempt == TRIES or await is_gone(self.cloud, self.call, self.model, group=False):
                raise
            return await self.call.clock.sleep(self.call.pause(attempt))
        progress = await self._ended(work)
        if progress.failed and not await self.call(self.cloud.has_content, self.model):
            trouble = await self.call(self.cloud.trouble, work)
            bucket = self.content.bucket_name()
            what = f"the service could not take the content from the bucket {bucket}"
            raise StepFailed(f"{what}. {POLICIES.format(bucket)}", trouble)

    async def _ended(self, work: str) -> WorkProgress:
        began = self.call.clock.now()
        while self.call.clock.now() - began < TRANSFER_TIMEOUT_SECONDS:
            progress = await self.call(self.cloud.work_request, work)
            if progress.done:
                return progress
            self.report("the service takes it from the bucket", progress.percent)
            await self.call.clock.sleep(self.tick)
        hours = TRANSFER_TIMEOUT_SECONDS / 3600
        raise NotSeen(f"the work request {work} has not ended in {hours:.0f} hours; it goes on")

    # -- into the bucket

    async def _stored(self) -> None:
        async with self.turn:
            await self.sending(self.content.open)
            try:
                await self._all_parts()
            except StalePlan:
                await self._abandoned()
                raise
            await self.sending(self.content.commit)

    async def _abandoned(self) -> None:
        """Parts of what is no longer planned would only cost money."""
        try:
            await self.call(self.content.abandon)
        except CloudError as error:
            self.report(f"the parts stay in the bucket: {error}", None)

    async def _all_parts(self) -> None:
        """Read one part after the other, and send those that are missing, several at a time."""
        slots = asyncio.Semaphore(self.content.held_parts())
        progress = _progress(self.content.size(), self.report)
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    await slots.acquire()
                    part = await self.sending.once(self.content.read)
                    if part is None:
                        return
                    if part.there:
                        progress(part.size)
                        slots.release()
                    else:
                        group.create_task(self._part(part, slots, progress))
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None

    async def _part(self, part: Part, slots: asyncio.Semaphore, progress: Callable[[int], None]) -> None:
        await self.sending(self.content.send, part)
        progress(part.size)
        slots.release()


def _progress(total: int, report: Report) -> Callable[[int], None]:
    """Adds up the bytes that have arrived, and tells it."""
    arrived = 0

    def add(size: int) -> None:
        nonlocal arrived
        arrived += size
        report(f"{arrived:,} of {total:,} bytes sent", 100.0 * arrived / total)

    return add
