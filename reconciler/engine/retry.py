"""The one retry policy: which errors are worth another try is a type; how long to wait is here.

The SDK's own retries stay off (docs/service.md §5.6: they spin for about 93 s on a deployment that is merely
busy).
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import ParamSpec, TypeVar

from reconciler.core.errors import Transient
from reconciler.engine.ports import Clock

P = ParamSpec("P")
T = TypeVar("T")

ATTEMPTS = 6
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Caller:
    """Calls a blocking port in the pool, again after a `Transient` error; `jitter` gives numbers from 0 to
    1.
    """

    pool: Executor
    clock: Clock
    jitter: Callable[[], float]

    async def once(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """One try, for calls that must look at the world before they are repeated."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.pool, partial(function, *args, **kwargs))

    async def __call__(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Up to six tries; the last error is raised as it is."""
        for attempt in range(1, ATTEMPTS):
            try:
                return await self.once(function, *args, **kwargs)
            except Transient:
                await self.clock.sleep(self.pause(attempt))
        return await self.once(function, *args, **kwargs)

    def pause(self, attempt: int) -> float:
        """Seconds before try `attempt` + 1: doubling, with full jitter over its upper half."""
        longest: float = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** (attempt - 1))
        return longest * (0.5 + 0.5 * self.jitter())
