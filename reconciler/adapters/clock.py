"""The real clock. Tests pass another one of the same shape."""

import asyncio
import time


class RealClock:
    """Fits `engine.ports.Clock`, where its methods are described."""

    def now(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def utc(self) -> float:
        return time.time()
