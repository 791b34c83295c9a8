"""YAML text → documents, by the core schema of YAML 1.2: `no` is text, `0o17` is fifteen, a key may stand
once.

libyaml's events are read one by one, so that depth, aliases and size are bounded before anything is built,
and nothing recurses. Tags other than `!!str`, keys that are not text, and merge keys (`<<`, no part of YAML
1.2) are refused. It must not know manifests.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

import yaml
from yaml import events as ev

from reconciler.core.model.findings import Finding, Location
from reconciler.core.model.text import location_at
from reconciler.manifests.wording import short
from reconciler.manifests.yaml.syntax_errors import QUOTE_TEMPLATE, end_of, syntax_finding
from reconciler.manifests.yaml.tree import Document, Listing, Node, Plain, Scalar, Table, TableEntry

DEEPEST = 40
MOST_VALUES = 100_000
"""Values of one file, with every alias counted as often as it is used."""

LONGEST_INTEGER = 40
"""Characters; longer ones stay text, and then fail wherever a number is wanted."""

_STR_TAGS = frozenset({"!", "tag:yaml.org,2002:str"})
_WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL_FLOAT = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_NUMBER_STARTS = frozenset("-+.0123456789")
_OLD_LINE_ENDS = re.compile("[\x85\u2028\u2029]")
"""Ends of lines in YAML 1.1, which libyaml reads, and text in YAML 1.2 and in every editor."""


def parse(text: str, path: str) -> tuple[list[Document], list[Finding]]:
    """The documents of a file, and what is wrong with it; after a syntax error the documents before it are
    still there.
    """
    builder = _Builder(path, end_of(text, path))
    if not text.isascii() and (found := _OLD_LINE_ENDS.search(text)):
        return [], [_old_line_end(found, text, path)]
    try:
        for event in _events(text):
            builder.take(event)
    except yaml.YAMLError as error:
        builder.findings.append(syntax_finding(error, text, path))
    except _Stop as stop:
        builder.findings.append(stop.finding)
    return builder.documents, builder.findings


def _events(text: str) -> Iterator[ev.Event]:
    # Parsers in C and in Python give the same events; the first is ten times as fast.
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)(text)
    while loader.check_event():
        yield loader.get_event()


def _old_line_end(found: re.Match[str], text: str, path: str) -> Finding:
    code = ord(found[0])
    return Finding(
        location_at(text, found.start(), path),
        f"holds U+{code:04X}, which some programs take for the end of a line",
        f'Remove it, or write it as "\\u{code:04x}" in double quotes.',
    )


def resolve(text: str) -> Plain:
    """What a plain (unquoted) scalar means in YAML 1.2's core schema."""
    if text[:1] in _NUMBER_STARTS:
        return _number(text)
    return _WORDS.get(text, text)


def _number(text: str) -> Plain:
    if text == "":
        return None
    if _INTEGER.fullmatch(text):
        if len(text) > LONGEST_INTEGER:
            return text
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _SPECIAL_FLOAT.fullmatch(text):
        return float(text.replace(".", ""))
    return text


