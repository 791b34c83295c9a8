"""What was applied to a cloud in memory, and what is there."""

from reconciler.core.model.live import GONE, Live
from reconciler.core.model.spec import Spec
from tests.support.drive import apply_on, desired, errors_of, plan_on
from tests.support.memory import MemoryCloud


def deployed(cloud: MemoryCloud, *specs: Spec, **changes: object) -> None:
    """Plan and apply; nothing may fail."""
    events = apply_on(cloud, plan_on(cloud, desired(*specs, **changes)))
    assert errors_of(events) == []


def alive(cloud: MemoryCloud) -> list[Live]:
    """The deployments that are there."""
    return [live for live in cloud.snapshot().deployments if live.state not in GONE]
