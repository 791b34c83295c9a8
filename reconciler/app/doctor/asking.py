"""Asks a target many questions at once. Each ends with its answer, or with the error that it met."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from reconciler.adapters.oci.examining import Examination
from reconciler.core.model.configuration import LogRef
from reconciler.core.model.errors import ReconcilerError
from reconciler.core.model.views.checkup import (
    CompartmentState,
    LimitLeft,
    LogState,
    OfferedShape,
    PrivateEndpointState,
    Route,
)

T = TypeVar("T")
Answer: TypeAlias = Future[T | ReconcilerError]

LogAnswer: TypeAlias = tuple[LogState | ReconcilerError, ReconcilerError | None]

THREADS = 16
"""The most questions that wait at the same time."""


@contextmanager
def asking(examination: Examination) -> Iterator["Asking"]:
    """Ask questions; the end waits for all answers."""
    with ThreadPoolExecutor(THREADS) as pool:
        yield Asking(pool, examination)


@dataclass(frozen=True, slots=True)
class Asking:
    """Questions to one target, each on a thread of its own."""

    pool: ThreadPoolExecutor
    examination: Examination

    def of(self, question: Callable[[], T]) -> Answer[T]:
        """Any question."""

        def answer() -> T | ReconcilerError:
            try:
                return question()
            except ReconcilerError as error:
                return error

        return self.pool.submit(answer)

    def read(self, operation: str) -> Answer[None]:
        return self.of(lambda: self.examination.read(operation))

    def compartment(self) -> Answer[CompartmentState]:
        return self.of(self.examination.compartment_state)

    def shapes(self) -> Answer[dict[str, OfferedShape]]:
        return self.of(self.examination.shapes)

    def limit_names(self) -> Answer[frozenset[str]]:
        return self.of(self.examination.limit_names)

    def limit_left(self, name: str) -> Answer[LimitLeft]:
        return self.of(lambda: self.examination.limit_left(name))

    def private_endpoint(self, ocid: str) -> Answer[PrivateEndpointState]:
        return self.of(lambda: self.examination.private_endpoint(ocid))

    def route(self, address: str) -> Answer[Route]:
        return self.of(lambda: self.examination.route(address))

    def log(self, log: LogRef) -> Future[LogAnswer]:
        """The log, and where that is refused, why its group cannot be read either."""

        def look() -> LogAnswer:
            try:
                return self.examination.log(log.group, log.log), None
            except ReconcilerError as error:
                refused = error
            try:
                self.examination.log_group(log.group)
            except ReconcilerError as error:
                return refused, error
            return refused, None

        return self.pool.submit(look)
