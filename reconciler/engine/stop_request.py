"""The request to end a run early: from a signal, or from whoever runs it.

It must not end anything itself: the steps of each deployment look at it between two writes, so that nothing
is left half done.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class StopRequest:
    """Made once, and never taken back."""

    made: asyncio.Event = field(default_factory=asyncio.Event)

    def request(self) -> None:
        """Call it in the thread of the event loop: finish or roll back the step at hand, then end."""
        self.made.set()

    @property
    def requested(self) -> bool:
        """Whether the run is to end."""
        return self.made.is_set()

    async def unless_requested(self, work: Coroutine[Any, Any, T], error: Callable[[], Exception]) -> T:
        """What `work` returns. Once the run is to end, `work` is dropped, and `error` is raised."""
        task, stopping = asyncio.create_task(work), asyncio.create_task(self.made.wait())
        try:
            await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done() or (task.cancelled() and self.requested):
                raise error()
            return task.result()
        finally:
            task.cancel()
            stopping.cancel()
            await asyncio.gather(task, stopping, return_exceptions=True)
