"""A parser for a part of the query language of Resource Search. Pure: takes text and returns a value.

    query <type[, type] | all> resources [return allAdditionalFields] [where <conditions>] [matching '<text>']
    [sorted by <field> [asc | desc]]

Conditions compare a field with a quoted value: `=` and `!=` ignore case, `==` and `!==` do not, and `=~`
means "contains". They are joined by `&&`, `||` and parentheses (docs.oracle.com,
Content/Search/Concepts/querysyntax.htm). Everything else is refused, with its position.
"""

import re
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

from datascience_emulator.wire.errors import invalid

OPERATORS = ("=", "!=", "==", "!==", "=~")
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'[^']*'|"[^"]*")|(?P<sign>&&|\|\||!==|==|!=|=~|=|[(),])|(?P<word>[\w.-]+))"""
)
_MAX_DEPTH = 50


@dataclass(frozen=True, slots=True)
class Condition:
    """`field` as it was written, and its `position` in the text, for error messages."""

    field: str
    operator: str
    value: str
    position: int


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple["Expression", ...]


Expression: TypeAlias = Condition | All | AnyOf


@dataclass(frozen=True, slots=True)
class Query:
    """`types`: in lower case; none stands for all. `sort`: field, position, and whether the largest is
    first.
    """

    types: tuple[str, ...]
    additional: bool
    where: Expression | None
    matching: str | None
    sort: tuple[str, int, bool] | None


def refuse(reason: str, position: int) -> NoReturn:
    raise invalid(f"query: {reason}, at position {position}")


def parse_query(text: str) -> Query:
    """Raises a ServiceError 400, which says where the mistake is."""
    return _Parser(_tokens(text), len(text)).query()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int


def _tokens(text: str) -> list[_Token]:
    tokens, position = [], 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            at = position + len(text[position:]) - len(text[position:].lstrip())
            refuse(f"{text[at : at + 20]!r} is not understood", at)
        kind = match.lastgroup
        tokens.append(_Token(kind, match[kind], match.start(kind)))
        position = match.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[_Token], end: int) -> None:
        self._tokens, self._next, self._depth = tokens, 0, 0
        self._end = _Token("end", "the end", end)

    def query(self) -> Query:
        self._expect("query")
        types = [self._word("a resource type").lower()]
        while self._take(","):
            types.append(self._word("a resource type").lower())
        self._expect("resources")
        additional = self._take("return") and self._expect("allAdditionalFields")
        where = self._either() if self._take("where") else None
        matching = self._text() if self._take("matching") else None
        sort = self._sort() if self._take("sorted") else None
        if self._peek() is not self._end:
            self._unexpected("where, matching, sorted by or the end")
        return Query(() if types == ["all"] else tuple(types), additional, where, matching, sort)

    def _sort(self) -> tuple[str, int, bool]:
        self._expect("by")
        position = self._peek().position
        field = self._word("a field")
        descending = self._take("desc")
        if not descending:
            self._take("asc")
        return field, position, descending

    def _either(self) -> Expression:
        parts = [self._both()]
        while self._take("||"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _both(self) -> Expression:
        parts = [self._term()]
        while self._take("&&"):
            parts.append(self._term())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _term(self) -> Expression:
        if not self._take("("):
            return self._condition()
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            self._unexpected(f"at most {_MAX_DEPTH} parentheses within each other")
        inner = self._either()
        self._expect(")")
        self._depth -= 1
        return All((inner,))  # conditions on tags in parentheses are about a tag of their own (`match`)

    def _condition(self) -> Condition:
        position = self._peek().position
        field = self._word("a field")
        operator = self._peek().text
        if operator not in OPERATORS:
            self._unexpected(f"one of {' '.join(OPERATORS)}")
        self._next += 1
        return Condition(field, operator, self._text(), position)

    # -- single tokens

    def _peek(self) -> _Token:
        return self._tokens[self._next] if self._next < len(self._tokens) else self._end

    def _take(self, text: str) -> bool:
        """Whether the next token is this word or sign, in any case; then it is consumed."""
        token = self._peek()
        taken = token.kind in ("word", "sign") and token.text.lower() == text.lower()
        self._next += taken
        return taken

    def _expect(self, text: str) -> bool:
        return self._take(text) or self._unexpected(text)

    def _word(self, what: str) -> str:
        token = self._peek()
        if token.kind != "word":
            self._unexpected(what)
        self._next += 1
        return token.text

    def _text(self) -> str:
        token = self._peek()
        if token.kind != "text":
            self._unexpected("a value in quotes")
        self._next += 1
        return token.text[1:-1]

    def _unexpected(self, expected: str) -> NoReturn:
        token = self._peek()
        refuse(f"{token.text[:20]!r} where {expected} should be", token.position)
