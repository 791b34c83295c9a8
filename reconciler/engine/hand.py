"""One change of one deployment, from the write to the look at what came of it.

It must not decide what is written, nor what follows from how it ended: that is the chain's.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import assert_never

from reconciler.core.model.configuration import Configuration
from reconciler.core.model.errors import (
    CloudError,
    Conflict,
    EtagMismatch,
    IncorrectState,
    NotAllowed,
    NotAsAsked,
    NotFound,
    NotSeen,
    StepFailed,
    StepRefused,
    Transient,
    Trouble,
)
from reconciler.core.model.live import IN_FLIGHT, Live, Marks, State
from reconciler.core.planning.transition.milestones import unlike
from reconciler.engine.ports import Accepted, Cloud
from reconciler.engine.retry import Caller
from reconciler.engine.standing import Moved, Standing
from reconciler.engine.watch import ElsewhereNow, ReachedState, Report, Unseen, Watch, WorkFailed

LOOKS_BACK = 6
"""Looks at what was asked for, a pause apart, before it counts as not there."""

Send = Callable[[str, str], Accepted]
"""A write of the deployment with this OCID, if its etag is still this one."""


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What has to be read back: the configuration, the OCID of the model, and the marks; None where the write
    says nothing of them.
    """

    configuration: Configuration
    model: str | None
    marks: Marks | None


