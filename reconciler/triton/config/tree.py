"""The tree of a config.pbtxt: fields and their values as they are written, each with its place. Which fields
a message has is not known here.

Source: protobuf 21, src/google/protobuf/text_format.cc, `ParserImpl`, with nothing allowed beyond the rules.
"""

from functools import lru_cache
from itertools import islice
from typing import NamedTuple, TypeAlias

from reconciler.core.model.findings import Finding
from reconciler.core.model.text import LONGEST_WORD_SHOWN, cut
from reconciler.triton.config.text import (
    END,
    FLOAT,
    INTEGER,
    STRING,
    SYMBOL,
    WORD,
    BadText,
    Token,
    bad_escapes,
    place_at,
    tokens_of,
)

MOST_LEVELS = 64
"""Brackets in each other; a model configuration has eight at most."""


MOST_ESCAPES = 20
"""Escapes that are wrong, and told."""


_PARTS_OF_TEXT = frozenset("-/.\\~@+*:$%=")
"""Signs that follow a word where text has no quotes."""


class WrittenValue(NamedTuple):
    """One value: a minus before it, and its tokens: strings, which are joined, or one of another kind."""

    minus: bool
    tokens: tuple[Token, ...]
    at: int

    @property
    def shown(self) -> str:
        """As messages quote it."""
        whole = " ".join(token.text for token in self.tokens[:3])
        return cut(f"-{whole}" if self.minus else whole, LONGEST_WORD_SHOWN)


class Block(NamedTuple):
    """A message between brackets."""

    entries: "tuple[WrittenField, ...]"
    at: int


Value: TypeAlias = WrittenValue | Block


class WrittenField(NamedTuple):
    """A field: `colon`, whether there is one after its name; `listed`, whether its values are in brackets."""

    name: str
    at: int
    colon: bool
    listed: bool
    values: tuple[Value, ...]


class Tree(NamedTuple):
    """The fields at the top up to the first that cannot be read, and why that is; escapes that are wrong."""

    entries: tuple[WrittenField, ...]
    stopped: BadText | None
    escapes: tuple[Finding, ...]


@lru_cache(maxsize=16)
def tree_of(text: str) -> Tree:
    """The tree of a text. The same text is read once."""
    entries: list[WrittenField] = []
    reader = _Reader(text)
    try:
        reader.start()
        while reader.token.kind != END:
            entries.append(reader.entry())
    except BadText as stopped:
        return Tree(tuple(entries), stopped, tuple(reader.escapes))
    return Tree(tuple(entries), None, tuple(reader.escapes))


