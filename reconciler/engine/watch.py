"""Waits, for all deployments together: one list of states and one of work requests a tick, however many wait.

It must not act on what it sees; it only says that a wait is over, or why it cannot end well.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from reconciler.core.errors import (
    CloudError,
    Failed,
    NotFound,
    ReconcilerError,
    StalePlan,
    StepFailed,
    Trouble,
)
from reconciler.core.live import IN_FLIGHT, State
from reconciler.engine.ports import Clock, Cloud, WorkProgress
from reconciler.engine.retry import Caller

TIMEOUT_SECONDS = 245 * 60.0
"""The service lets a deployment take up to 240 minutes (docs/service.md §2.2: DEPLOYMENT_TIMEOUT_IN_MINUTES).
"""

SHORTEST_TICK_SECONDS = 0.5
LONGEST_TICK_SECONDS = 10.0
TICK_SHARE = 0.1
"""A wait is looked at again after a tenth of the time that it has lasted: soon for short ones, rarely for
long ones.
"""

CHANGED_BY_OTHERS = frozenset({State.ACTIVE, State.INACTIVE, State.DELETING, State.DELETED, None})
"""Where a deployment does not come to by itself when its work request has ended well."""

Report = Callable[[str, float | None], None]


@dataclass(frozen=True, slots=True)
class Wait:
    """One wait: for a state of a deployment (None: any but one in flight) and the end of a work request
    (empty: there is none to look at).
    """

    name: str
    ocid: str
    work_request: str
    state: State | None
    report: Report
    since: float
    ended: "asyncio.Future[None]"


@dataclass(slots=True)
class Watch:
    """All waits of a run. Call `until` from any number of coroutines while `run` is going."""

    cloud: Cloud
    call: Caller
    clock: Clock
    waits: list[Wait] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(
        self, name: str, ocid: str, work_request: str, state: State | None, report: Report
    ) -> None:
        """Return when the deployment has come to this state; raise StepFailed when it will not."""
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        wait = Wait(name, ocid, work_request, state, report, self.clock.now(), ended)
        self.waits.append(wait)
        self.arrived.set()
        try:
            await ended
        finally:
            self.waits.remove(wait)

    async def run(self) -> None:
        """Look again and again while somebody waits; ends only by being cancelled, or by a bug."""
        while True:
            await self.arrived.wait()
            while waits := [wait for wait in self.waits if not wait.ended.done()]:
                await self._look(waits)
                await self.clock.sleep(self._pause())
            self.arrived.clear()

    def _pause(self) -> float:
        youngest = min((self.clock.now() - wait.since for wait in self.waits), default=0.0)
        return min(LONGEST_TICK_SECONDS, max(SHORTEST_TICK_SECONDS, TICK_SHARE * youngest))

    async def _look(self, waits: list[Wait]) -> None:
        try:
            states, works = await asyncio.gather(
                self.call(self.cloud.deployment_states), self.call(self.cloud.work_progress)
            )
        except Failed as error:
            for wait in waits:
                wait.ended.set_exception(error)
            return
        await asyncio.gather(*(self._settle(wait, states, works) for wait in waits))

    async def _settle(
        self, wait: Wait, states: Mapping[str, State], works: Mapping[str, WorkProgress]
    ) -> None:
        try:
            work = await self._work(wait, works)
            if await self._over(wait, states.get(wait.ocid), work):
                wait.ended.set_result(None)
        except ReconcilerError as error:
            wait.ended.set_exception(error)

    async def _work(self, wait: Wait, works: Mapping[str, WorkProgress]) -> WorkProgress | None:
        if not wait.work_request:
            return None
        return works.get(wait.work_request) or await self.call(self.cloud.work_request, wait.work_request)

    async def _over(self, wait: Wait, state: State | None, work: WorkProgress | None) -> bool:
        percent = work.percent if work else None
        wait.report(work.message if work and work.message else f"{state or 'not listed'}", percent)
        if work and work.failed:
            raise await self._failure(wait, f"the service could not finish it; it is {state or 'gone'} now")
        arrived = state is wait.state or (state is None and wait.state is State.DELETED)
        settled = state not in IN_FLIGHT and (work is None or work.done)
        if settled and (arrived or wait.state is None):
            return True
        if self.clock.now() - wait.since > TIMEOUT_SECONDS:
            raise await self._failure(wait, f"still {state} after {TIMEOUT_SECONDS / 60:.0f} minutes")
        if not settled:
            return False
        if work is not None and state in CHANGED_BY_OTHERS:
            raise StalePlan(
                f"{wait.name}: what was asked was done, and somebody changed it since: it is "
                f"{state or 'deleted'} now. Nothing more was sent; plan again"
            )
        raise await self._failure(wait, f"it became {state or 'deleted'}, not {wait.state}; plan again")

    async def _failure(self, wait: Wait, what: str) -> StepFailed:
        trouble = Trouble()
        if wait.work_request:
            try:
                trouble = await self.call(self.cloud.trouble, wait.work_request)
            except CloudError as error:
                told = () if isinstance(error, NotFound) else (f"its errors could not be read: {error}",)
                trouble = Trouble(wait.work_request, told)
        return StepFailed(f"{wait.name}: {what}", trouble)
