"""How a plan changes what runs: before, after, and the most on the way. It follows the steps, so it says what
`apply` does and nothing else.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from reconciler.core.model.machines import Machines, machines_of
from reconciler.core.planning.capacity.amounts import Amount
from reconciler.core.planning.capacity.measures import (
    NOTHING,
    Measures,
    Unit,
    instances_of,
    measured,
    not_known,
    total_of,
)
from reconciler.core.planning.capacity.prices import Prices
from reconciler.core.planning.plan import DeploymentPlan, Plan
from reconciler.core.planning.steps import (
    ActivateDeployment,
    CreateDeployment,
    DeactivateDeployment,
    DeleteDeployment,
    Step,
    UpdateDeployment,
)

CHANGING = (CreateDeployment, UpdateDeployment, ActivateDeployment, DeactivateDeployment, DeleteDeployment)
"""The steps after which other machines may run. After all but a creation it is known what there is."""

Places = Mapping[str, Machines]
"""What there is of a deployment on the way, by OCID; empty for a new one, which has none yet."""


@dataclass(frozen=True, slots=True)
class CapacityChange:
    """What runs before and after, and the most that may run on the way."""

    before: Measures = NOTHING
    after: Measures = NOTHING
    peak: Measures = NOTHING

    @property
    def delta(self) -> Measures:
        """What is there more in the end."""
        return self.after - self.before

    def meanwhile(self, unit: Unit) -> Amount | None:
        """How much more than before may be needed on the way; None when it is never more than before, or in
        the end.
        """
        before, peak = self.before[unit].most, self.peak[unit].most
        return None if peak == before.or_more(self.after[unit].most) else peak - before

    def unknown(self, units: Iterable[Unit]) -> tuple[tuple[str, tuple[Unit, ...]], ...]:
        """What there is no number for, by its name, and of which of these units."""
        found: dict[str, list[Unit]] = {}
        for unit in units:
            span, needed = self.delta[unit], self.meanwhile(unit) or Amount()
            keys = (key for amount in (span.least, span.most, needed) for key, _ in amount.unknown)
            for what in sorted({key.what for key in keys}):
                found.setdefault(what, []).append(unit)
        return tuple((what, tuple(found[what])) for what in sorted(found))

    @property
    def empty(self) -> bool:
        """Whether there is nothing to say."""
        return self.delta == NOTHING and all(self.meanwhile(unit) is None for unit in Unit)


@dataclass(frozen=True, slots=True)
class PlanCapacity:
    """The changes of each deployment that changes what runs, by name and OCID, and all of them together. On
    the way, all may be at their peak at once; deletions come last.
    """

    total: CapacityChange
    deployments: Mapping[tuple[str, str], CapacityChange]
    prices: Prices | None = None

    def of(self, item: DeploymentPlan) -> CapacityChange | None:
        """The change of one deployment; None where there is nothing to say."""
        return self.deployments.get((item.name, item.ocid))


def capacity_of(plan: Plan, prices: Prices | None = None) -> PlanCapacity:
    """What the plan changes, with money where there are prices."""
    planned = [item for item in plan.deployments if item.steps]
    every = [change_of(item, prices) for item in planned]
    total = CapacityChange(
        total_of(change.before for change in every),
        total_of(change.after for change in every),
        total_of(change.peak for change in every),
    )
    told = {
        (item.name, item.ocid): change
        for item, change in zip(planned, every, strict=True)
        if not change.empty
    }
    return PlanCapacity(total, told, prices)


def change_of(item: DeploymentPlan, prices: Prices | None = None) -> CapacityChange:
    """What the steps of one deployment change."""
    left = not_known(item.machines_unknown, prices) if item.machines_unknown else NOTHING
    start: Places = {item.ocid: item.machines} if item.machines else {}
    before = _all(start, prices) + left
    peak, places = before, start
    for step in item.steps:
        if isinstance(step, CHANGING):
            beside = _all(places, prices) + left + _temporary(step, prices)
            left = left if isinstance(step, CreateDeployment) else NOTHING
            places = _after(step, places)
            peak = peak.or_more(beside).or_more(_all(places, prices) + left)
    return CapacityChange(before, _all(places, prices) + left, peak)


def _all(places: Places, prices: Prices | None) -> Measures:
    return total_of(measured(machines, prices) for machines in places.values())


def _after(step: Step, places: Places) -> Places:
    match step:
        case CreateDeployment():
            return {**places, "": machines_of(step.configuration)}
        case UpdateDeployment():
            old = places.get(step.ocid)
            stopped = old is not None and old.stopped
            return {**places, step.ocid: machines_of(step.configuration, stopped=stopped)}
        case ActivateDeployment() | DeactivateDeployment() if step.ocid in places:
            stopped = isinstance(step, DeactivateDeployment)
            return {**places, step.ocid: replace(places[step.ocid], stopped=stopped)}
        case DeleteDeployment():
            return {ocid: machines for ocid, machines in places.items() if ocid != step.ocid}
        case _:
            return places


def _temporary(step: Step, prices: Prices | None) -> Measures:
    """What a rolling update needs beside what runs: up to so many instances more."""
    if not isinstance(step, UpdateDeployment) or step.temporary is None:
        return NOTHING
    return instances_of(step.temporary.instance, 0, step.temporary.instances, prices)
