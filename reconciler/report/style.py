"""How text is made fit to be seen: colours, and control characters that never reach a terminal.

Whether to use colours is decided by whoever prints.
"""

from dataclasses import dataclass
from enum import StrEnum


class Paint(StrEnum):
    """What a piece of text means; the value is its SGR code (ECMA-48 §8.3.117)."""

    GOOD = "32"
    CAREFUL = "33"
    BAD = "31"
    FAINT = "2"
    STRONG = "1"


@dataclass(frozen=True, slots=True)
class Style:
    """Plain, or with ANSI colours."""

    colour: bool

    def __call__(self, text: str, paint: Paint) -> str:
        """The text, painted if there are colours."""
        return f"\x1b[{paint}m{text}\x1b[0m" if self.colour else text


PLAIN = Style(colour=False)
ANSI = Style(colour=True)


def clean(text: str) -> str:
    """One line without control characters, whoever wrote it: neither a name nor the service's message may
    move the cursor, turn the direction of writing, or forge a line. What is not seen is escaped.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def clean_lines(text: str) -> str:
    """Several lines without control characters: only ends of lines and tabs stay as they are."""
    return "\n".join(
        "\t".join(map(clean, line.split("\t"))) for line in text.replace("\r\n", "\n").split("\n")
    )


def indented(text: str) -> str:
    """Lines after the first one stand below it, so that none of them looks like a message of its own."""
    first, *rest = clean_lines(text).split("\n")
    return "\n".join([first, *(line if not line or line[0] in " \t" else f"    {line}" for line in rest)])
