"""How calls to the service are tried again: how long to wait, and when to stop. Which errors are worth it is
a type, `Transient`. Downloads, catalog marks and probes have rules of their own.

The SDK's own retries stay off: they spin for about 93 s on a deployment that is merely busy (docs/service.md
§5.6).
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import ParamSpec, TypeVar

from reconciler.core.model.errors import Transient
from reconciler.engine.ports import Clock

P = ParamSpec("P")
T = TypeVar("T")

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 20.0
LONGEST_RETRY_AFTER_SECONDS = 120.0
"""The longest pause that the service may ask for (Retry-After)."""

OUTAGE_SECONDS = 15 * 60.0
"""After an outage of this length a deployment's run ends, without a rollback (docs/updates.md, "When the
service cannot be asked").
"""

TOLD_AFTER_SECONDS = 5.0
"""An outage that lasts longer is reported."""


def _nobody(message: str) -> None:
    """The default for `tell`: nobody listens."""


@dataclass(slots=True)
class Patience:
    """How long to try again after errors that may pass: `limit` seconds from the first error, at `began`."""

    clock: Clock
    jitter: Callable[[], float]
    limit: float
    tell: Callable[[str], None] = _nobody
    began: float | None = None

    async def after(self, error: Transient, attempt: int) -> None:
        """Pause after try number `attempt` (from 1). Raises the error when the outage has lasted too long."""
        failed_at = self.clock.now()
        self.began = failed_at if self.began is None else self.began
        lasted = failed_at - self.began
        if lasted >= self.limit:
            raise error
        if lasted >= TOLD_AFTER_SECONDS:
            self.tell(f"no good answer for {lasted:.0f} s, trying again ({error})")
        await self.clock.sleep(pause(attempt, self.jitter(), error.answer.retry_after))


def pause(attempt: int, jitter: float, retry_after: float | None = None) -> float:
    """Seconds before try `attempt` + 1: doubling, with full jitter over its upper half; more where the
    service asks for more.
    """
    longest: float = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** (min(attempt, 10) - 1))
    return max(longest * (0.5 + 0.5 * jitter), min(retry_after or 0.0, LONGEST_RETRY_AFTER_SECONDS))


@dataclass(frozen=True, slots=True)
class Caller:
    """Calls a blocking function in the pool, again after `Transient` errors, for `limit` seconds. `jitter`
    gives numbers from 0 to 1; `tell` is told of an outage that lasts.
    """

    pool: Executor
    clock: Clock
    jitter: Callable[[], float]
    limit: float = OUTAGE_SECONDS
    tell: Callable[[str], None] = _nobody

    async def once(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """One try, for callers that must look before they try again."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.pool, partial(function, *args, **kwargs))

    async def __call__(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Try again and again; the last error is raised as it is."""
        patience, attempt = self.patience(), 0
        while True:
            attempt += 1
            try:
                return await self.once(function, *args, **kwargs)
            except Transient as error:
                await patience.after(error, attempt)

    def patience(self) -> Patience:
        """For a caller that has its own way to try again."""
        return Patience(self.clock, self.jitter, self.limit, self.tell)

    def pause(self, attempt: int) -> float:
        """Seconds before try `attempt` + 1."""
        return pause(attempt, self.jitter())
