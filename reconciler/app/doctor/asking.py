"""Asks a target many questions at once. Each ends with its answer, or with the error that it met."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import ParamSpec, TypeAlias, TypeVar

from reconciler.adapters.oci.examining import Examination
from reconciler.core.model.configuration import LogRef
from reconciler.core.model.errors import NotSeen, ReconcilerError
from reconciler.core.model.views.checkup import LogState
from reconciler.core.planning.doctor.words import is_refusal

P = ParamSpec("P")
T = TypeVar("T")
Answer: TypeAlias = Future[T | ReconcilerError]

LogAnswer: TypeAlias = tuple[LogState | ReconcilerError, ReconcilerError | None]

THREADS = 16
"""The most questions that wait at the same time."""

WHOLE_SECONDS = 120.0
"""Questions are asked for so long: one is bounded, and hundreds of a service that hangs must be, too."""


@contextmanager
def asking(examination: Examination, elapsed: Callable[[], float] = time.monotonic) -> Iterator["Asking"]:
    """Ask questions; the end waits for all answers."""
    with ThreadPoolExecutor(THREADS) as pool:
        yield Asking(pool, examination, elapsed, elapsed() + WHOLE_SECONDS)


@dataclass(frozen=True, slots=True)
class Asking:
    """Questions to one target, each on a thread of its own, until the clock `elapsed` is at `end`."""

    pool: ThreadPoolExecutor
    examination: Examination
    elapsed: Callable[[], float]
    end: float

    def of(self, question: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Answer[T]:
        """The answer to a question, once it is there."""
        return self.pool.submit(self._answer, partial(question, *args, **kwargs))

    def _answer(self, question: Callable[[], T]) -> T | ReconcilerError:
        if self.elapsed() >= self.end:
            return NotSeen("other answers took too long, so that it was not asked any more")
        try:
            return question()
        except ReconcilerError as error:
            return error

    def log(self, log: LogRef) -> Future[LogAnswer]:
        """The log, and where that is refused, why its group cannot be read either."""

        def look() -> LogAnswer:
            seen = self._answer(lambda: self.examination.log(log.group, log.log))
            if not is_refusal(seen):
                return seen, None
            group = self._answer(lambda: self.examination.log_group(log.group))
            return seen, group

        return self.pool.submit(look)
