"""What a text means when its escapes are read: those of JSON, Python and shells, of HTML, and of URLs.

It is read leniently, and once: whoever looks for something in it does so as often as there may be escapes of
escapes.
"""

import html
import re
from collections.abc import Iterator
from typing import NamedTuple

_ESCAPES = re.compile(
    r"(?:\\u[0-9a-fA-F]{4})+"
    r"|\\U[0-9a-fA-F]{8}"
    r"|(?:\\x[0-9a-fA-F]{2})+"
    r"|(?:\\[0-3][0-7]{2})+"
    r"|\\."
    r"|&(?:\#[0-9]{1,7}|\#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});"
    r"|(?:%[0-9a-fA-F]{2})+",
    re.DOTALL,
)
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v", "a": "\a", "0": "\0"}
_LARGEST = 0x10FFFF


class Piece(NamedTuple):
    """A part of what a text means, and where it stands in the text."""

    text: str
    start: int
    stop: int


def unescaped(text: str) -> str:
    """What the text means."""
    return _ESCAPES.sub(_meaning, text)


def pieces_of(text: str) -> Iterator[Piece]:
    """The same, piece by piece: an escape, or one character."""
    at = 0
    for occurrence in _ESCAPES.finditer(text):
        yield from (Piece(text[place], place, place + 1) for place in range(at, occurrence.start()))
        yield Piece(_meaning(occurrence), occurrence.start(), occurrence.end())
        at = occurrence.end()
    yield from (Piece(text[place], place, place + 1) for place in range(at, len(text)))


def _meaning(occurrence: re.Match[str]) -> str:
    escape = occurrence.group()
    if escape[0] == "\\" and len(escape) == len("\\n"):
        return _LETTERS.get(escape[1], escape[1])
    match escape[:2]:
        case "\\u":
            return bytes.fromhex(escape.replace("\\u", "")).decode("utf-16-be", "surrogatepass")
        case "\\U":
            return chr(min(int(escape[2:], 16), _LARGEST))
        case "\\x":
            return _text(bytes.fromhex(escape.replace("\\x", "")))
        case start if start[0] == "%":
            return _text(bytes.fromhex(escape.replace("%", "")))
        case start if start[0] == "&":
            return _number_of_html(escape) or html.unescape(escape)
        case _:
            return _text(bytes(int(digits, 8) for digits in escape.split("\\")[1:]))


def _number_of_html(escape: str) -> str:
    """`&#128;` means U+0080 here. HTML would read it as €; programs that escape by number do not mean
    that.
    """
    digits = escape[2:].rstrip(";") if escape.startswith("&#") else ""
    base = 16 if digits[:1] in ("x", "X") else 10
    return chr(min(int(digits[base == 16 :], base), _LARGEST)) if digits else ""


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
