"""The words of a config.pbtxt, by the rules of the server's own tokenizer.

Python's tokenizer of the text format is another one: it takes what the server refuses (a no-break space,
`+8`, `1_000`), and refuses what the server takes (`- 1`). So it is not used.

Source: protobuf 21, src/google/protobuf/io/tokenizer.cc, `Tokenizer::Next`, with the settings of
text_format.cc (`#` starts a comment, an `f` may end a float). Columns count characters, from 1.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from reconciler.core.model.findings import Finding, Location
from reconciler.core.model.text import LONGEST_WORD_SHOWN, cut

WORD, INTEGER, FLOAT, STRING, SYMBOL, END = "word", "integer", "float", "string", "symbol", "end"

MOST_TOKENS = 50_000
"""Words, numbers and signs of one config.pbtxt; real ones have a few thousand."""

_TOKEN = re.compile(
    r"""(?P<skipped>[ \n\t\r\v\f]+|\#[^\n\0]*)
    |(?P<word>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<number>\.?[0-9](?:[eE][+-]|[A-Za-z0-9_.])*)
    |(?P<string>"(?:[^"\\\n\0]|\\[^\n\0])*(?P<closed>")?|'(?:[^'\\\n\0]|\\[^\n\0])*(?P<closed_too>')?)
    |(?P<symbol>[!-~])""",
    re.VERBOSE,
)
_INTEGER = re.compile(r"0|[1-9][0-9]*|0[xX][0-9a-fA-F]+|0[0-7]+")
_FLOAT = re.compile(r"(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[fF]?")
_ESCAPE = re.compile(
    r"""\\(?:(?P<plain>[abfnrtv\\?'"])|(?P<octal>[0-7]{1,3})|x(?P<hex>[0-9a-fA-F]{1,2})
    |u(?P<pair>[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|u(?P<short>[0-9a-fA-F]{4})
    |U(?P<long>00[01][0-9a-fA-F]{5})|(?P<wrong>(?s:.)))""",
    re.VERBOSE,
)
_PLAIN = dict(zip("abfnrtv\\?'\"", "\a\b\f\n\r\t\v\\?'\"", strict=True))


class Token(NamedTuple):
    """A word, a number, a string with its quotes, or a sign; `at` counts characters from the start."""

    kind: str
    text: str
    at: int


class BadText(Exception):
    """The place from which on a text cannot be read."""

    def __init__(self, at: int, what: str, advice: str) -> None:
        self.at, self.what, self.advice = at, what, advice
        super().__init__(what)


def place_at(text: str, at: int) -> Location:
    """Line and column of a character; a line ends with LF alone."""
    return Location("", text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))


def tokens_of(text: str) -> Iterator[Token]:
    """All tokens, and one of kind END. Raises BadText at what is none."""
    at = 0
    left = MOST_TOKENS
    while match := _TOKEN.match(text, at):
        at, kind = match.end(), match.lastgroup
        if kind == "skipped":
            continue
        left -= 1
        if not left:
            raise BadText(match.start(), f"more than {MOST_TOKENS:,} words", "A config.pbtxt holds no data.")
        yield _token(match)
    if at < len(text):
        raise _no_token(text, at)
    yield Token(END, "", at)


def _token(match: re.Match[str]) -> Token:
    text, at = match[0], match.start()
    if match["word"]:
        return Token(WORD, text, at)
    if match["number"]:
        return Token(_kind_of_number(text, at), text, at)
    if match["string"]:
        if not (match["closed"] or match["closed_too"]):
            raise BadText(at, f"a {text[0]} opens a string that is not closed in its line", UNCLOSED)
        return Token(STRING, text, at)
    return Token(SYMBOL, text, at)


UNCLOSED = "Close it in the same line; strings that follow one another are joined."


def _kind_of_number(text: str, at: int) -> str:
    if _INTEGER.fullmatch(text):
        return INTEGER
    if _FLOAT.fullmatch(text):
        return FLOAT
    advice = "Write it with digits alone; a number that starts with 0 is octal, with 0x hexadecimal."
    raise BadText(at, f"{cut(text, LONGEST_WORD_SHOWN)} is not a number", advice)


_LOOK_ALIKE = {
    "\u00a0": "a no-break space",
    "\u200b": "a space without width",
    "\u2028": "a line separator",
    "\u3000": "a wide space",
    "\ufeff": "a byte order mark",
}
SMART_QUOTES = "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb"


def _no_token(text: str, at: int) -> BadText:
    letter = text[at]
    if letter in SMART_QUOTES:
        return BadText(at, f"{letter} is not a quote that Triton knows", 'Write " instead.')
    if letter in _LOOK_ALIKE:
        advice = "Replace it by a plain space." if at else "Save the file without it."
        return BadText(at, f"{_LOOK_ALIKE[letter]} (U+{ord(letter):04X}) cannot be here", advice)
    if letter < " ":
        return BadText(at, f"a control character (U+{ord(letter):04X})", "Remove it.")
    shown = letter if letter.isprintable() else f"U+{ord(letter):04X}"
    return BadText(at, f"{shown} can only be in a string or a comment", "Remove it, or put quotes around it.")


def bad_escapes(token: Token, text: str) -> Iterator[Finding]:
    """The escapes in a string that the server does not know."""
    for escape in _ESCAPE.finditer(token.text) if "\\" in token.text else ():
        if escape["wrong"]:
            what = f"there is no escape sequence '{escape[0]}'"
            yield Finding(place_at(text, token.at + escape.start()), what, _advice_on_escape(escape["wrong"]))


def _advice_on_escape(letter: str) -> str:
    digits = {"x": "two hexadecimal digits", "u": "four hexadecimal digits", "U": "eight, 0010ffff at most"}
    if letter in digits:
        return f"After \\{letter} come {digits[letter]}; write two backslashes for one."
    return "Write two backslashes for one; a path of files takes slashes."


def bytes_of(token: Token) -> bytes:
    """What a string says. A byte of the file that was no UTF-8 is half a character in the text, and a byte
    again here.
    """
    inside = token.text[1:-1]
    if "\\" not in inside:
        return inside.encode(errors="surrogateescape")
    parts, at = [], 0
    for escape in _ESCAPE.finditer(inside):
        parts += [inside[at : escape.start()].encode(errors="surrogateescape"), _escaped(escape)]
        at = escape.end()
    return b"".join((*parts, inside[at:].encode(errors="surrogateescape")))


def _escaped(escape: re.Match[str]) -> bytes:
    match escape.lastgroup, escape[escape.lastgroup or 0]:
        case "plain", letter:
            return _PLAIN[letter].encode()
        case "octal", digits:
            return bytes([int(digits, 8) & 0xFF])
        case "hex", digits:
            return bytes([int(digits, 16)])
        case "pair", digits:
            head, trail = int(digits[:4], 16), int(digits[6:], 16)
            return chr(0x10000 + ((head - 0xD800) << 10 | (trail - 0xDC00))).encode()
        case (("short" | "long"), digits) if int(digits, 16) <= 0x10FFFF:
            return chr(int(digits, 16)).encode(errors="surrogatepass")
        case "long", digits:
            return f"\\U{digits.lower()}".encode()  # so the server itself
    return escape[0].encode(errors="replace")
