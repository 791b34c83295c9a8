"""Prices as values, and what one instance costs in an hour. No file is read here."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from reconciler.core.model.configuration import Instance
from reconciler.core.planning.capacity.amounts import Amount, Unknown, exact
from reconciler.core.planning.capacity.compute_shapes import size_of

HOURS_PER_MONTH = 744
"""Hours of the longest month, 31 days: Oracle's own price list counts months so (docs/capacity.md)."""

BASELINES = {
    None: Decimal(1),
    "BASELINE_1_1": Decimal(1),
    "BASELINE_1_2": Decimal("0.5"),
    "BASELINE_1_8": Decimal("0.125"),
}
"""The share of its OCPUs that a burstable instance is billed for (docs/service.md §1.6)."""


@dataclass(frozen=True, slots=True)
class ShapePrice:
    """What an hour of a compute shape costs: of one instance, or of its OCPUs, GB of memory and GPUs. What is
    None costs nothing of its own.
    """

    ocpu: Decimal | None = None
    memory_gb: Decimal | None = None
    gpu: Decimal | None = None
    instance: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Prices:
    """A table of prices, and where it comes from. `mbps` is the price of an hour of one Mbps of bandwidth;
    None where bandwidth is not priced.
    """

    path: str
    currency: str
    date: str
    shapes: Mapping[str, ShapePrice]
    mbps: Decimal | None = None
    source: str = ""


def hourly_price(instance: Instance, prices: Prices) -> Amount:
    """What an hour of one instance costs; unknown where the table, or its size, does not say."""
    price, size = prices.shapes.get(instance.shape), size_of(instance)
    share = BASELINES.get(instance.cpu_baseline)
    if price is None:
        return _unpriced(instance)
    if price.instance is not None:
        return Amount(price.instance)
    total = Decimal(0)
    parts = (
        (price.ocpu, size.ocpus, share),
        (price.memory_gb, size.memory_gbs, Decimal(1)),
        (price.gpu, size.gpus, Decimal(1)),
    )
    for rate, number, billed in parts:
        if rate is None:
            continue
        if number is None or billed is None:
            return _unpriced(instance)
        total += rate * exact(number) * billed
    return Amount(total)


def _unpriced(instance: Instance) -> Amount:
    """An instance without a price, counted by its OCPUs and memory where these may change."""
    if instance.ocpus is None or instance.memory_gbs is None:
        return Amount.of(None, Unknown(instance.shape, "instance"))
    baseline = instance.cpu_baseline or ""
    ocpus = Amount.of(None, Unknown(instance.shape, f"OCPU {baseline}"), instance.ocpus)
    return ocpus + Amount.of(None, Unknown(instance.shape, "GB"), instance.memory_gbs)
