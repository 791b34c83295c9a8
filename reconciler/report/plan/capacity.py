"""What a plan changes in capacity and cost: the words for it, and its place in the JSON document."""

from collections.abc import Callable, Iterator
from decimal import Decimal

from reconciler.core.model.configuration import Json
from reconciler.core.planning.capacity.amounts import Amount, Bound, Span
from reconciler.core.planning.capacity.changes import CapacityChange, PlanCapacity
from reconciler.core.planning.capacity.measures import COUNTED, Measures, Unit
from reconciler.core.planning.capacity.prices import HOURS_PER_MONTH, Prices

NAMES = {
    Unit.INSTANCES: ("instances ", ""),
    Unit.OCPUS: ("OCPUs ", ""),
    Unit.MEMORY: ("memory ", " GB"),
    Unit.GPUS: ("GPUs ", ""),
}
"""What stands before the number of a unit, and behind it."""

BOUNDS = {
    Bound.EXACT: "",
    Bound.AT_LEAST: "at least ",
    Bound.AT_MOST: "at most ",
    Bound.PART: "of the known part ",
}


def capacity_lines(change: CapacityChange | None, prices: Prices | None) -> Iterator[str]:
    """What is to be said of one deployment: capacity, cost, and what is not known of them."""
    if change is not None:
        yield from _lines(change, prices, "", "")


def total_lines(capacity: PlanCapacity) -> Iterator[str]:
    """The same of all deployments together, with where the prices are from."""
    prices = capacity.prices
    about = f" of {HOURS_PER_MONTH} hours; prices of {prices.date} ({prices.path})" if prices else ""
    if capacity.deployments:
        yield from _lines(capacity.total, prices, "in all, ", about)


def _lines(change: CapacityChange, prices: Prices | None, total: str, about: str) -> Iterator[str]:
    parts = [", ".join(words for unit in COUNTED if (words := _delta_words(change.delta[unit], unit)))]
    needed = ", ".join(words for unit in COUNTED if (words := _meanwhile_words(change, unit)))
    parts += [f"for a while up to {needed} more than now"] if needed else []
    if any(parts):
        yield f"{total}capacity: {'; '.join(filter(None, parts))}"
    if change.unknown:
        yield f"{total}not known: {', '.join(change.unknown)}"
    if prices is not None:
        if words := _span_words(change.delta[Unit.MONEY], _money_words(prices, about)):
            yield f"{total}cost: {words}"
        if needed_money := change.meanwhile(Unit.MONEY):
            words = _amount_words(needed_money, lambda number: f"{number:,.4f} {prices.currency} per hour")
            yield f"{total}cost for a while: up to {words} more than now, if the service bills all of it"
        if change.unpriced:
            yield f"{total}no price for {', '.join(change.unpriced)}"


def _delta_words(span: Span, unit: Unit) -> str:
    before, behind = NAMES[unit]
    words = _span_words(span, lambda number: f"{_tidy(number):+,}{behind}")
    return words and before + words


def _meanwhile_words(change: CapacityChange, unit: Unit) -> str:
    before, behind = NAMES[unit]
    amount = change.meanwhile(unit)
    return (
        "" if amount is None else before + _amount_words(amount, lambda number: f"{_tidy(number):,}{behind}")
    )


def _money_words(prices: Prices, about: str) -> Callable[[Decimal], str]:
    def words(number: Decimal) -> str:
        per_month = f"{number * HOURS_PER_MONTH:+,.2f} {prices.currency} per month{about}"
        return f"{number:+,.4f} {prices.currency} per hour, {per_month}"

    return words


def _span_words(span: Span, words: Callable[[Decimal], str]) -> str:
    """A difference; empty where there is none."""
    if span.least != span.most:
        return f"min {_amount_words(span.least, words)}, max {_amount_words(span.most, words)}"
    return "" if span.most == Amount() else _amount_words(span.most, words)


def _amount_words(amount: Amount, words: Callable[[Decimal], str]) -> str:
    if amount.unknown and not amount.known:
        return "not known"
    return BOUNDS[amount.bound] + words(amount.known)


def _tidy(number: Decimal) -> Decimal | int:
    """Without needless decimals."""
    whole = number.to_integral_value()
    return int(whole) if whole == number else number.normalize()


# -- JSON


def capacity_document(capacity: PlanCapacity) -> dict[str, Json]:
    """Instances, OCPUs, memory and GPUs; no money, so that it is the same whatever the prices are."""
    deployments: list[Json] = [
        {"name": name, "ocid": ocid, **_counted_document(change)}
        for (name, ocid), change in capacity.deployments.items()
    ]
    return {"total": _counted_document(capacity.total), "deployments": deployments}


def cost_document(capacity: PlanCapacity, prices: Prices) -> dict[str, Json]:
    """Money, as texts with all decimals, and the prices that it was computed with."""
    deployments: list[Json] = [
        {"name": name, "ocid": ocid, **_cost_document(change)}
        for (name, ocid), change in capacity.deployments.items()
    ]
    return {
        "currency": prices.currency,
        "date": prices.date,
        "path": prices.path,
        "source": prices.source,
        "hoursPerMonth": HOURS_PER_MONTH,
        "bandwidth": prices.mbps is not None,
        "total": _cost_document(capacity.total),
        "deployments": deployments,
    }


def _counted_document(change: CapacityChange) -> dict[str, Json]:
    needs: dict[str, Json] = {
        unit.value: _amount_document(amount, _number)
        for unit in COUNTED
        if (amount := change.meanwhile(unit)) is not None
    }
    return {
        "before": _measures_document(change.before),
        "after": _measures_document(change.after),
        "delta": _measures_document(change.delta),
        "meanwhile": needs or None,
        "unknown": list(change.unknown),
    }


def _measures_document(measures: Measures) -> dict[str, Json]:
    return {unit.value: _span_document(measures[unit], _number) for unit in COUNTED}


def _cost_document(change: CapacityChange) -> dict[str, Json]:
    needed = change.meanwhile(Unit.MONEY)
    return {
        "perHour": _money_document(change, 1),
        "perMonth": _money_document(change, HOURS_PER_MONTH),
        "meanwhilePerHour": None if needed is None else _amount_document(needed, _text),
        "noPrice": list(change.unpriced),
    }


def _money_document(change: CapacityChange, hours: int) -> dict[str, Json]:
    parts = {"before": change.before, "after": change.after, "delta": change.delta}
    return {
        key: _span_document(measures[Unit.MONEY], lambda number: _text(number * hours))
        for key, measures in parts.items()
    }


def _span_document(span: Span, write: Callable[[Decimal], Json]) -> dict[str, Json]:
    return {"least": _amount_document(span.least, write), "most": _amount_document(span.most, write)}


def _amount_document(amount: Amount, write: Callable[[Decimal], Json]) -> dict[str, Json]:
    return {"known": write(amount.known), "bound": amount.bound.value}


def _number(number: Decimal) -> Json:
    tidy = _tidy(number)
    return tidy if isinstance(tidy, int) else float(tidy)


def _text(number: Decimal) -> Json:
    return f"{_tidy(number):f}" if number != number.to_integral_value() else str(_tidy(number))