@dataclass(slots=True)
class Hand:
    """What is in hand: `pending` was sent and not yet waited for, `asked` has to be read back after that.
    `doubtful` while it is not known whether the last write was heard; `last` the last work request that is
    known to be ours.
    """

    name: str
    cloud: Cloud
    call: Caller
    watch: Watch
    standing: Standing
    report: Report
    pending: Accepted | None = None
    asked: ReadBack | None = None
    doubtful: bool = False
    last: str = ""

    def drop(self) -> None:
        """Nothing is in hand any more."""
        self.pending = self.asked = None

    # -- the write

    async def create(self, send: Callable[[], Accepted]) -> str:
        """Create the deployment; its OCID. The retry token makes it harmless to ask again, and keeps another
        commit from creating it at the same moment (docs/service.md §5.5).
        """
        try:
            self.pending = await self.call(send)
        except Conflict as error:
            raise Moved(f"another run has created it in between ({error})") from error
        except CloudError as error:
            raise self._refused("it could not be created", error) from error
        self.standing.ocid = self.pending.ocid
        return self.pending.ocid

    async def adopt(self, ocid: str) -> None:
        """Another run has created it: what it has under way is waited for as if it were ours."""
        self.standing.ocid = ocid
        self.pending = Accepted(ocid, await self._going_on())

    async def write(self, send: Send, asked: ReadBack | None, given_up: Callable[[], None]) -> str:
        """A write guarded by the etag; a note. Without `asked` its content is to stay as it is. After a lost
        answer, look first: it may have been heard. If not, `given_up` may raise, and it is not sent again.
        """
        await self.standing.begin()
        self.asked = asked or self._as_it_is()
        patience, attempt = self.call.patience(), 0
        while True:
            attempt += 1
            try:
                self.pending = await self.call.once(send, self.standing.ocid, self.standing.etag)
                self.doubtful = False
                return self.pending.work_request
            except Transient as error:
                if await self._was_heard():
                    return "its answer was lost, but it was heard"
                given_up()
                await patience.after(error, attempt)
                given_up()
            except (EtagMismatch, IncorrectState, NotFound) as error:
                raise Moved(f"it was changed in between ({error})") from error
            except CloudError as error:
                raise self._refused("a change was refused", error) from error

    def _as_it_is(self) -> ReadBack | None:
        """A start may find another image under the same tag (docs/service.md §4.1): the digest is the
        service's.
        """
        live = self.standing.last
        if live is None or live.configuration is None:
            return None
        container = replace(live.configuration.container, digest=None)
        return ReadBack(replace(live.configuration, container=container), live.model_id, live.marks)

    async def _was_heard(self) -> bool:
        """Whether something was begun since it was last read; then what goes on is taken for ours, and what
        comes of it is compared with what was asked.
        """
        found = await self.standing.look()
        if found is not None and found[1] == self.standing.etag:
            return False
        request = await self._going_on() if found is not None else ""
        self.pending, self.doubtful = Accepted(self.standing.ocid, request), True
        return True

    def _refused(self, what: str, error: CloudError) -> CloudError | StepFailed:
        """Only a refusal for good is one; whoever is not let in, or gets no answer, was not heard."""
        if isinstance(error, NotAllowed | Transient):
            return error
        return StepRefused(f"{self.name}: {what}: {error}", error.answer)

    async def _going_on(self) -> str:
        """The work request of what another run has begun and is not over, so that its failure can be told."""
        request = await self.newest_work()
        if not request or request == self.last:
            return ""
        progress = await self.call(self.cloud.work_request, request)
        return "" if progress.done and not self.last else request

    async def newest_work(self) -> str:
        """The OCID of the deployment's newest work request, whoever began it; empty when none is told."""
        return await self.call(self.cloud.newest_work, self.standing.ocid)

    # -- the wait

    async def settled(self) -> None:
        """Wait until nothing goes on, however it ends."""
        ended = await self.watch.until(self.name, self.standing.ocid, "", None, self.report)
        if isinstance(ended, Unseen):
            raise NotSeen(f"{self.name}: {ended.why}")

    async def at_rest(self) -> tuple[Live, str] | None:
        """The deployment and its etag when nothing goes on with it; None when it is gone."""
        while True:
            await self.settled()
            found = await self.standing.look()
            if found is None or found[0].state not in IN_FLIGHT:
                return found

    async def arrive(self, state: State, write: int, rolling_back: bool) -> None:
        """Wait until it is in this state, and look at what came of the write at this index of the plan.
        Raises StepFailed when the work request failed, Moved when it is not where that should have led.
        """
        work = self.pending or Accepted(self.standing.ocid, await self._going_on())
        ended = await self.watch.until(self.name, work.ocid, work.work_request, state, self.report)
        match ended:
            case Unseen(why):
                raise NotSeen(f"{self.name}: {why}; it goes on, and the next apply looks at it again")
            case WorkFailed(now):
                raise await self._work_failed(work, now)
            case ElsewhereNow(why) if self.pending is None:
                raise Moved(why)
            case ElsewhereNow(why):
                raise Moved(f"what was asked was done, and it was changed since: {why}")
            case ReachedState():
                if state is not State.DELETED and self.pending is not None:
                    await self._read_back(work, state, write, rolling_back)
                self.pending = None
            case _:
                assert_never(ended)

    async def _work_failed(self, work: Accepted, now: State | None) -> StepFailed:
        if self.doubtful:
            raise Moved("the answer to a change was lost, and work on it has failed, whoever's that was")
        try:
            trouble = await self.call(self.cloud.trouble, work.work_request)
        except CloudError as error:
            told = () if isinstance(error, NotFound) else (f"its errors could not be read: {error}",)
            trouble = Trouble(work.work_request, told)
        with suppress(CloudError):
            await self.standing.know_variables()
        what = f"{self.name}: the service could not finish it; it is {now or 'gone'} now"
        return StepFailed(what, replace(trouble, request_id=work.request_id))

    # -- the look at what came of it

    async def _read_back(self, work: Accepted, state: State, write: int, rolling_back: bool) -> None:
        """What is served must equal what was asked before the step counts as done; its etag guards the
        next write. A list of what is wrong is believed when it stays.
        """
        wrong: list[str] = []
        for attempt in range(1, LOOKS_BACK + 1):
            found = await self.standing.look()
            if found is None or found[0].state is not state:
                raise Moved(f"it came to {state} and is {found[0].state if found else 'gone'} now")
            live, etag = found
            wrong = self._unlike(live)
            if not wrong:
                self.standing.take(live, etag, write)
                self.asked, self.last = None, work.work_request
                return
            if not rolling_back and (await self.standing.place(live) or 0) > write:
                raise Moved("another run has gone on with it")
            await self.call.clock.sleep(self.call.pause(attempt))
        if self.doubtful:
            raise Moved("the answer to a change was lost, and it is not as asked now")
        if await self.newest_work() not in ("", work.work_request):
            raise Moved("what was asked was done, and it was changed since")
        raise NotAsAsked(
            f"{self.name}: read back, but not as asked: {'; '.join(wrong)}. Nothing is undone for that"
        )

    def _unlike(self, live: Live) -> list[str]:
        if self.asked is None:
            return []
        configuration, model, marks = self.asked.configuration, self.asked.model or "", self.asked.marks
        wrong = unlike(live, configuration, model) + self.standing.unasked(live, configuration)
        if marks is not None and live.marks != marks:
            wrong.append("its marks are not those that were sent")
        return wrong
