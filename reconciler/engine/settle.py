"""Waits for what somebody else has begun, before anything is planned.

It must not change anything, and does not care how the work of others ends: the plan that follows looks anew.
"""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

from reconciler.core.errors import NotSeen
from reconciler.core.events import Event, StepFinished, StepProgress, StepStarted
from reconciler.core.plan import Settle
from reconciler.engine.ports import Clock, Cloud
from reconciler.engine.retry import Caller
from reconciler.engine.watch import Unseen, Watch


async def settled(
    cloud: Cloud,
    clock: Clock,
    jitter: Callable[[], float],
    waiting: Mapping[str, str],
    tell: Callable[[Event], None],
) -> None:
    """Return when none of these deployments (names by OCID) is in flight any more. Raises NotSeen when that
    cannot be looked at, or lasts longer than the service gives a deployment.
    """
    with ThreadPoolExecutor(2, thread_name_prefix="oci") as pool:
        call = Caller(pool, clock, jitter)
        watch = Watch(cloud, call, clock)
        watching = asyncio.create_task(watch.run())
        try:
            await asyncio.gather(*(_settle(watch, ocid, name, tell) for ocid, name in waiting.items()))
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching


async def _settle(watch: Watch, ocid: str, name: str, tell: Callable[[Event], None]) -> None:
    step = Settle(ocid)
    tell(StepStarted(name, step, 1, 1))
    report = partial(_progress, name, tell)
    ended = await watch.until(name, ocid, "", None, report)
    if isinstance(ended, Unseen):
        raise NotSeen(f"{name}: {ended.why}; nothing was sent")
    tell(StepFinished(name, step, "settled"))


def _progress(name: str, tell: Callable[[Event], None], message: str, percent: float | None) -> None:
    tell(StepProgress(name, message, percent))
