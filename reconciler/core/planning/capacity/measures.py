"""What machines add up to: instances, OCPUs, memory, GPUs, and money where there are prices."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import reduce

from reconciler.core.model.configuration import Instance
from reconciler.core.model.machines import Machines
from reconciler.core.planning.capacity.amounts import Amount, Span, Unknown
from reconciler.core.planning.capacity.compute_shapes import size_of
from reconciler.core.planning.capacity.prices import Prices, hourly_price

BANDWIDTH = "bandwidth that the service chooses"


class Unit(StrEnum):
    """What is counted, by its name in documents."""

    INSTANCES = "instances"
    OCPUS = "ocpus"
    MEMORY = "memoryGBs"
    GPUS = "gpus"
    MONEY = "money"


COUNTED = tuple(unit for unit in Unit if unit is not Unit.MONEY)
"""All that is no money."""


@dataclass(frozen=True, slots=True)
class Measures:
    """One span for each unit, in their order; money is that of an hour, and zero without prices."""

    spans: tuple[Span, ...] = (Span(),) * len(Unit)

    def __getitem__(self, unit: Unit) -> Span:
        return self.spans[tuple(Unit).index(unit)]

    def __add__(self, other: "Measures") -> "Measures":
        return self._with_each(other, Amount.__add__)

    def __sub__(self, other: "Measures") -> "Measures":
        return self._with_each(other, Amount.__sub__)

    def or_more(self, other: "Measures") -> "Measures":
        """The least that is no less than either."""
        return self._with_each(other, Amount.or_more)

    def _with_each(self, other: "Measures", act: Callable[[Amount, Amount], Amount]) -> "Measures":
        pairs = zip(self.spans, other.spans, strict=True)
        return Measures(tuple(ours.with_each(theirs, act) for ours, theirs in pairs))


NOTHING = Measures()


def total_of(measures: Iterable[Measures]) -> Measures:
    """All of them together."""
    return reduce(Measures.__add__, measures, NOTHING)


def measured(machines: Machines, prices: Prices | None) -> Measures:
    """What runs of these machines: nothing when they are stopped."""
    if machines.stopped:
        return NOTHING
    instances = instances_of(machines.instance, machines.least, machines.most, prices)
    bandwidth = _bandwidth(machines, prices)
    return instances + Measures((*(Span() for _ in COUNTED), bandwidth))


def instances_of(instance: Instance, least: int, most: int, prices: Prices | None) -> Measures:
    """So many instances."""
    size, what = size_of(instance), Unknown(instance.shape)
    price = Amount() if prices is None else hourly_price(instance, prices)
    one = (Amount(Decimal(1)), *(Amount.of(number, what) for number in size), price)
    return Measures(tuple(Span(amount.times(least), amount.times(most)) for amount in one))


def not_known(what: str, prices: Prices | None) -> Measures:
    """One thing of which nothing is known."""
    span = Span(*(2 * (Amount.of(None, Unknown(what)),)))
    return Measures((*(span for _ in COUNTED), Span() if prices is None else span))


def _bandwidth(machines: Machines, prices: Prices | None) -> Span:
    if prices is None or prices.mbps is None:
        return Span()
    if machines.bandwidth is None:
        return Span(*(2 * (Amount.of(None, Unknown(BANDWIDTH)),)))
    least, most = machines.bandwidth.minimum, machines.bandwidth.maximum
    rate = Amount(prices.mbps)
    return Span(rate.times(least), rate.times(least if most is None else most))
