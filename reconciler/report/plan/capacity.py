"""What a plan changes in capacity and cost: the words for it, and its place in the JSON document."""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

from reconciler.core.model.configuration import Json
from reconciler.core.planning.capacity.amounts import Amount, Bound, Span
from reconciler.core.planning.capacity.changes import CapacityChange, PlanCapacity
from reconciler.core.planning.capacity.measures import COUNTED, Unit
from reconciler.core.planning.capacity.prices import HOURS_PER_MONTH, Prices

UNITS = {
    Unit.INSTANCES: ("instance", "instances"),
    Unit.OCPUS: ("OCPU", "OCPUs"),
    Unit.MEMORY: ("GB", "GB"),
    Unit.GPUS: ("GPU", "GPUs"),
}
"""What one of a unit is called, and several."""

OF_SHAPE = {
    Unit.INSTANCES: "instances",
    Unit.OCPUS: "OCPUs",
    Unit.MEMORY: "memory",
    Unit.GPUS: "GPUs",
}
"""What a compute shape has of a unit."""

BOUNDS = {
    Bound.EXACT: "",
    Bound.AT_LEAST: "at least ",
    Bound.AT_MOST: "at most ",
    Bound.PART: "as far as known ",
}
MIN_TO_MAX = ", min to max"


def capacity_lines(change: CapacityChange | None, prices: Prices | None) -> Iterator[str]:
    """What is to be said of one deployment: capacity, cost, and what is not known of them."""
    if change is not None:
        yield from _lines(change, prices, "")


def total_lines(capacity: PlanCapacity) -> Iterator[str]:
    """The same of all deployments together, if there are several, and where the prices are from."""
    prices = capacity.prices
    if len(capacity.deployments) > 1:
        yield from _lines(capacity.total, prices, "In all, ")
    if capacity.deployments and prices is not None:
        what = "instances and bandwidth" if prices.mbps is not None else "instances"
        about = f"the prices of {prices.date} ({prices.path})"
        yield f"Cost of {what} by {about}; a month has {HOURS_PER_MONTH} hours"


def _lines(change: CapacityChange, prices: Prices | None, total: str) -> Iterator[str]:
    counted = {unit: words for unit in COUNTED if (words := _delta_words(change.delta[unit], unit))}
    needed = [words for unit in COUNTED if (words := _needed_words(change.meanwhile(unit), unit))]
    parts = [", ".join(counted.values())] if counted else []
    parts += [f"for a while up to {', '.join(needed)} more than now"] if needed else []
    if parts:
        yield f"{total}capacity{_min_to_max(change, counted)}: {'; '.join(parts)}"
    for what, units in change.unknown(COUNTED):
        yield f"{total}not known: {_unknown_words(what, units)}"
    if prices is not None:
        yield from _cost_lines(change, prices, total)


def _cost_lines(change: CapacityChange, prices: Prices, total: str) -> Iterator[str]:
    delta, needed = change.delta[Unit.MONEY], change.meanwhile(Unit.MONEY)
    if _is_known(delta):
        per_hour = _span_words(delta, lambda money: f"{money:+,.4f}")
        per_month = _span_words(delta, lambda money: f"{money * HOURS_PER_MONTH:+,.2f}")
        money = f"{per_hour} {prices.currency} per hour, {per_month} {prices.currency} per month"
        yield f"{total}cost{_min_to_max(change, (Unit.MONEY,))}: {money}"
    if needed is not None and needed.known:
        most = f"{BOUNDS[needed.bound]}{needed.known:,.4f} {prices.currency} per hour"
        yield f"{total}cost for a while: up to {most} more than now, if the service bills all of it"
    for what, _ in change.unknown((Unit.MONEY,)):
        yield f"{total}no price for {what}"


def _is_known(span: Span) -> bool:
    """Whether there is something to say: it is neither nothing, nor wholly unknown."""
    return bool(span.least.known or span.most.known)


def _delta_words(span: Span, unit: Unit) -> str:
    return f"{_span_words(span, _signed)} {_name(span.most.known, unit)}" if _is_known(span) else ""


