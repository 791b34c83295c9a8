"""The real clock; whoever needs time in a test passes another one of the same shape."""

import asyncio
import time


class RealClock:
    """Monotonic seconds, and sleep that lets other tasks run."""

    def now(self) -> float:
        """Seconds from some fixed moment, never going back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Let others run for so long."""
        await asyncio.sleep(seconds)

    def utc(self) -> float:
        """Seconds since 1970."""
        return time.time()
