"""Applies a plan: the steps of all deployments at the same time, with one pool of calls and one watch over
all waits.

It reads the plan and nothing else.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from reconciler.core.model.errors import ReconcilerError
from reconciler.core.model.temporary_causes import passes_by_itself
from reconciler.core.planning.events import (
    DeploymentFailed,
    DeploymentFinished,
    DeploymentLeftOut,
    Event,
    StepFinished,
    StepProgress,
    StepStarted,
)
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan
from reconciler.engine.catalog import RunCatalog
from reconciler.engine.deletions import PendingDeletions
from reconciler.engine.deployment.all_steps import carry_out
from reconciler.engine.deployment.execution import Execution, Progress
from reconciler.engine.deployment.recovery import unexpected
from reconciler.engine.images import RunImages
from reconciler.engine.once_per_run import OncePerRun
from reconciler.engine.ports import Clock, Cloud, Images, Prober
from reconciler.engine.probe_attempts import Probing
from reconciler.engine.retry import Caller
from reconciler.engine.stop_request import StopRequest
from reconciler.engine.watch import Watch

Tell: TypeAlias = Callable[[Event], None]

UPLOADS = 8
"""Artifacts that are sent at the same time, in threads of their own: no other call waits for them."""

IMAGES = 2
"""Images that are built or pushed at the same time: one takes a whole machine."""

DEFAULT_PARALLEL = 20
"""Calls to the service at the same time."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a run needs besides the plan. `jitter` gives numbers from 0 to 1. `shown` redacts the words of a
    model server; those of the cloud are redacted already. `maker` makes images, for plans that say so.
    """

    cloud: Cloud
    clock: Clock
    jitter: Callable[[], float]
    prober: Prober
    parallel: int = DEFAULT_PARALLEL
    stop: StopRequest = field(default_factory=StopRequest)
    shown: Callable[[bytes], bytes] = bytes
    maker: Images | None = None

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

    async def _work(self, plan: Plan, tell: Tell) -> None:
        with (
            ThreadPoolExecutor(self.parallel, thread_name_prefix="oci") as pool,
            ThreadPoolExecutor(min(self.parallel, UPLOADS), thread_name_prefix="upload") as uploads,
            ThreadPoolExecutor(IMAGES, thread_name_prefix="image") as image_threads,
        ):
            call = Caller(pool, self.clock, self.jitter)
            if not await self._project(plan, call, tell):
                return
            watch = Watch(self.cloud, call)
            catalog = RunCatalog.of(self.cloud, plan.owner, uploads)
            images = RunImages(self.maker, image_threads)
            making = (catalog.once, images.once)
            shared = _Shared(call, catalog, images, watch, PendingDeletions.of(plan), tell)
            working = [asyncio.create_task(watch.run()), asyncio.create_task(self._all(plan, shared))]
            stopping = asyncio.create_task(self._stop_making(making))
            try:
                await asyncio.wait(working, return_when=asyncio.FIRST_COMPLETED)
                for task in working:
                    if task.done():
                        task.result()
            finally:
                for made in making:
                    made.close()
                for task in (*working, stopping):
                    task.cancel()
                ends = [made.ended() for made in making]
                await asyncio.gather(*working, stopping, *ends, return_exceptions=True)

    async def _stop_making(self, making: Sequence[OncePerRun]) -> None:
        """What nobody needs any more holds up nothing that has to be started again."""
        await self.stop.made.wait()
        for made in making:
            made.close()

    async def _all(self, plan: Plan, shared: "_Shared") -> None:
        """Deletions begin only when everything else has ended well, so that the new deployment serves before
        the old one goes (docs/updates.md).
        """
        todo = [item for item in plan.deployments if item.steps]
        deletions = [item for item in todo if item.action is Action.DELETE]
        others = [item for item in todo if item.action is not Action.DELETE]
        ends = await asyncio.gather(*(self._one(item, shared) for item in others))
        failures = [end for end in ends if end is not None]
        if failures:
            for item in deletions:
                shared.tell(DeploymentLeftOut(item.name, left_out(item, failures), _ocid(item)))
            return
        await asyncio.gather(*(self._one(item, shared) for item in deletions))

    async def _project(self, plan: Plan, call: Caller, tell: Tell) -> bool:
        step = plan.project_step
        if step is None:
            return True
        began = self.clock.now()
        tell(StepStarted("", step, 1, 1))
        telling = replace(call, tell=lambda message: tell(StepProgress("", message)))
        try:
            ocid = await telling(self.cloud.ensure_project, step.name, step.token)
        except ReconcilerError as error:
            tell(DeploymentFailed("", error, self.clock.now() - began))
            return False
        tell(StepFinished("", step, ocid))
        return True

    async def _one(self, item: DeploymentPlan, shared: "_Shared") -> DeploymentFailed | None:
        """Carry out the steps of one deployment; how they failed, or None. Every error becomes an event.
        Other deployments go on.
        """
        began, ocid = self.clock.now(), _ocid(item)

        def tell(event: Event) -> None:
            shared.tell(replace(event, ocid=ocid))

        def outage(message: str) -> None:
            tell(StepProgress(item.name, message))

        call = replace(shared.call, tell=outage)
        execution = Execution(
            plan=item,
            cloud=self.cloud,
            call=call,
            catalog=shared.catalog,
            images=shared.images,
            watch=shared.watch,
            deletions=shared.deletions,
            probing=Probing(self.prober, call, self.shown),
            stop=self.stop,
            tell=tell,
            progress=Progress(ocid),
        )
        try:
            await carry_out(execution)
        except Exception as error:
            shown = error if isinstance(error, ReconcilerError) else unexpected(item.name, error)
            failed = DeploymentFailed(item.name, shown, self.clock.now() - began)
            tell(failed)
            return failed
        finally:
            shared.deletions.gone(ocid)
        tell(DeploymentFinished(item.name, self.clock.now() - began, tuple(execution.progress.notes)))
        return None


@dataclass(frozen=True, slots=True)
class _Shared:
    """What all deployments of a run share."""

    call: Caller
    catalog: RunCatalog
    images: RunImages
    watch: Watch
    deletions: PendingDeletions
    tell: Tell


def _ocid(item: DeploymentPlan) -> str:
    return item.seen.ocid if item.seen else ""


def left_out(item: DeploymentPlan, failures: Sequence[DeploymentFailed]) -> str:
    """Why a deletion was not begun, and what to do about it."""
    names = ", ".join(event.deployment for event in failures)
    why = f"it is deleted when all else has ended well, and {names} did not. Apply again once that is mended"
    if not any(passes_by_itself(event.error) for event in failures):
        return why
    return (
        f"{why}. The service had no room: if {item.name} may go before the new one serves, "
        f"reconcile destroy {item.name}; if the new one takes its place, metadata.renamedFrom: {item.name} "
        "in its manifest keeps it; or choose another shape, or ask for a higher limit"
    )
