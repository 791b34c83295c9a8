"""Waits for all deployments together: each time it lists all states and all work requests once, however many
deployments are waited for.

It must not act on what it sees. It raises nothing: it says how a wait ended.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from reconciler.core.model.errors import CloudError, NotFound, NotSeen, ReconcilerError, Transient, quoting
from reconciler.core.model.live import IN_FLIGHT, State
from reconciler.engine.ports import Cloud, WorkProgress
from reconciler.engine.retry import OUTAGE_SECONDS, TOLD_AFTER_SECONDS, Caller, pause

TIMEOUT_SECONDS = 245 * 60.0
"""The service lets a deployment take up to 240 minutes (docs/service.md §2.2: DEPLOYMENT_TIMEOUT_IN_MINUTES).
"""

SHORTEST_TICK_SECONDS = 0.5
LONGEST_TICK_SECONDS = 10.0
TICK_SHARE = 0.1
"""The pause until the next look is a tenth of the time that the youngest wait has lasted."""

Report = Callable[[str, float | None], None]


@dataclass(frozen=True, slots=True)
class ReachedState:
    """The deployment is in the state that was waited for, and nothing goes on."""


@dataclass(frozen=True, slots=True)
class WorkFailed:
    """The work request failed; `state` is the deployment's now."""

    state: State | None


@dataclass(frozen=True, slots=True)
class ElsewhereNow:
    """Nothing failed, and yet the deployment came to another state: somebody or the service changed it."""

    why: str


@dataclass(frozen=True, slots=True)
class Unseen:
    """The end could not be seen; the work may go on. `why` repeats the `cause`, if there is one."""

    why: str
    cause: Exception | None = None

    def error(self, message: str) -> NotSeen:
        """NotSeen, with this message, which tells why."""
        return quoting(NotSeen(message), *filter(None, [self.cause]))


Ended: TypeAlias = ReachedState | WorkFailed | ElsewhereNow | Unseen
"""How a wait ended."""


@dataclass(frozen=True, slots=True)
class Wait:
    """One wait: for a state of a deployment (None: any but one in flight) and the end of a work request
    (empty: there is none to look at).
    """

    ocid: str
    work_request: str
    state: State | None
    report: Report
    since: float
    ended: "asyncio.Future[Ended]"

    def end(self, how: Ended) -> None:
        """Wake whoever waits, unless they have gone."""
        if not self.ended.done():
            self.ended.set_result(how)


@dataclass(slots=True)
class Watch:
    """All waits of a run. Call `until` from any number of coroutines while `run` is going; no wait lasts
    longer than `timeout` seconds. `blind` is since when nothing could be seen, None while looking works.
    """

    cloud: Cloud
    call: Caller
    timeout: float = TIMEOUT_SECONDS
    waits: list[Wait] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    blind: float | None = None
    tries: int = 0

    async def until(self, ocid: str, work_request: str, state: State | None, report: Report) -> Ended:
        """Wait; how that ended."""
        ended: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()
        wait = Wait(ocid, work_request, state, report, self._now(), ended)
        self.waits.append(wait)
        self.arrived.set()
        try:
            return await ended
        finally:
            self.waits.remove(wait)

    async def run(self) -> None:
        """Look again and again while somebody waits; ends only by being cancelled."""
        while True:
            await self.arrived.wait()
            while waits := [wait for wait in self.waits if not wait.ended.done()]:
                await self.call.clock.sleep(await self._tick(waits))
            self.arrived.clear()

    async def _tick(self, waits: list[Wait]) -> float:
        """One look for all of them; seconds until the next."""
        try:
            await self._look(waits)
        except Transient as error:
            return self._outage(waits, error)
        except Exception as error:  # no wait lasts for ever because of a bug in a look
            for wait in waits:
                wait.end(_unseen(error))
        self.blind, self.tries = None, 0
        return self._pause()

    def _now(self) -> float:
        return self.call.clock.now()

    def _pause(self) -> float:
        youngest = min((self._now() - wait.since for wait in self.waits), default=0.0)
        return min(LONGEST_TICK_SECONDS, max(SHORTEST_TICK_SECONDS, TICK_SHARE * youngest))

    def _outage(self, waits: list[Wait], error: Transient) -> float:
        looked_at = self._now()
        self.blind, self.tries = looked_at if self.blind is None else self.blind, self.tries + 1
        for wait in waits:
            lasted = looked_at - max(wait.since, self.blind)
            if lasted >= OUTAGE_SECONDS:
                wait.end(Unseen(f"not one good look in {OUTAGE_SECONDS / 60:.0f} minutes: {error}", error))
            elif lasted >= TOLD_AFTER_SECONDS:
                wait.report(f"it could not be looked at for {lasted:.0f} s, trying again ({error})", None)
        return pause(self.tries, self.call.jitter(), error.answer.retry_after)

    async def _look(self, waits: list[Wait]) -> None:
        states, works = await asyncio.gather(
            self.call.once(self.cloud.deployment_states), self.call.once(self.cloud.work_progress)
        )
        ends = await asyncio.gather(*(self._end_of(wait, states.get(wait.ocid), works) for wait in waits))
        for wait, ended in zip(waits, ends, strict=True):
            if ended is not None:
                wait.end(ended)

    async def _end_of(
        self, wait: Wait, state: State | None, works: Mapping[str, WorkProgress]
    ) -> Ended | None:
        """Whatever goes wrong with one wait ends that one alone."""
        try:
            return await self._ended(wait, state, works)
        except Exception as error:
            return _unseen(error)

    async def _ended(
        self, wait: Wait, state: State | None, works: Mapping[str, WorkProgress]
    ) -> Ended | None:
        work = await self._work(wait.work_request, works)
        message = work.message if work and work.message else f"{state or 'not listed'}"
        wait.report(message, work.percent if work else None)
        if work and work.failed:
            return WorkFailed(state)
        arrived = state is wait.state or (state is None and wait.state is State.DELETED)
        settled = state not in IN_FLIGHT and (work is None or work.done)
        if settled and (arrived or wait.state is None):
            return ReachedState()
        if settled:
            return ElsewhereNow(f"it became {state or 'deleted'}, not {wait.state}")
        if self._now() - wait.since > self.timeout:
            return Unseen(f"still {state} after {self.timeout / 60:.0f} minutes")
        return None

    async def _work(self, request: str, works: Mapping[str, WorkProgress]) -> WorkProgress | None:
        """None where there is none, or the service has forgotten it: then the state alone counts. One that
        cannot be read now counts as going on, so that no other wait suffers from that.
        """
        if not request or request in works:
            return works.get(request)
        try:
            return await self.call.once(self.cloud.work_request, request)
        except NotFound:
            return None
        except CloudError as error:
            return WorkProgress(0.0, done=False, failed=False, message=str(error))


def _unseen(error: Exception) -> Unseen:
    kind = "" if isinstance(error, ReconcilerError) else f"{type(error).__name__}: "
    return Unseen(f"it could not be looked at: {kind}{error}", error)
