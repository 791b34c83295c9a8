"""How much of a text is shown, so that it fits: parts in several forms, of which the least important ones are
shortened first, and then left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

MAX_BYTES = 65_536
"""The largest comment that GitHub takes. Its limit is 65,536 characters; we count bytes, to be safe."""

BLANK_LINE = len("\n\n")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a text in each of its forms, the longest first; all parts of a text have as many. A form may
    be empty: then the part is not shown. `risky` parts are told apart when they are left out.
    """

    section: str
    forms: tuple[str, ...]
    risky: bool = False


@dataclass(frozen=True, slots=True)
class Fitted:
    """The parts as they are shown, by their sections; how many are left out, and how many of these are risky;
    and whether any part is shorter than it could be.
    """

    sections: dict[str, list[str]]
    hidden: int
    risky: int
    cut: bool


def fitted(parts: Sequence[Part], room: int) -> Fitted:
    """The parts, the most important first, in so many bytes of UTF-8."""
    levels = _levels(parts, room)
    sections: dict[str, list[str]] = {}
    left_out: list[Part] = []
    for part, level in zip(parts, levels, strict=True):
        if text := part.forms[level]:
            sections.setdefault(part.section, []).append(text)
        elif any(part.forms):
            left_out.append(part)
    risky = sum(part.risky for part in left_out)
    return Fitted(sections, len(left_out), risky, any(levels))


def _levels(parts: Sequence[Part], room: int) -> list[int]:
    """Which form each part gets, so that all of them fit together: always from the least important one on."""
    sizes = [[len(form.encode()) + BLANK_LINE if form else 0 for form in part.forms] for part in parts]
    levels = [0] * len(parts)
    total = sum(size[0] for size in sizes)
    for level in range(1, max((len(size) for size in sizes), default=0)):
        for index in reversed(range(len(parts))):
            if total <= room:
                return levels
            total += sizes[index][level] - sizes[index][level - 1]
            levels[index] = level
    return levels
