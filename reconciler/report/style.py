"""Colours, and the removal of control characters from text. The caller decides whether to use colours."""

import re
from dataclasses import dataclass
from enum import StrEnum


class Paint(StrEnum):
    """What a colour means; the value is its SGR code (ECMA-48 §8.3.117)."""

    GOOD = "32"
    CAREFUL = "33"
    BAD = "31"
    FAINT = "2"
    STRONG = "1"


@dataclass(frozen=True, slots=True)
class Style:
    """Text with ANSI colours, or without."""

    colour: bool

    def __call__(self, text: str, paint: Paint) -> str:
        """The text, in the colour of `paint` if colours are used."""
        return f"\x1b[{paint}m{text}\x1b[0m" if self.colour else text


PLAIN = Style(colour=False)
ANSI = Style(colour=True)


def clean(text: str) -> str:
    """The text as one line, with every invisible character escaped. No name and no message of the service can
    then move the cursor, change the direction of writing, or look like another line.
    """
    if text.isprintable() and not _UNSEEN.search(text):
        return text
    return "".join(
        c if c.isprintable() and not _UNSEEN.match(c) else c.encode("unicode_escape").decode() for c in text
    )


_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""What counts as printable and shows nothing: the rest of Default_Ignorable_Code_Point (Unicode,
DerivedCoreProperties.txt), and the empty Braille pattern.
"""


def clean_lines(text: str) -> str:
    """The same for several lines: their ends and tabs stay as they are."""
    return "\n".join(
        "\t".join(map(clean, line.split("\t"))) for line in text.replace("\r\n", "\n").split("\n")
    )


def indented(text: str) -> str:
    """The text with every line after the first indented, so that none looks like a message of its own."""
    top, *rest = clean_lines(text).split("\n")
    return "\n".join([top, *(line if not line or line[0] in " \t" else f"    {line}" for line in rest)])
