"""A text as it is read when something is looked for in it: unescaped, without what takes no room on a
screen, in small letters; and of which part of the text each character of that was made.
"""

import re
import unicodedata
from array import array
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import NamedTuple, TypeAlias

from reconciler.core.privacy.unescaping import Piece, pieces_of, unescaped

Span: TypeAlias = tuple[int, int]
"""Where something stands in a text: from, and up to but not including."""

DEEPEST_ESCAPES = 5
"""How often escapes are read, one within another: each log that a text goes through adds some."""

CONTROLS = {
    code: None
    for code in (*range(0x20), 0x7F, *range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
    if chr(code) not in "\n\t"
}
"""Control characters (Unicode, category Cc), and those that turn the direction of text (Unicode Standard
Annex #9, section 2).
"""

_VARIANTS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))
"""They choose how the character before them looks (Unicode Standard, section 23.4)."""

BETWEEN_DIGITS = re.compile(r"0x|[:,;|()\[\]\"'\\_-]")
"""What may stand between the bytes of a text in hexadecimal."""


def without_controls(text: str) -> str:
    """A text in which nothing moves a cursor: lines and tabs stay."""
    return text.translate(CONTROLS)


def views_of(text: str) -> Iterator[str]:
    """The text, and what it means once more escapes of it are read."""
    yield text
    for _ in range(DEEPEST_ESCAPES):
        deeper = unescaped(text)
        if deeper == text:
            return
        yield (text := deeper)


@cache
def _takes_no_room(character: str) -> bool:
    """White space, and what is not seen on a screen."""
    if character.isspace() or unicodedata.category(character) in ("Cc", "Cf"):
        return True
    return any(ord(character) in variants for variants in _VARIANTS)


def dense(text: str) -> str:
    """The text without what takes no room."""
    return text.translate({ord(character): None for character in filter(_takes_no_room, set(text))})


class View(NamedTuple):
    """A text that was made of another; `starts` and `stops` say of which part of that each character is."""

    text: str
    starts: "array[int]"
    stops: "array[int]"

    @classmethod
    def of(cls, text: str) -> "View":
        """The text as it is."""
        return cls(text, array("Q", range(len(text))), array("Q", range(1, len(text) + 1)))

    def unescaped(self) -> "View":
        """What it means when its escapes are read once."""
        return self._made(pieces_of(self.text))

    def dense(self) -> "View":
        """Without what takes no room, in small letters."""
        kept = (at for at, character in enumerate(self.text) if not _takes_no_room(character))
        return self._made(Piece(self.text[at], at, at + 1) for at in kept)._small()

    def digits(self) -> "View":
        """Without what may stand between the bytes of a text in hexadecimal."""
        gaps = {at for match in BETWEEN_DIGITS.finditer(self.text) for at in range(*match.span())}
        kept = (at for at in range(len(self.text)) if at not in gaps)
        return self._made(Piece(self.text[at], at, at + 1) for at in kept)

    def places(self, find: Callable[[str], Iterator[Span]], around: int = 0) -> Iterator[Span]:
        """Where in the first text that stands which `find` finds here, with characters `around` it."""
        for start, stop in find(self.text):
            left, right = max(0, start - around), min(len(self.text), stop + around) - 1
            yield self.starts[left], self.stops[right]

    def _small(self) -> "View":
        small = self.text.lower()
        return self._replace(text=small) if len(small) == len(self.text) else self

    def _made(self, pieces: Iterable[Piece]) -> "View":
        texts, starts, stops = [], array("Q"), array("Q")
        for piece in pieces:
            texts.append(piece.text)
            starts.extend([self.starts[piece.start]] * len(piece.text))
            stops.extend([self.stops[piece.stop - 1]] * len(piece.text))
        return View("".join(texts), starts, stops)