def _needed_words(amount: Amount | None, unit: Unit) -> str:
    if amount is None or not amount.known:
        return ""
    return f"{BOUNDS[amount.bound]}{_tidy(amount.known):,} {_name(amount.known, unit)}"


def _span_words(span: Span, words: Callable[[Decimal], str]) -> str:
    """A difference; that of the minimum and that of the maximum where they are two."""
    amounts = (span.most,) if span.least == span.most else (span.least, span.most)
    return " to ".join(BOUNDS[amount.bound] + words(amount.known) for amount in amounts)


def _min_to_max(change: CapacityChange, units: Iterable[Unit]) -> str:
    return MIN_TO_MAX if any(change.delta[unit].least != change.delta[unit].most for unit in units) else ""


def _unknown_words(what: str, units: tuple[Unit, ...]) -> str:
    if units == COUNTED:
        return what
    *most, last = (OF_SHAPE[unit] for unit in units)
    return f"{', '.join(most)}{' and ' if most else ''}{last} of {what}"


def _name(number: Decimal, unit: Unit) -> str:
    one, several = UNITS[unit]
    return one if abs(number) == 1 else several


def _signed(number: Decimal) -> str:
    return f"{_tidy(number):+,}"


def _tidy(number: Decimal) -> Decimal | int:
    """Without needless decimals."""
    whole = number.to_integral_value()
    return int(whole) if whole == number else number.normalize()


# -- JSON


def capacity_document(capacity: PlanCapacity) -> dict[str, Json]:
    """Instances, OCPUs, memory and GPUs; no money, so that it is the same whatever the prices are."""
    return _document(capacity, _counted_document)


def cost_document(capacity: PlanCapacity, prices: Prices) -> dict[str, Json]:
    """Money, as texts with all decimals, and the prices that it was computed with."""
    return {
        "currency": prices.currency,
        "date": prices.date,
        "path": prices.path,
        "source": prices.source,
        "hoursPerMonth": HOURS_PER_MONTH,
        "bandwidth": prices.mbps is not None,
        **_document(capacity, _cost_document),
    }


def _document(capacity: PlanCapacity, write: Callable[[CapacityChange], dict[str, Json]]) -> dict[str, Json]:
    deployments: list[Json] = [
        {"name": name, "ocid": ocid, **write(change)} for (name, ocid), change in capacity.deployments.items()
    ]
    return {"total": write(capacity.total), "deployments": deployments}


def _counted_document(change: CapacityChange) -> dict[str, Json]:
    needed: dict[str, Json] = {
        unit.value: _number(amount.known)
        for unit in COUNTED
        if (amount := change.meanwhile(unit)) is not None
    }
    unknown: list[Json] = [
        {"what": what, "of": [unit.value for unit in units]} for what, units in change.unknown(COUNTED)
    ]
    return {
        "delta": {unit.value: _span_document(change.delta[unit], _number) for unit in COUNTED},
        "meanwhile": needed,
        "unknown": unknown,
    }


def _cost_document(change: CapacityChange) -> dict[str, Json]:
    delta, needed = change.delta[Unit.MONEY], change.meanwhile(Unit.MONEY)
    return {
        "perHour": _span_document(delta, _text),
        "perMonth": _span_document(delta, lambda money: _text(money * HOURS_PER_MONTH)),
        "meanwhilePerHour": None if needed is None else _text(needed.known),
        "noPrice": [what for what, _ in change.unknown((Unit.MONEY,))],
    }


def _span_document(span: Span, write: Callable[[Decimal], Json]) -> dict[str, Json]:
    known = {"least": write(span.least.known), "most": write(span.most.known)}
    bounds = {amount.bound for amount in (span.least, span.most)} - {Bound.EXACT}
    if not bounds:
        return known
    return {**known, "bound": (bounds.pop() if len(bounds) == 1 else Bound.PART).value}


def _number(number: Decimal) -> Json:
    tidy = _tidy(number)
    return tidy if isinstance(tidy, int) else float(tidy)


def _text(number: Decimal) -> Json:
    return f"{number.normalize():f}"
