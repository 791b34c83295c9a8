"""Work that several deployments of a run need, done once: who comes second waits for the first."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass, field
from typing import Any

from reconciler.core.model.errors import Interrupted


@dataclass(slots=True)
class OncePerRun:
    """`running` is all work of this run, by what it makes, also when it has ended. None is begun when it is
    `closed`. `interrupted` says what did not come about then.
    """

    interrupted: str
    running: "dict[Hashable, asyncio.Task[str]]" = field(default_factory=dict)
    closed: bool = False

    async def do(self, key: Hashable, work: Callable[[], Coroutine[Any, Any, str]]) -> str:
        """The result of this work, which begins unless this run has begun it already."""
        if key not in self.running:
            if self.closed:
                raise Interrupted(self.interrupted)
            self.running[key] = asyncio.create_task(work())
        return await self.result(key)

    async def result(self, key: Hashable) -> str:
        """The result of work that has begun; whoever waits may end earlier."""
        task = self.running[key]
        await asyncio.wait({task})
        if task.cancelled():
            raise Interrupted(self.interrupted)
        return task.result()

    def done(self, key: Hashable) -> str | None:
        """The result of work that has ended well; None of any other."""
        task = self.running.get(key)
        return task.result() if task and _ended_well(task) else None

    def forget(self, result: str) -> None:
        """What has ended with this result holds no more: whoever needs it lets it be done anew."""
        for key, task in list(self.running.items()):
            if _ended_with(task, result):
                del self.running[key]

    def close(self) -> None:
        """Cancel what is running, and begin nothing new."""
        self.closed = True
        for task in self.running.values():
            task.cancel()

    async def ended(self) -> None:
        """Wait for the end of what is running, however it ends."""
        await asyncio.gather(*self.running.values(), return_exceptions=True)


def _ended_with(task: "asyncio.Task[str]", result: str) -> bool:
    return _ended_well(task) and task.result() == result


def _ended_well(task: "asyncio.Task[str]") -> bool:
    return task.done() and not task.cancelled() and task.exception() is None