class _Reader:
    """Reads one text, a token ahead. `opened` are the brackets that it is in."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokens_of(text)
        self._opened: list[Token] = []
        self.token = Token(END, "", 0)
        self.escapes: list[Finding] = []

    def start(self) -> None:
        """Look at the first token."""
        self._next()

    def _next(self) -> Token:
        """The token it is at, which is left behind."""
        token, self.token = self.token, next(self._tokens)
        return token

    def _take(self, *texts: str) -> bool:
        """Whether it is at one of these signs, which is left behind then."""
        found = self.token.kind == SYMBOL and self.token.text in texts
        if found:
            self._next()
        return found

    def entry(self) -> WrittenField:
        """A field, and one comma or semicolon behind it."""
        if self.token.kind != WORD:
            raise self._no_field()
        name = self._next()
        colon = self._take(":")
        if self._at("["):
            listed, values = True, self._list()
        elif self._at("{", "<"):
            listed, values = False, (self._block(),)
        elif not colon:
            raise self._no_colon(name)
        else:
            listed, values = False, (self._scalar(name),)
        self._take(";", ",")
        return WrittenField(name.text, name.at, colon, listed, values)

    def _at(self, *texts: str) -> bool:
        return self.token.kind == SYMBOL and self.token.text in texts

    def _open(self) -> Token:
        if len(self._opened) == MOST_LEVELS:
            raise BadText(self.token.at, f"more than {MOST_LEVELS} brackets in each other", "Close some.")
        self._opened.append(self.token)
        return self._next()

    def _block(self) -> Block:
        opening = self._open()
        closing = _CLOSING[opening.text]
        entries = []
        while not self._at("}", ">"):
            entries.append(self.entry())
        if not self._take(closing):
            raise self._other_bracket()
        self._opened.pop()
        return Block(tuple(entries), opening.at)

    def _list(self) -> tuple[Value, ...]:
        opening = self._open()
        values: list[Value] = []
        if not self._at("]"):
            values.append(self._element(opening))
            while self._at(","):
                comma = self._next()
                if self._at("]"):
                    raise BadText(comma.at, "a comma before the bracket that ends a list", "Take it out.")
                values.append(self._element(opening))
        if not self._take("]"):
            raise self._no_end_of_list()
        self._opened.pop()
        return tuple(values)

    def _element(self, opening: Token) -> Value:
        return self._block() if self._at("{", "<") else self._scalar(opening)

    def _scalar(self, before: Token) -> WrittenValue:
        """A value after its name, or in the list that opens there."""
        at = self.token.at
        if self.token.kind == STRING:
            strings = []
            while self.token.kind == STRING:
                left = MOST_ESCAPES - len(self.escapes)
                self.escapes += islice(bad_escapes(self.token, self._text), left)
                strings.append(self._next())
            return WrittenValue(False, tuple(strings), at)
        minus = self._take("-")
        if self.token.kind not in {INTEGER, FLOAT, WORD}:
            raise self._no_value(before)
        token = self._next()
        if token.kind == WORD and self._touches(token):
            word = self._text[at : at + LONGEST_WORD_SHOWN].split()[0]
            raise BadText(at, f"{word} stands without quotes", "Put quotes around text.")
        return WrittenValue(minus, (token,), at)

    def _touches(self, word: Token) -> bool:
        """Whether a sign follows without a blank that ends no value: the word is only part of a text."""
        return self.token.at == word.at + len(word.text) and self.token.text[:1] in _PARTS_OF_TEXT

    def _line(self, token: Token) -> str:
        return f"line {place_at(self._text, token.at).line}"

    def _no_field(self) -> BadText:
        token = self.token
        if token.kind == END:
            opening = self._opened[-1]
            what = f"the {opening.text} that opens here is never closed"
            return BadText(opening.at, what, f"Add a {_CLOSING[opening.text]} where it ends.")
        if token.text in {"]", "}", ">"}:
            return self._other_bracket()
        if token.kind == STRING:
            what = f"{_shown(token)} stands where a field should start"
            return BadText(
                token.at, what, "Write the name of a field without quotes, and a colon before a value."
            )
        if token.text == "[":
            return BadText(token.at, "[ stands where a field should start", "Triton knows no extensions.")
        return BadText(token.at, f"{_shown(token)} stands where a field should start", _advice_on(token))

    def _other_bracket(self) -> BadText:
        token = self.token
        if not self._opened:
            return BadText(token.at, f"{token.text} closes nothing", "Take it out, or open it before.")
        opening = self._opened[-1]
        closing = _CLOSING[opening.text]
        what = f"{_shown(token)} comes before the {closing} of the {opening.text} in {self._line(opening)}"
        return BadText(token.at, what, f"Add the {closing}, or take the {_shown(token)} out.")

    def _no_end_of_list(self) -> BadText:
        token, opening = self.token, self._opened[-1]
        if token.kind == END:
            return self._no_field()
        if token.text in {"}", ">"}:
            return self._other_bracket()
        what = f"{_shown(token)} stands in the list that opens in {self._line(opening)}"
        return BadText(token.at, what, "Add a comma before it, or the ] that ends the list.")

    def _no_colon(self, name: Token) -> BadText:
        shown = _shown(name)
        if self._at("="):
            return BadText(self.token.at, f"a = after {shown}", "Write a colon instead.")
        return BadText(name.at, f"no colon and no bracket after {shown}", f"Write {shown}: and its value.")

    def _no_value(self, before: Token) -> BadText:
        token = self.token
        if before.text == "[" and (self._at("}", ">") or token.kind == END):
            return self._no_end_of_list()
        after = "in a list" if before.text == "[" else f"after {_shown(before)}:"
        if token.kind == END or token.text in {"}", ">", "]", ",", ";"}:
            return BadText(token.at, f"there is no value {after}", "Add it.")
        advice = "Put quotes around text." if token.text in "/.~@*%" else ""
        if token.text == "$":
            advice = "Write the value itself: Triton fills nothing in."
        if token.text == "+":
            advice = "Take it out; a number has no plus before it."
        if token.text in {"[", "("}:
            advice = "Values of a list stand in one pair of [ ]."
        return BadText(token.at, f"{_shown(token)} stands where a value should be, {after}", advice)


_CLOSING = {"{": "}", "<": ">", "[": "]"}


def _shown(token: Token) -> str:
    return cut(token.text, LONGEST_WORD_SHOWN) if token.text else "the end"


def _advice_on(token: Token) -> str:
    if token.text in {",", ";"}:
        return "Take it out: one comma at most is between two fields."
    if token.text == "/":
        return "A comment starts with #; put quotes around text."
    return "Put quotes around text; brackets and colons may be missing before it."
