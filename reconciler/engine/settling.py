"""Waits for what somebody else has begun, before a plan is made.

It must not change anything. How the work of others ends does not matter here: the plan is made from what is
live afterwards.
"""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from reconciler.core.planning.events import Event, StepFinished, StepProgress, StepStarted
from reconciler.core.planning.steps import Settle
from reconciler.engine.ports import Clock, Cloud
from reconciler.engine.retry import Caller
from reconciler.engine.watch import Unseen, Watch

OTHERS_WORK_SECONDS = 30 * 60.0
"""How long a plan waits for what somebody else has under way. What takes longer becomes a step of that
deployment, and holds up no other.
"""


async def wait_until_settled(
    cloud: Cloud,
    clock: Clock,
    jitter: Callable[[], float],
    waiting: Mapping[str, str],
    tell: Callable[[Event], None],
    patience: float = OTHERS_WORK_SECONDS,
) -> None:
    """Return when none of these deployments (names by OCID) is in flight any more, as far as that can be
    seen, or after `patience` seconds.
    """
    with ThreadPoolExecutor(2, thread_name_prefix="oci") as pool:
        call = Caller(pool, clock, jitter)
        watch = Watch(cloud, call, timeout=patience)
        watching = asyncio.create_task(watch.run())
        try:
            await asyncio.gather(*(_settle(watch, ocid, name, tell) for ocid, name in waiting.items()))
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)


async def _settle(watch: Watch, ocid: str, name: str, tell: Callable[[Event], None]) -> None:
    step = Settle(ocid)
    tell(StepStarted(name, step, 1, 1))
    ended = await watch.until(ocid, "", None, lambda *progress: tell(StepProgress(name, *progress)))
    tell(StepFinished(name, step, ended.why if isinstance(ended, Unseen) else "settled"))
