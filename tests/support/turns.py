"""Takes turns: several runs at once against one cloud, each stopped before a call of our choice. So every
interleaving of a few calls can be tried, and is the same each time.
"""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from tests.support.memory import Killed

DEADLINE_SECONDS = 60.0
ALL = 1_000_000


class Turn:
    """One run: `act` gets its own way to the cloud, and goes on only as far as it is let."""

    def __init__(self, cloud: Any, act: Callable[[Any], Any]) -> None:
        self._cloud, self._condition = cloud, threading.Condition()
        self._left, self._at_rest, self._dead = 0, False, False
        self.calls: list[str] = []
        self.result: Any = None
        self.ended = False
        self._thread = threading.Thread(target=self._run, args=(act,), daemon=True)
        self._thread.start()

    def go(self, calls: int = ALL) -> None:
        """Let it make so many calls; it stands before the next one then, or has ended."""
        if calls == 0:
            return
        with self._condition:
            self._left, self._at_rest = calls, False
            self._condition.notify_all()
            rests = self._condition.wait_for(lambda: self.ended or self._at_rest, DEADLINE_SECONDS)
            assert rests, f"it does not get on after {self.calls}"

    def kill(self) -> None:
        """It dies where it stands."""
        with self._condition:
            self._dead = True
            self._condition.notify_all()
        self._thread.join(DEADLINE_SECONDS)

    def _run(self, act: Callable[[Any], Any]) -> None:
        try:
            self.result = act(Gate(self._cloud, self._before))
        except BaseException as error:
            self.result = error
        with self._condition:
            self.ended = True
            self._condition.notify_all()

    def _before(self, operation: str) -> None:
        with self._condition:
            if self._left <= 0:
                self._at_rest = True
                self._condition.notify_all()
            self._condition.wait_for(lambda: self._left > 0 or self._dead)
            if self._dead:
                raise Killed
            self._left -= 1
            self.calls.append(operation)


class Gate:
    """Fits the engine's `Cloud`, as the cloud behind it does."""

    def __init__(self, cloud: Any, before: Callable[[str], None]) -> None:
        self._cloud, self._before = cloud, before

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        return partial(self._call, operation)

    def _call(self, operation: str, *args: Any, **more: Any) -> Any:
        self._before(operation)
        return getattr(self._cloud, operation)(*args, **more)