class _Stop(Exception):
    """Reading on would make no sense, or cost too much."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding


def _place(event: ev.Event) -> tuple[int, int]:
    mark = event.start_mark
    assert mark is not None  # every event of a text has a place
    return mark.line + 1, mark.column + 1


class _Anchored(NamedTuple):
    """What aliases stand for: how many values it means, and how many levels of collections."""

    node: Node
    weight: int
    height: int


class _Frame:
    """A collection that is still open."""

    __slots__ = ("anchor", "column", "count", "fields", "flow", "height", "items", "key", "line")

    def __init__(self, event: ev.CollectionStartEvent, is_table: bool, count: int) -> None:
        self.line, self.column = _place(event)
        self.anchor = event.anchor
        self.flow = event.flow_style
        self.fields: dict[str, TableEntry] | None = {} if is_table else None
        self.items: list[Node] = []
        self.key: tuple[str, int, int] | None = None
        self.count = count
        self.height = 1

    def close(self) -> Node:
        if self.fields is not None:
            return Table(self.fields, self.line, self.column)
        return Listing(tuple(self.items), self.line, self.column)


class _Builder:
    """Events in, documents and findings out."""

    def __init__(self, path: str, end: Location) -> None:
        self.path = path
        self.end = end
        self.documents: list[Document] = []
        self.findings: list[Finding] = []
        self.count = 0
        self._begin()

    def _begin(self) -> None:
        self.stack: list[_Frame] = []
        self.anchors: dict[str, _Anchored | None] = {}
        self.root: Node | None = None
        self.templated = False

    def take(self, event: ev.Event) -> None:
        if isinstance(event, ev.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, ev.MappingStartEvent):
            self._open(event, is_table=True)
        elif isinstance(event, ev.SequenceStartEvent):
            self._open(event, is_table=False)
        elif isinstance(event, ev.CollectionEndEvent):
            self._close()
        elif isinstance(event, ev.AliasEvent):
            self._alias(event)
        elif isinstance(event, ev.DocumentStartEvent):
            self._begin()
        elif isinstance(event, ev.DocumentEndEvent) and self.root is not None:
            self.documents.append(Document(self.path, self.root, self.templated))

    def _scalar(self, event: ev.ScalarEvent) -> None:
        text = event.value
        line, column = _place(event)
        if line > self.end.line:
            line, column = self.end.line, self.end.column
        if event.tag is not None and event.tag not in _STR_TAGS:
            self._refuse_tag(event.tag, line, column)
        if not text.isascii() or "\x00" in text:
            self._check_characters(text, line, column)
        value = resolve(text) if event.implicit[0] and event.tag is None else text
        frame = self.stack[-1] if self.stack else None
        if frame is not None and frame.fields is not None and frame.key is None:
            self._key(frame, text, value, line, column)
            return
        if "{{" in text or "{%" in text:
            self.templated = True
        self._count(1, line, column)
        node = Scalar(value, line, column)
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchored(node, 1, 0)
        self._add(node, 0)

    def _key(self, frame: _Frame, text: str, value: Plain, line: int, column: int) -> None:
        assert frame.fields is not None
        if not isinstance(value, str):
            self._finding(
                line,
                column,
                f"the key {short(text) or 'null'} is not text",
                f'Put quotes around it: "{short(text)}".',
            )
        elif text == "<<":
            raise self._stop(
                line, column, "merge keys (<<) are not part of YAML 1.2", "Write the fields out."
            )
        elif "{{" in text:
            self._finding(
                line,
                column,
                "a key cannot be a template",
                "Only values may hold templates; write the key out.",
            )
        if text in frame.fields:
            first = frame.fields[text]
            self._finding(
                line, column, f"the key '{short(text)}' stands here a second time",
                f"It is on line {first.line} already; remove one of the two.",
            )  # fmt: skip
        frame.key = (text, line, column)

    def _open(self, event: ev.CollectionStartEvent, is_table: bool) -> None:
        line, column = _place(event)
        above = self.stack[-1] if self.stack else None
        if above is not None and above.fields is not None and above.key is None:
            if is_table and event.flow_style and above.flow:
                raise self._stop(above.line, above.column, "a template without quotes", QUOTE_TEMPLATE)
            raise self._stop(line, column, "a key is not text", "Keys are plain words; write `key: value`.")
        if event.tag is not None:
            self._refuse_tag(event.tag, line, column)
        self._check_depth(1, line, column, "check the brackets.")
        self._count(1, line, column)
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        self.stack.append(_Frame(event, is_table, self.count))

    def _close(self) -> None:
        frame = self.stack.pop()
        node = frame.close()
        if frame.anchor is not None:
            self.anchors[frame.anchor] = _Anchored(node, self.count - frame.count + 1, frame.height)
        self._add(node, frame.height)

    def _alias(self, event: ev.AliasEvent) -> None:
        line, column = _place(event)
        frame = self.stack[-1] if self.stack else None
        if frame is not None and frame.fields is not None and frame.key is None:
            raise self._stop(line, column, "an alias (*) cannot be a key", "Write the key out.")
        name = short(str(event.anchor))
        if event.anchor not in self.anchors:
            raise self._stop(
                line, column, f"the alias *{name} has no anchor &{name} before it",
                "Define it first, or put quotes around text that starts with *.",
            )  # fmt: skip
        target = self.anchors[event.anchor]
        if target is None:
            raise self._stop(
                line,
                column,
                f"the alias *{name} refers to what it is part of",
                "Write the value out.",
            )
        self._check_depth(target.height, line, column, "aliases (*) bring the levels of what they stand for.")
        self._count(target.weight, line, column)
        self._add(target.node, target.height)

    def _add(self, node: Node, height: int) -> None:
        if not self.stack:
            self.root = node
            return
        frame = self.stack[-1]
        frame.height = max(frame.height, height + 1)
        if frame.fields is None:
            frame.items.append(node)
        elif frame.key is not None:
            key, line, column = frame.key
            frame.fields.setdefault(key, TableEntry(node, line, column))
            frame.key = None

    def _check_depth(self, height: int, line: int, column: int, advice: str) -> None:
        if len(self.stack) + height > DEEPEST:
            raise self._stop(
                line, column, f"nested deeper than {DEEPEST} levels", f"No manifest needs that; {advice}"
            )

    def _count(self, weight: int, line: int, column: int) -> None:
        self.count += weight
        if self.count > MOST_VALUES:
            raise self._stop(
                line, column, f"the file means more than {MOST_VALUES:,} values",
                "Aliases (*) multiply what they stand for; use fewer of them.",
            )  # fmt: skip

    def _check_characters(self, text: str, line: int, column: int) -> None:
        # Escapes in double quotes can make what a file itself may not hold.
        if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
            raise self._stop(
                line, column, "an escape stands for a character that text cannot have", "Remove it."
            )

    def _refuse_tag(self, tag: str, line: int, column: int) -> None:
        name = short(tag.replace("tag:yaml.org,2002:", "!!"))
        self._finding(line, column, f"the tag {name} is not known here", "Manifests need no tags; remove it.")

    def _finding(self, line: int, column: int, what: str, advice: str) -> None:
        self.findings.append(Finding(Location(self.path, line, column), what, advice))

    def _stop(self, line: int, column: int, what: str, advice: str) -> _Stop:
        return _Stop(Finding(Location(self.path, line, column), what, advice))
