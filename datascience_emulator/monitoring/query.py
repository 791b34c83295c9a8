"""The supported part of the Monitoring Query Language: one metric and one statistic.

    Metric[interval]{dimension = "value", …}.groupBy(dimension, …).statistic()

Pure. Syntax, operators and statistics: docs.oracle.com, Monitoring/Reference/mql.htm. Comparisons, joins,
nested queries, absent(), `||` and the other functions are refused. UNVERIFIED: that rate() of a count is the
sum per second.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from datascience_emulator.telemetry.metrics import Series, Values
from datascience_emulator.wire.errors import invalid

_QUERY = re.compile(
    r"\s*(?P<metric>[A-Za-z][\w.$-]*)\s*"
    r"\[\s*(?P<interval>\w+)\s*\]\s*"
    r'(?:\{(?P<predicates>(?:[^"}]|"[^"]*")*)\}\s*)?'
    r"(?:\.\s*(?P<grouping>groupBy|grouping)\s*\((?P<by>[^()]*)\)\s*)?"
    r"\.\s*(?P<statistic>\w+)\s*\((?P<argument>[^()]*)\)\s*"
)
_PREDICATE = re.compile(r'\s*(\w+)\s*(=~|!=|=)\s*"([^"]*)"\s*')
_UNITS = {"m": (60, 60), "h": (3600, 24), "d": (86400, 1)}
"""Unit → its seconds, and how many of it are allowed."""

Statistic = Callable[[Values, int], float]
_STATISTICS: Mapping[str, Statistic] = {
    "count": lambda values, seconds: float(values.total()),
    "sum": lambda values, seconds: _sum(values),
    "mean": lambda values, seconds: _sum(values) / values.total(),
    "min": lambda values, seconds: min(values),
    "max": lambda values, seconds: max(values),
    "rate": lambda values, seconds: _sum(values) / seconds,
}


@dataclass(frozen=True, slots=True)
class Predicate:
    dimension: str
    operator: str
    value: str

    def holds(self, dimensions: Mapping[str, str]) -> bool:
        actual = dimensions.get(self.dimension)
        if self.operator == "!=":
            return actual != self.value
        patterns = [self.value] if self.operator == "=" else self.value.split("|")
        return actual is not None and any(_fits(actual, pattern, self.operator) for pattern in patterns)


@dataclass(frozen=True, slots=True)
class Query:
    """`grouped`: the dimensions that stay separate; None for all of them. `statistic`: takes the observations
    of an interval and its seconds.
    """

    metric: str
    seconds: int
    predicates: tuple[Predicate, ...]
    grouped: tuple[str, ...] | None
    statistic: Statistic

    def stream(self, series: Series) -> Mapping[str, str] | None:
        """The dimensions by which `series` is counted; None when a predicate excludes it."""
        dimensions = dict(series.dimensions)
        if not all(predicate.holds(dimensions) for predicate in self.predicates):
            return None
        if self.grouped is None:
            return dimensions
        return {name: dimensions[name] for name in self.grouped if name in dimensions}


def parse(text: str) -> Query:
    """Raises a ServiceError 400 for text that is not a query, or not a supported one."""
    match = _QUERY.fullmatch(text)
    if match is None:
        raise invalid(
            f"query: {text!r} is not understood; the form is "
            'Metric[1m]{dimension = "value"}.groupBy(dimension).statistic()'
        )
    return Query(
        match["metric"],
        interval(match["interval"]),
        _predicates(match["predicates"] or ""),
        _grouped(match["grouping"], match["by"]),
        _statistic(match["statistic"], match["argument"].strip()),
    )


def interval(text: str) -> int:
    """The seconds of an interval from 1m to 60m, 1h to 24h, or 1d."""
    match = re.fullmatch(r"(\d{1,2})([mhd])", text)
    if match is None or not 1 <= int(match[1]) <= _UNITS[match[2]][1]:
        raise invalid(f"interval {text!r}: must be 1m to 60m, 1h to 24h, or 1d")
    return int(match[1]) * _UNITS[match[2]][0]


def _predicates(text: str) -> tuple[Predicate, ...]:
    if not text.strip():
        return ()
    predicates, position = [], 0
    while match := _PREDICATE.match(text, position):
        predicates.append(Predicate(match[1], match[2], match[3]))
        position = match.end()
        if position == len(text):
            return tuple(predicates)
        position += 2 if text.startswith("&&", position) else 1 if text.startswith(",", position) else 0
        if position == match.end():
            break
    raise invalid(f'query: {{{text}}} must be dimension = "value", … with =, != or =~')


def _grouped(function: str | None, arguments: str | None) -> tuple[str, ...] | None:
    names = tuple(name.strip() for name in (arguments or "").split(",") if name.strip())
    if function == "groupBy" and not names:
        raise invalid("query: groupBy() needs a dimension; grouping() takes all together")
    if function == "grouping" and names:
        raise invalid("query: grouping() takes no dimension; use groupBy()")
    return names if function else None


def _statistic(name: str, argument: str) -> Statistic:
    if name == "percentile":
        return _percentile(argument)
    if name not in _STATISTICS or argument:
        raise invalid(
            f"query: .{name}({argument}) is none of {', '.join(f'{known}()' for known in _STATISTICS)}, "
            "percentile(p) with p over 0 and up to 1"
        )
    return _STATISTICS[name]


def _percentile(argument: str) -> Statistic:
    share = float(argument) if re.fullmatch(r"0?\.[0-9]{1,9}|1(\.0)?", argument) else 0.0
    if not share:
        raise invalid(f"query: percentile({argument}) needs a number over 0 and up to 1, such as 0.95")

    def nearest(values: Values, seconds: int) -> float:
        rank, seen = math.ceil(share * values.total()), 0
        for value in sorted(values):
            seen += values[value]
            if seen >= rank:
                break
        return value

    return nearest


def _sum(values: Values) -> float:
    return math.fsum(value * times for value, times in values.items())


def _fits(actual: str, pattern: str, operator: str) -> bool:
    return actual == pattern if operator == "=" else fnmatchcase(actual, pattern)
