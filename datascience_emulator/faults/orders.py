"""Faults that are ordered up: the next calls, or the work that they start, fail or stand still as asked.

For tests of what a client does then. Orders live in memory: a restart forgets them. Which order meets what is
decided here; what it does to a call lies in `faults`, what it does to work in `lifecycle`.
"""

import asyncio
import math
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from fnmatch import fnmatchcase


class Fault(StrEnum):
    """CAPACITY, BOOTSTRAP, DIGEST and TIMEOUT strike work that starts model servers; none is started then,
    and what served before serves on. HOLD keeps any work IN_PROGRESS, STUCK keeps it ACCEPTED, both until
    `Orders.release`.

    The others strike a call. LIMIT_EXCEEDED and QUOTA_EXCEEDED (400), NOT_AUTHENTICATED (401), NOT_AUTHORIZED
    (404, as if it were not there), TOO_MANY_REQUESTS (429), CONFLICT (409 IncorrectState), INTERNAL_ERROR
    (500) and UNAVAILABLE (503) answer it with nothing done. RESET_BEFORE resets the connection with nothing
    done, RESET_AFTER when everything is done and committed: the answer is lost. SLOW answers late.
    """

    CAPACITY = "capacity"
    BOOTSTRAP = "bootstrap"
    DIGEST = "digest"
    TIMEOUT = "timeout"
    HOLD = "hold"
    STUCK = "stuck"
    LIMIT_EXCEEDED = "limit-exceeded"
    QUOTA_EXCEEDED = "quota-exceeded"
    NOT_AUTHENTICATED = "not-authenticated"
    NOT_AUTHORIZED = "not-authorized"
    TOO_MANY_REQUESTS = "too-many-requests"
    CONFLICT = "conflict"
    INTERNAL_ERROR = "internal-error"
    UNAVAILABLE = "unavailable"
    RESET_BEFORE = "reset-before"
    RESET_AFTER = "reset-after"
    SLOW = "slow"


_OF_STARTS = {Fault.CAPACITY, Fault.BOOTSTRAP, Fault.DIGEST, Fault.TIMEOUT}
_OF_CALLS = set(Fault) - _OF_STARTS - {Fault.HOLD, Fault.STUCK}

# The service's own words for a container that never became healthy (docs/service.md §2.2).
BOOTSTRAP_ERROR = "Errors occurred while bootstrapping the Model Deployment."
_CAPACITY_ERROR = "There is currently no capacity for the specified shape. Choose a different shape or region"
# UNVERIFIED: that the service finds out in the work, not in the call, and the words.
_DIGEST_ERROR = "The container image was not found: no image of the repository has the given imageDigest."
# The service's words; the most that DEPLOYMENT_TIMEOUT_IN_MINUTES allows (docs/service.md §2.2).
_TIMEOUT_ERROR = "Workflow timed out. Maximum runtime was: 240 minutes."
_MESSAGES = {
    Fault.CAPACITY: ("OUT_OF_CAPACITY", _CAPACITY_ERROR),
    Fault.BOOTSTRAP: ("BOOTSTRAP_FAILED", BOOTSTRAP_ERROR),
    Fault.DIGEST: ("IMAGE_NOT_FOUND", _DIGEST_ERROR),
    Fault.TIMEOUT: ("WORKFLOW_TIMED_OUT", _TIMEOUT_ERROR),
}


class OrderedFault(Exception):
    """Work fails because that was ordered. `code` and `message` as a work request error has them; no source
    names the codes.
    """

    def __init__(self, fault: Fault) -> None:
        self.code, self.message = _MESSAGES[fault]
        super().__init__(self.message)


@dataclass(frozen=True, slots=True)
class Order:
    """The next `times` (0: all) of the operations that `operation` names meet `fault`, each with the given
    `probability` (0 to 1).

    `operation`: a pattern over the names that the SDK's methods have, such as `list_*`. `deployment`: only
    those on this one (an OCID). `seconds`: how late a SLOW answer is. `lasts`: not `times` many, but all for
    so many seconds, from the first one that meets it.
    """

    fault: Fault
    operation: str = "*"
    deployment: str | None = None
    times: int = 1
    probability: float = 1.0
    seconds: float = 1.0
    lasts: float = 0.0

    def fits(self, operation: str, subject: str | None) -> bool:
        return fnmatchcase(operation, self.operation) and self.deployment in (None, subject)


@dataclass(frozen=True, slots=True)
class _Open:
    """An order, and when one that lasts ends; nobody knows before it is met."""

    order: Order
    ends: float = math.inf


class Orders:
    """The orders that are still open, oldest first, and the work that is held."""

    def __init__(
        self,
        given: Iterable[Order] = (),
        chance: Callable[[], float] = random.random,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`chance` returns a number from 0 up to, not including, 1; `now` seconds that never go back."""
        self._open, self._chance, self._now = [_Open(one) for one in given], chance, now
        self._held: dict[asyncio.Event, tuple[str, asyncio.AbstractEventLoop]] = {}

    @property
    def pending(self) -> tuple[Order, ...]:
        now = self._now()
        return tuple(one.order for one in list(self._open) if now < one.ends)

    @property
    def held(self) -> tuple[str, ...]:
        """The OCIDs of what is held work is done on."""
        return tuple(subject for subject, _ in list(self._held.values()))

    def add(self, order: Order) -> None:
        self._open.append(_Open(order))

    def clear(self) -> None:
        """Forget what is ordered; what is held already stays held."""
        self._open.clear()

    def release(self) -> None:
        """Let what is held go on. From any thread."""
        for event, (_, loop) in list(self._held.items()):
            loop.call_soon_threadsafe(event.set)

    def meet(self, operation: str, subject: str | None) -> Order | None:
        """A call arrives: what it meets, if anything."""
        return self._take(operation, subject, _OF_CALLS)

    def strike(self, operation: str, subject: str) -> None:
        """Work is about to start servers. Raises OrderedFault if it is to fail."""
        order = self._take(operation, subject, _OF_STARTS)
        if order is not None:
            raise OrderedFault(order.fault)

    async def wait(self, fault: Fault, operation: str, subject: str) -> None:
        """Work is about to begin (STUCK), or has begun (HOLD). Returns at once unless it is to be held."""
        if self._take(operation, subject, {fault}) is None:
            return
        event = asyncio.Event()
        self._held[event] = (subject, asyncio.get_running_loop())
        try:
            await event.wait()
        finally:
            del self._held[event]

    def _take(self, operation: str, subject: str | None, faults: set[Fault]) -> Order | None:
        now = self._now()
        for index, one in enumerate(self._open):
            order = one.order
            if now >= one.ends or order.fault not in faults or not order.fits(operation, subject):
                continue
            if order.probability < 1 and self._chance() >= order.probability:
                continue
            self._open[index : index + 1] = _left_of(one, now)
            return order
        return None


def _left_of(one: _Open, now: float) -> list[_Open]:
    """What is open once `one` has been met."""
    order = one.order
    if order.lasts:
        return [_Open(order, min(one.ends, now + order.lasts))]
    if order.times == 1:
        return []
    return [_Open(replace(order, times=order.times - 1))] if order.times else [one]
