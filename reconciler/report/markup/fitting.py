"""How much of a text is shown, so that it fits: parts in several forms, of which the least important ones are
shortened first, and then left out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

MAX_BYTES = 65_536
"""The largest comment that GitHub takes. Its limit is 65,536 characters; we count bytes, to be safe."""

BLANK_LINE = len("\n\n")


@dataclass(frozen=True, slots=True)
class TextPart:
    """A part of a text. `write` gives it in each of its forms, by number: the longest is 0, and the last one
    is nothing at all. It is asked only for those that may be shown. `risky` parts are told apart when they
    are left out.
    """

    section: str
    write: Callable[[int], str]
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


def fitted(parts: Sequence[TextPart], room: int, forms: int) -> Fitted:
    """The parts, the most important first, of which each has so many forms, in so many bytes of UTF-8: as
    many of the first ones as fit in a longer form, and the others in the next shorter one.
    """

    @cache
    def text(at: int, form: int) -> str:
        return parts[at].write(form) if form < forms - 1 else ""

    longest, shorter = _longest(lambda at, form: _size(text(at, form)), len(parts), room, forms)
    sections: dict[str, list[str]] = {}
    left_out: list[TextPart] = []
    for at, part in enumerate(parts):
        if shown := text(at, longest + (at >= shorter)):
            sections.setdefault(part.section, []).append(shown)
        else:
            left_out.append(part)
    return Fitted(
        sections, len(left_out), sum(part.risky for part in left_out), longest > 0 or shorter < len(parts)
    )


def _longest(size: Callable[[int, int], int], number: int, room: int, forms: int) -> tuple[int, int]:
    """The longest form that fits for some, and the part from which on it has to be the next shorter one."""
    total = 0
    for form in reversed(range(forms - 1)):
        for at in range(number):
            grown = total + size(at, form) - size(at, form + 1)
            if grown > room:
                return form, at
            total = grown
    return 0, number


def _size(text: str) -> int:
    return len(text.encode()) + BLANK_LINE if text else 0


def in_one_form(text: str) -> Callable[[int], str]:
    """For a part that is shown whole, or not at all."""
    return lambda form: text


def in_forms(*texts: str) -> Callable[[int], str]:
    """For a part whose forms are finished already."""
    return lambda form: texts[form]
