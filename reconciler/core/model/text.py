"""Text as people read it: cut to a length, counted, with the nearest known word; as YAML has it; and the
place of a character as line and column.
"""

import json
import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from reconciler.core.model.findings import Location

LONGEST_WORD_SHOWN = 60
"""Characters of a name or a word that a message quotes."""

MOST_SHOWN = 20
"""Parts of a list that a message tells."""

_PLAIN_YAML = re.compile(r"[A-Za-z_/][A-Za-z0-9_/.@+-]*(:[A-Za-z0-9_/.@+-]+)*")
_NO_TEXT_IN_YAML = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
"""Words that some reader of YAML takes for something else than text."""


def cut(text: str, longest: int) -> str:
    """At most so many characters; what was longer ends with an ellipsis."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def joined(texts: Sequence[str], between: str) -> str:
    """At most the first MOST_SHOWN of the texts, and how many there are besides."""
    more = [f"and {len(texts) - MOST_SHOWN:,} more"] if len(texts) > MOST_SHOWN else []
    return between.join((*texts[:MOST_SHOWN], *more))


def counted(number: int, word: str) -> str:
    """Such as `1 file` or `2 files`."""
    return f"{number:,} {word}" + ("" if number == 1 else "s")


def nearest(word: str, known: Iterable[str]) -> str:
    """`Did you mean …?`, or nothing when no known word is near."""
    lower = {name.lower(): name for name in known}
    close = get_close_matches(word.lower(), lower, n=1, cutoff=0.7)
    return f"Did you mean '{lower[close[0]]}'?" if close else ""


def first_line(text: str) -> str:
    """The text up to the end of its first line."""
    return text.partition("\n")[0]


def near_words(word: str, known: Iterable[str]) -> list[str]:
    """Up to three of the known words that somebody may have meant by this one."""
    return get_close_matches(word, sorted(known), 3)


def location_at(text: str, offset: int, shown: str) -> Location:
    """The place of a character of a text; a line ends with LF, CR or both, as in YAML 1.2."""
    before = text[:offset]
    if "\r" in before:
        before = before.replace("\r\n", "\n").replace("\r", "\n")
    return Location(shown, before.count("\n") + 1, len(before) - before.rfind("\n"))


def in_yaml(text: str) -> str:
    """A text as YAML has it: plain where nobody can take it for something else, else in double quotes."""
    if _PLAIN_YAML.fullmatch(text) and text.lower() not in _NO_TEXT_IN_YAML:
        return text
    return "".join(map(_printable, json.dumps(text, ensure_ascii=False)))


def _printable(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
