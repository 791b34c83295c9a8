"""Failures that are ordered up: the next operations on deployments fail, or stand still, as asked.

For tests of what a client does then. Orders live in memory: a restart forgets them. How a failure looks to
clients is decided here; what it does to a deployment, in `lifecycle`.
"""

import asyncio
from dataclasses import dataclass, replace
from enum import StrEnum


class Failure(StrEnum):
    """CAPACITY, BOOTSTRAP and DIGEST strike work that starts model servers; none is started then, and what
    served before serves on. HOLD keeps any work IN_PROGRESS until `Orders.release`.
    """

    CAPACITY = "capacity"
    BOOTSTRAP = "bootstrap"
    DIGEST = "digest"
    HOLD = "hold"


class Target(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    ACTIVATE = "activate"


# The service's own words for a container that never became healthy (docs/service.md §2.2).
BOOTSTRAP_ERROR = "Errors occurred while bootstrapping the Model Deployment."
_CAPACITY_ERROR = "There is currently no capacity for the specified shape. Choose a different shape or region"
# UNVERIFIED: that the service finds out in the work, not in the call, and the words.
_DIGEST_ERROR = "The container image was not found: no image of the repository has the given imageDigest."
_MESSAGES = {
    Failure.CAPACITY: ("OUT_OF_CAPACITY", _CAPACITY_ERROR),
    Failure.BOOTSTRAP: ("BOOTSTRAP_FAILED", BOOTSTRAP_ERROR),
    Failure.DIGEST: ("IMAGE_NOT_FOUND", _DIGEST_ERROR),
}


class OrderedFailure(Exception):
    """Work fails because that was ordered. `code` and `message` as a work request error has them; no source
    names the codes.
    """

    def __init__(self, failure: Failure) -> None:
        self.code, self.message = _MESSAGES[failure]
        super().__init__(self.message)


@dataclass(frozen=True, slots=True)
class Order:
    """The next `times` operations of the kind `operation` (None: any), on `deployment` (an OCID; None: any),
    meet `failure`.
    """

    failure: Failure
    operation: Target | None = None
    deployment: str | None = None
    times: int = 1

    def fits(self, operation: Target, deployment: str) -> bool:
        return self.operation in (None, operation) and self.deployment in (None, deployment)


class Orders:
    """The orders that are still open, oldest first, and the work that is held."""

    def __init__(self) -> None:
        self._open: list[Order] = []
        self._held: dict[asyncio.Event, tuple[str, asyncio.AbstractEventLoop]] = {}

    @property
    def pending(self) -> tuple[Order, ...]:
        return tuple(self._open)

    @property
    def held(self) -> tuple[str, ...]:
        """The OCIDs of the deployments whose work is held."""
        return tuple(deployment for deployment, _ in list(self._held.values()))

    def add(self, order: Order) -> None:
        self._open.append(order)

    def clear(self) -> None:
        """Forget what is ordered; what is held already stays held."""
        self._open.clear()

    def release(self) -> None:
        """Let what is held go on. From any thread."""
        for event, (_, loop) in list(self._held.items()):
            loop.call_soon_threadsafe(event.set)

    def strike(self, operation: Target, deployment: str) -> None:
        """Work is about to start servers. Raises OrderedFailure if it is to fail."""
        failures = (Failure.CAPACITY, Failure.BOOTSTRAP, Failure.DIGEST)
        order = self._take(operation, deployment, failures)
        if order is not None:
            raise OrderedFailure(order.failure)

    async def wait(self, operation: Target, deployment: str) -> None:
        """Work begins. Returns at once unless it is to be held."""
        if self._take(operation, deployment, (Failure.HOLD,)) is None:
            return
        event = asyncio.Event()
        self._held[event] = (deployment, asyncio.get_running_loop())
        try:
            await event.wait()
        finally:
            del self._held[event]

    def _take(self, operation: Target, deployment: str, failures: tuple[Failure, ...]) -> Order | None:
        for index, order in enumerate(self._open):
            if order.failure in failures and order.fits(operation, deployment):
                left = replace(order, times=order.times - 1)
                self._open[index : index + 1] = [left] if left.times else []
                return order
        return None
