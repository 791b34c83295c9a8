"""Applies a plan: every deployment's chain at the same time, one pool of calls, one watch over all waits.

It reads the plan and nothing else.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from reconciler.core.errors import ReconcilerError
from reconciler.core.events import DeploymentFailed, DeploymentFinished, Event, StepFinished, StepStarted
from reconciler.core.plan import DeploymentPlan, Plan
from reconciler.engine.chain import Chain
from reconciler.engine.hiding import Hiding
from reconciler.engine.ports import Clock, Cloud, Prober
from reconciler.engine.probing import Probing
from reconciler.engine.publish import Catalog
from reconciler.engine.removals import Removals
from reconciler.engine.retry import Caller
from reconciler.engine.stopping import Stop
from reconciler.engine.watch import Watch

DEFAULT_PARALLEL = 20
"""Calls to the service at the same time."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a run needs besides the plan. `jitter` gives numbers from 0 to 1."""

    cloud: Cloud
    clock: Clock
    jitter: Callable[[], float]
    prober: Prober
    parallel: int = DEFAULT_PARALLEL
    stop: Stop = field(default_factory=Stop)

    async def events(self, plan: Plan) -> AsyncIterator[Event]:
        """Apply the plan. A deployment that fails does not stop the others; its error is an event."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        work = asyncio.create_task(self._work(plan, queue.put_nowait))
        work.add_done_callback(lambda _: queue.put_nowait(None))
        try:
            while (event := await queue.get()) is not None:
                yield event
            await work
        finally:
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work

    async def _work(self, plan: Plan, tell: Callable[[Event], None]) -> None:
        with ThreadPoolExecutor(self.parallel, thread_name_prefix="oci") as pool:
            call = Caller(pool, self.clock, self.jitter)
            if not await self._project(plan, call, tell):
                return
            parts = _Parts(
                call,
                Catalog(self.cloud, call, plan.owner),
                Watch(self.cloud, call, self.clock),
                Removals.of(plan),
                Probing(self.prober, call),
                tell,
            )
            watching = asyncio.create_task(parts.watch.run())
            todo = [item for item in plan.deployments if item.steps]
            chains = asyncio.gather(*(self._one(item, parts) for item in todo))
            try:
                ends: set[asyncio.Future[Any]] = {watching, chains}
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
                if watching.done():
                    watching.result()
                await chains
            finally:
                watching.cancel()
                chains.cancel()
                with suppress(asyncio.CancelledError):
                    await chains

    async def _project(self, plan: Plan, call: Caller, tell: Callable[[Event], None]) -> bool:
        step = plan.project_step
        if step is None:
            return True
        began = self.clock.now()
        tell(StepStarted("", step, 1, 1))
        try:
            ocid = await call(self.cloud.ensure_project, step.name, step.token)
        except ReconcilerError as error:
            tell(DeploymentFailed("", error, self.clock.now() - began))
            return False
        tell(StepFinished("", step, ocid))
        return True

    async def _one(self, item: DeploymentPlan, parts: "_Parts") -> None:
        began, hiding = self.clock.now(), Hiding.of(item)

        def tell(event: Event) -> None:
            parts.tell(hiding.event(event))

        chain = Chain(
            item,
            self.cloud,
            parts.call,
            parts.catalog,
            parts.watch,
            parts.removals,
            parts.probing,
            tell,
        )
        try:
            await chain.run()
        except ReconcilerError as error:
            tell(DeploymentFailed(item.name, error, self.clock.now() - began))
        else:
            tell(DeploymentFinished(item.name, self.clock.now() - began))
        finally:
            parts.removals.gone(item.name)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What all chains of a run share."""

    call: Caller
    catalog: Catalog
    watch: Watch
    removals: Removals
    probing: Probing
    tell: Callable[[Event], None]
