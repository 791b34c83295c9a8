"""Orders for faults: the next calls, or the work that they start, fail or wait as ordered.

They are for tests of how a client reacts. Orders are kept in memory, so a restart forgets them. This module
decides which call or work meets which order. `effects` has what that does to a call, `lifecycle` what it does
to work.
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
    """CAPACITY, BOOTSTRAP, DIGEST and TIMEOUT make work fail that starts model servers: none is started, and
    the servers from before stay. HOLD keeps any work IN_PROGRESS, and STUCK keeps it ACCEPTED, both until
    `Orders.release`.

    The others concern calls. LIMIT_EXCEEDED and QUOTA_EXCEEDED (400), NOT_AUTHENTICATED (401), NOT_AUTHORIZED
    (404, as if the resource did not exist), TOO_MANY_REQUESTS (429), CONFLICT (409 IncorrectState),
    INTERNAL_ERROR (500) and UNAVAILABLE (503) refuse the call, and nothing is done. RESET_BEFORE resets the
    connection before anything is done, RESET_AFTER after everything is done and committed, so that only the
    answer is lost. SLOW answers late. CLOCK refuses the call with 401, as the service does when its clock and
    the caller's differ; the date of the answer is off by the order's seconds.
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
    CLOCK = "clock"
    TOO_MANY_REQUESTS = "too-many-requests"
    CONFLICT = "conflict"
    INTERNAL_ERROR = "internal-error"
    UNAVAILABLE = "unavailable"
    RESET_BEFORE = "reset-before"
    RESET_AFTER = "reset-after"
    SLOW = "slow"


OF_STARTS = {Fault.CAPACITY, Fault.BOOTSTRAP, Fault.DIGEST, Fault.TIMEOUT}
"""The faults of work that starts model servers. Each has a message of its own."""
_OF_CALLS = set(Fault) - OF_STARTS - {Fault.HOLD, Fault.STUCK}

# The service's own words for a container that never became healthy (docs/service.md §2.2).
BOOTSTRAP_ERROR = "Errors occurred while bootstrapping the Model Deployment."
_CAPACITY_ERROR = "There is currently no capacity for the specified shape. Choose a different shape or region"
# UNVERIFIED: that the service finds this out during the work and not in the call, and the wording.
_DIGEST_ERROR = "The container image was not found: no image of the repository has the given imageDigest."
# The service's words, with the most that DEPLOYMENT_TIMEOUT_IN_MINUTES allows (docs/service.md §2.2).
_TIMEOUT_ERROR = "Workflow timed out. Maximum runtime was: 240 minutes."
_MESSAGES = {
    Fault.CAPACITY: ("OUT_OF_CAPACITY", _CAPACITY_ERROR),
    Fault.BOOTSTRAP: ("BOOTSTRAP_FAILED", BOOTSTRAP_ERROR),
    Fault.DIGEST: ("IMAGE_NOT_FOUND", _DIGEST_ERROR),
    Fault.TIMEOUT: ("WORKFLOW_TIMED_OUT", _TIMEOUT_ERROR),
}


class OrderedFault(Exception):
    """Work fails because a fault was ordered. `code` and `message` are those of the work request's error; no
    source names the codes.
    """

    def __init__(self, fault: Fault) -> None:
        self.code, self.message = _MESSAGES[fault]
        super().__init__(self.message)


@dataclass(frozen=True, slots=True)
class Order:
    """The next `times` calls (0: all) of the operations that `operation` names meet `fault`, each with the
    given `probability` (0 to 1).

    `operation`: a pattern for names of the SDK's methods, such as `list_*`. `deployment`: only calls for this
    deployment (an OCID). `seconds`: how late a SLOW answer is, or how far off the CLOCK. `lasts`: instead of
    `times`, all calls within this many seconds after the first one that meets the order. `limit`: the name of
    the limit that is exceeded.
    """

    fault: Fault
    operation: str = "*"
    deployment: str | None = None
    times: int = 1
    probability: float = 1.0
    seconds: float = 1.0
    lasts: float = 0.0
    limit: str = "model-deploy-count"

    def fits(self, operation: str, subject: str | None) -> bool:
        return fnmatchcase(operation, self.operation) and self.deployment in (None, subject)


@dataclass(frozen=True, slots=True)
class _Open:
    """An open order. `ends`: when an order that lasts ends, once the first call has met it."""

    order: Order
    ends: float = math.inf


class Orders:
    """The orders that are still open, oldest first, and the work that is held."""

    def __init__(
        self,
        orders: Iterable[Order] = (),
        chance: Callable[[], float] = random.random,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`chance` returns a random number from 0 to below 1, `now` the seconds of a clock that never goes
        back.
        """
        self._open, self._chance, self._now = [_Open(order) for order in orders], chance, now
        self._held: dict[asyncio.Event, tuple[str, asyncio.AbstractEventLoop]] = {}

    @property
    def pending(self) -> tuple[Order, ...]:
        now = self._now()
        return tuple(entry.order for entry in list(self._open) if now < entry.ends)

    @property
    def held(self) -> tuple[str, ...]:
        """The OCIDs of the resources whose work is held."""
        return tuple(subject for subject, _ in list(self._held.values()))

    def add(self, order: Order) -> None:
        self._open.append(_Open(order))

    def clear(self) -> None:
        """Forget all orders. Work that is held already stays held."""
        self._open.clear()

    def release(self) -> None:
        """Let all held work go on. May be called from any thread."""
        for event, (_, loop) in list(self._held.items()):
            loop.call_soon_threadsafe(event.set)

    def meet(self, operation: str, subject: str | None) -> Order | None:
        """The order that an arriving call meets, if any."""
        return self._take(operation, subject, _OF_CALLS)

    def strike(self, operation: str, subject: str) -> None:
        """Called when work is about to start servers. Raises OrderedFault if an order makes it fail."""
        order = self._take(operation, subject, OF_STARTS)
        if order is not None:
            raise OrderedFault(order.fault)

    async def wait(self, fault: Fault, operation: str, subject: str) -> None:
        """Called when work is about to begin (STUCK), or has begun (HOLD). Returns at once, or, if an order
        holds the work, when it is released.
        """
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
        for index, entry in enumerate(self._open):
            order = entry.order
            if now >= entry.ends or order.fault not in faults or not order.fits(operation, subject):
                continue
            if order.probability < 1 and self._chance() >= order.probability:
                continue
            self._open[index : index + 1] = _left_of(entry, now)
            return order
        return None


def _left_of(entry: _Open, now: float) -> list[_Open]:
    """What remains open once `entry` has been met."""
    order = entry.order
    if order.lasts:
        return [_Open(order, min(entry.ends, now + order.lasts))]
    if order.times == 1:
        return []
    return [_Open(replace(order, times=order.times - 1))] if order.times else [entry]
