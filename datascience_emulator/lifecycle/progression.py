"""How fast asynchronous work moves through its steps: at once, as clients look at it, or over time.

Real work, such as starting servers, takes its own time; a progression only adds to that. A key is the OCID of
the resource that is being worked on.
"""

import asyncio
import math
from contextlib import suppress
from dataclasses import dataclass, field

_ROUNDING = 1e-9  # of shares such as 2/3


class Progression:
    """What all have in common. By default, nothing waits."""

    def begun(self, key: str) -> None:
        """Work on the resource `key` has begun."""

    def seen(self, key: str) -> None:
        """A client has read the resource `key`."""

    async def pause(self, key: str, before: float, until: float) -> None:
        """Return when the part of the work from `before` to `until` (shares of it, 0 to 1) may count as
        done.
        """

    def forget(self, key: str) -> None:
        """The work on `key` is over."""

    def end(self) -> None:
        """Another progression replaces this one: nothing has to wait any more."""


class Immediate(Progression):
    def __str__(self) -> str:
        return "immediate"


@dataclass(slots=True)
class Seconds(Progression):
    """Work takes `total` seconds longer, spread over its steps by their pace."""

    total: float
    _ended: asyncio.Event = field(default_factory=asyncio.Event, compare=False)

    def __str__(self) -> str:
        return f"seconds:{self.total:g}"

    async def pause(self, key: str, before: float, until: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self.total * (until - before)):
                await self._ended.wait()

    def end(self) -> None:
        self._ended.set()


@dataclass(slots=True)
class Reads(Progression):
    """Work ends only when clients have read the resource (get or list) `total` times since it began. Reads
    of resources without work are not counted.
    """

    total: int
    _counts: dict[str, int] = field(default_factory=dict)
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    def __str__(self) -> str:
        return f"reads:{self.total}"

    def begun(self, key: str) -> None:
        self._counts[key] = 0

    def seen(self, key: str) -> None:
        if key in self._counts:
            self._counts[key] += 1
            self._wake()

    async def pause(self, key: str, before: float, until: float) -> None:
        # There is no count if it began under another progression, or if other work on the resource has ended.
        while self._counts.setdefault(key, 0) < math.ceil(self.total * until - _ROUNDING):
            await self._moved.wait()

    def forget(self, key: str) -> None:
        self._counts.pop(key, None)
        self._wake()

    def end(self) -> None:
        self.total = 0
        self._wake()

    def _wake(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()


def parse_progression(text: str) -> Progression:
    """`immediate`, `reads:N` or `seconds:T`; ValueError says what is allowed."""
    kind, _, amount = text.partition(":")
    try:
        match kind:
            case "immediate" if not amount:
                return Immediate()
            case "reads" if int(amount) >= 0:
                return Reads(int(amount))
            case "seconds" if float(amount) >= 0:
                return Seconds(float(amount))
    except ValueError:
        pass
    raise ValueError(f"progression {text!r}: use 'immediate', 'reads:N' (whole number) or 'seconds:T'")
