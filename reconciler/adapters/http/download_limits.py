"""How much, how long and how often a download may take."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from reconciler.core.model.artifact import LARGEST_ARTIFACT


@dataclass(frozen=True, slots=True)
class DownloadBounds:
    """`size`: the most bytes of a file, which are those that the catalog takes for an artifact. A connection
    that brings fewer than `least` bytes within `window` seconds is cut: that is the rate of a telephone line.
    `whole`: seconds in which the whole file has to come.
    """

    size: int = LARGEST_ARTIFACT
    least: int = 1 << 20
    window: float = 300.0
    whole: float = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class DownloadPatience:
    """A download ends after so many `attempts` in a row that bring nothing new. Between them it waits `pause`
    seconds, then twice as long each time, or as long as the server asks, and never more than `longest`.
    `timeout`: seconds to connect, and between two packets. `now`: seconds of the epoch; `elapsed`: seconds of
    a clock that is never set.
    """

    attempts: int = 5
    pause: float = 1.0
    longest: float = 60.0
    timeout: tuple[float, float] = (10.0, 60.0)
    bounds: DownloadBounds = DownloadBounds()
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time
    elapsed: Callable[[], float] = time.monotonic

    def pause_after(self, vain: int, retry_after: float | None) -> float:
        """Seconds to wait after so many attempts that brought nothing; `retry_after`: as the server asks."""
        usual = self.pause * 2.0 ** max(0, vain - 1)
        return min(self.longest, usual if retry_after is None else retry_after)
