"""The wish that a run ends early: a signal, or whoever runs it.

It must not end anything itself: each deployment's chain looks at it between two writes, so that nothing is
left half done.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class Stop:
    """Asked for once, and never taken back."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)

    def request(self) -> None:
        """From the thread of the event loop: finish or undo the step in hand, then end."""
        self.asked.set()

    @property
    def requested(self) -> bool:
        """Whether the run is to end."""
        return self.asked.is_set()

    async def unless_asked(self, work: Coroutine[Any, Any, T], instead: Callable[[], Exception]) -> T:
        """What `work` returns; once the run is to end it is dropped, and `instead` is raised."""
        task, asked = asyncio.create_task(work), asyncio.create_task(self.asked.wait())
        try:
            await asyncio.wait({task, asked}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done() or (task.cancelled() and self.requested):
                raise instead()
            return task.result()
        finally:
            for one in (task, asked):
                one.cancel()
            await asyncio.gather(task, asked, return_exceptions=True)
