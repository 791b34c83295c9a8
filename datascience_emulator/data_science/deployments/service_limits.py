"""The limits of the tenancy that model deployments count towards, and how much of each is used.

`model-deploy-count` and `ds-gpu-a10-count` are recorded (docs/service.md §10). UNVERIFIED: the other names,
which follow those of Compute, and what an inactive deployment counts.
"""

from collections.abc import Mapping

from datascience_emulator.data_science.deployments.document_parts import instance_count, pool
from datascience_emulator.data_science.offerings.compute_shapes import COMPUTE_SHAPES, ComputeShape
from datascience_emulator.store.store import Store
from datascience_emulator.wire.errors import limit_exceeded
from datascience_emulator.wire.json_values import Json

DEPLOYMENTS = "model-deploy-count"
UNREACHED = 1_000_000
"""The limit where the emulator is started without one: nobody reaches it."""

_THERE = ("CREATING", "ACTIVE", "UPDATING", "INACTIVE", "NEEDS_ATTENTION")
_STOPPED = "INACTIVE"


def _names_of(shape: ComputeShape) -> tuple[str, ...]:
    series = f"ds-{shape.limit_family}"
    if shape.gpus:
        return (f"{series}-count",)
    return (f"{series}-core-count", f"{series}-memory-count") if shape.flexible else (f"{series}-core-count",)


LIMITS: tuple[str, ...] = (
    DEPLOYMENTS,
    *sorted({name for shape in COMPUTE_SHAPES.values() for name in _names_of(shape)}),
)


def used(store: Store) -> dict[str, float]:
    """How much of each limit all deployments of the tenancy take; a limit that nothing counts towards is left
    out.
    """
    total: dict[str, float] = {}
    for record in store.in_states("deployment", _THERE):
        for name, amount in _taken(record.document, stopped=record.state == _STOPPED).items():
            total[name] = total.get(name, 0) + amount
    return total


def check_limits(store: Store, limits: Mapping[str, int], document: Json) -> None:
    """Raises 400 when one more deployment like this is more than the limits allow."""
    if not limits:
        return
    now = used(store)
    wanted = _taken(document, stopped=False)
    over = [name for name, limit in limits.items() if now.get(name, 0) + wanted.get(name, 0) > limit]
    exceeded = [name for name in over if wanted.get(name)]
    if exceeded:
        raise limit_exceeded(*exceeded)


def _taken(document: Json, *, stopped: bool) -> dict[str, float]:
    """What one deployment takes of each limit. One that is stopped has no instances."""
    instance = pool(document).get("instanceConfiguration", {})
    shape = COMPUTE_SHAPES.get(instance.get("instanceShapeName", ""))
    if shape is None or stopped:
        return {DEPLOYMENTS: 1}
    size = instance.get("modelDeploymentInstanceShapeConfigDetails") or {}
    amounts = {
        "-core-count": size.get("ocpus", shape.cores),
        "-memory-count": size.get("memoryInGBs", shape.memory),
        "-count": shape.gpus,
    }
    count = instance_count(document)
    parts = {name: name.removeprefix(f"ds-{shape.limit_family}") for name in _names_of(shape)}
    return {DEPLOYMENTS: 1, **{name: count * amounts[part] for name, part in parts.items()}}
