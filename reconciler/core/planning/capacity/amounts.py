"""Sums of which a part may be unknown. What is unknown is counted by its name, so that it is neither guessed
nor lost, and cancels out where it stays the same.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, TypeAlias

Number: TypeAlias = Decimal | int | float


def exact(number: Number) -> Decimal:
    """A number as people wrote it: 0.1 is a tenth."""
    return number if isinstance(number, Decimal) else Decimal(str(number))


class Unknown(NamedTuple):
    """Something without a known number: `what` names it for people, and `part` says of what it is counted."""

    what: str
    part: str = ""


class Bound(StrEnum):
    """What the known number says of the whole."""

    EXACT = "exact"
    AT_LEAST = "atLeast"
    AT_MOST = "atMost"
    PART = "part"


@dataclass(frozen=True, slots=True)
class Amount:
    """A known number and, sorted, how many there are of each thing that has none."""

    known: Decimal = Decimal(0)
    unknown: tuple[tuple[Unknown, Decimal], ...] = ()

    @classmethod
    def of(cls, number: Number | None, otherwise: Unknown, count: Number = 1) -> "Amount":
        """This number; or, if it is None, so many of something unknown."""
        if number is not None:
            return cls(exact(number))
        return cls(unknown=_counted([(otherwise, exact(count))]))

    def __add__(self, other: "Amount") -> "Amount":
        unknown = [*self.unknown, *other.unknown]
        return Amount(self.known + other.known, _counted(unknown) if unknown else ())

    def __sub__(self, other: "Amount") -> "Amount":
        return self + other.times(-1)

    def times(self, count: Number) -> "Amount":
        """So many of it."""
        factor = exact(count)
        unknown = _counted([(key, number * factor) for key, number in self.unknown])
        return Amount(self.known * factor, unknown)

    def or_more(self, other: "Amount") -> "Amount":
        """The least that is no less than either: of each part, the larger one."""
        ours, theirs = dict(self.unknown), dict(other.unknown)
        zero = Decimal(0)
        larger = ((key, max(ours.get(key, zero), theirs.get(key, zero))) for key in {*ours, *theirs})
        return Amount(max(self.known, other.known), _counted(larger))

    @property
    def bound(self) -> Bound:
        """What the known number says of the whole: nothing unknown is less than nothing."""
        if not self.unknown:
            return Bound.EXACT
        if all(number > 0 for _, number in self.unknown):
            return Bound.AT_LEAST
        return Bound.AT_MOST if all(number < 0 for _, number in self.unknown) else Bound.PART


def _counted(parts: Iterable[tuple[Unknown, Decimal]]) -> tuple[tuple[Unknown, Decimal], ...]:
    counts: dict[Unknown, Decimal] = {}
    for key, number in parts:
        counts[key] = counts.get(key, Decimal(0)) + number
    return tuple(sorted((key, number) for key, number in counts.items() if number))


@dataclass(frozen=True, slots=True)
class Span:
    """An amount at the least number of instances, and at the most."""

    least: Amount = Amount()
    most: Amount = Amount()

    def with_each(self, other: "Span", act: Callable[[Amount, Amount], Amount]) -> "Span":
        """What `act` makes of the amounts of both, at the least and at the most."""
        return Span(act(self.least, other.least), act(self.most, other.most))
