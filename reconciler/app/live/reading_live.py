"""Reads what is live: deployments, and why some of them are not well."""

import random
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import ParamSpec, TypeVar

from reconciler.adapters.clock import RealClock
from reconciler.app.connecting import ReachedTarget
from reconciler.app.interrupting import run_woken
from reconciler.core.model.desired import Desired
from reconciler.core.model.errors import NotFound
from reconciler.core.model.live import IN_FLIGHT, Live, Snapshot
from reconciler.core.planning.events import Event
from reconciler.core.planning.run_scope import UNWELL, concerned, failed_as_desired, unwell
from reconciler.engine import settling
from reconciler.engine.retry import Caller

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")

PLAN_OUTAGE_SECONDS = 15.0
"""How long a service that does not answer is asked again: a person is waiting for the plan."""

READERS = 8
"""How many live artifacts, or deployments, are read at the same time."""

MOST_WAITS = 10
"""How often a plan waits for changes of somebody else before it is made in spite of them."""

Tell = Callable[[Event], None]
"""Tells the user about an event."""


def read_cloud(reached: ReachedTarget) -> Snapshot:
    """Everything that is live, as the lists of the service show it."""
    return patiently(reached.cloud.snapshot)


def read_holders(reached: ReachedTarget, snapshot: Snapshot) -> Snapshot:
    """The snapshot with the members of all model groups, for whoever is to delete what they may hold."""
    return patiently(reached.cloud.with_members, snapshot) if snapshot.unread_groups else snapshot


def read_settled_cloud(reached: ReachedTarget, desired: Desired, tell: Tell) -> Snapshot:
    """The same, after waiting for changes that somebody else has begun on deployments of this plan. When one
    change ends, that other run may begin the next at once, so it looks and waits several times, but no longer
    than `settling.OTHERS_WORK_SECONDS` altogether.
    """
    snapshot, clock = read_cloud(reached), RealClock()
    deadline = clock.now() + settling.OTHERS_WORK_SECONDS
    for _ in range(MOST_WAITS):
        left, changing = deadline - clock.now(), in_flight(desired, snapshot)
        if left <= 0 or not changing:
            break
        wait = settling.wait_until_settled(reached.cloud, clock, random.random, changing, tell, left)
        run_woken(wait)
        snapshot = read_cloud(reached)
    return snapshot


def in_flight(desired: Desired, snapshot: Snapshot) -> dict[str, str]:
    """The deployments of this plan that somebody is changing right now: names by OCID."""
    return {live.ocid: name for name, live in concerned(desired, snapshot) if live.state in IN_FLIGHT}


def with_reasons(reached: ReachedTarget, desired: Desired, snapshot: Snapshot) -> Snapshot:
    """The snapshot, with the service's reasons for those deployments of this plan that are not well."""
    read = {live.ocid: live for live in with_details(reached, unwell(desired, snapshot))}
    failed = [read.get(live.ocid, live) for live in failed_as_desired(desired, snapshot)]
    read |= {live.ocid: live for live in at_once(partial(_with_errors, reached), failed)}
    if not read:
        return snapshot
    return replace(snapshot, deployments=tuple(read.get(live.ocid, live) for live in snapshot.deployments))


def with_details(reached: ReachedTarget, deployments: Sequence[Live]) -> list[Live]:
    """These deployments. Those that are not well get their details, which lists do not have."""
    return at_once(partial(_with_details, reached), deployments)


def _with_details(reached: ReachedTarget, live: Live) -> Live:
    if live.state not in UNWELL:
        return live
    try:
        return replace(live, details=patiently(reached.cloud.get_deployment, live.ocid)[0].details)
    except NotFound:
        return live


def _with_errors(reached: ReachedTarget, live: Live) -> Live:
    return replace(live, errors=patiently(reached.cloud.last_failure, live.ocid).errors)


def at_once(read: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """What is read of each, in their order, several at the same time."""
    with ThreadPoolExecutor(READERS) as pool:
        return list(pool.map(read, items))


def patiently(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call the service, and call again after errors that may pass, for `PLAN_OUTAGE_SECONDS`."""
    with ThreadPoolExecutor(1) as pool:
        caller = Caller(pool, RealClock(), random.random, PLAN_OUTAGE_SECONDS)
        return run_woken(caller(function, *args, **kwargs))
