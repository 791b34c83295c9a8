"""YAML text → documents, by YAML 1.2.

The events of libyaml are read one by one, without recursion, so that depth, aliases and size are limited
before anything is built. Refused are: a key that is there twice, a key that is not text, tags other than
`!!str`, and merge keys (`<<`), which YAML 1.2 does not have.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from reconciler.core.model.findings import Finding, Location
from reconciler.core.model.text import location_at
from reconciler.manifests.wording import short
from reconciler.manifests.yaml.core_schema import resolve
from reconciler.manifests.yaml.syntax_errors import QUOTE_TEMPLATE, end_of, syntax_finding
from reconciler.manifests.yaml.tree import (
    Document,
    Listing,
    Node,
    Plain,
    Scalar,
    Table,
    TableEntry,
    holds_template,
)

DEEPEST_NESTING = 40
"""Levels of lists and mappings, one in another; manifests have about ten."""

MOST_VALUES = 100_000
"""Values of one file; what an alias stands for is counted each time."""

Place: TypeAlias = tuple[int, int]
"""Line and column, from 1. A whole `Location` for each of a hundred thousand values would take too long."""

_STR_TAGS = frozenset({"!", "tag:yaml.org,2002:str"})
_OLD_LINE_ENDS = re.compile("[\x85\u2028\u2029]")
"""They end a line in YAML 1.1, and so for libyaml; in YAML 1.2, and in every editor, they do not."""


def parse(text: str, path: str) -> tuple[list[Document], list[Finding]]:
    """The documents of a file, and what is wrong with it. Documents before a syntax error are still read."""
    builder = _Builder(path, end_of(text, path))
    if not text.isascii() and (line_end := _OLD_LINE_ENDS.search(text)):
        return [], [_old_line_end(line_end, text, path)]
    try:
        for event in events_of(text):
            builder.take(event)
    except yaml.YAMLError as error:
        builder.findings.append(syntax_finding(error, text, path))
    except _Stop as stop:
        builder.findings.append(stop.finding)
    return builder.documents, builder.findings


def events_of(text: str) -> Iterator[Event]:
    """The events of a text, for whoever needs places in it too. Raises YAMLError."""
    # The parsers in C and in Python give the same events; the one in C is ten times as fast.
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)(text)
    while loader.check_event():
        yield loader.get_event()


def _old_line_end(line_end: re.Match[str], text: str, path: str) -> Finding:
    code = ord(line_end[0])
    return Finding(
        location_at(text, line_end.start(), path),
        f"holds U+{code:04X}, which some programs take for the end of a line",
        f'Remove it, or write it as "\\u{code:04x}" in double quotes.',
    )


class _Stop(Exception):
    """Raised where reading on would make no sense, or cost too much."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding


def _place(event: Event) -> Place:
    mark = event.start_mark
    assert mark is not None  # every event of a text has a place
    return mark.line + 1, mark.column + 1


class _Anchored(NamedTuple):
    """What an alias stands for: the node, how many values it has, and how many levels of collections."""

    node: Node
    weight: int
    height: int


class _Frame:
    """A collection that is still open. `key` is the key whose value comes next, in a table."""

    __slots__ = ("anchor", "count", "fields", "flow", "height", "items", "key", "place")

    def __init__(self, event: CollectionStartEvent, is_table: bool, count: int) -> None:
        self.place = _place(event)
        self.anchor = event.anchor
        self.flow = event.flow_style
        self.fields: dict[str, TableEntry] | None = {} if is_table else None
        self.items: list[Node] = []
        self.key: tuple[str, Place] | None = None
        self.count = count
        self.height = 1

    @property
    def expects_key(self) -> bool:
        return self.fields is not None and self.key is None

    def close(self) -> Node:
        if self.fields is not None:
            return Table(self.fields, *self.place)
        return Listing(tuple(self.items), *self.place)


class _Builder:
    """Takes events, and builds documents and findings."""

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

    def take(self, event: Event) -> None:
        if isinstance(event, ScalarEvent):
            self._scalar(event)
        elif isinstance(event, MappingStartEvent):
            self._open(event, is_table=True)
        elif isinstance(event, SequenceStartEvent):
            self._open(event, is_table=False)
        elif isinstance(event, CollectionEndEvent):
            self._close()
        elif isinstance(event, AliasEvent):
            self._alias(event)
        elif isinstance(event, DocumentStartEvent):
            self._begin()
        elif isinstance(event, DocumentEndEvent) and self.root is not None:
            self.documents.append(Document(self.path, self.root, self.templated))

    def _scalar(self, event: ScalarEvent) -> None:
        text, place = event.value, _place(event)
        if place[0] > self.end.line:
            place = self.end.line, self.end.column
        if event.tag is not None and event.tag not in _STR_TAGS:
            self._refuse_tag(event.tag, place)
        if not text.isascii() or "\x00" in text:
            self._check_characters(text, place)
        value = resolve(text) if event.implicit[0] and event.tag is None else text
        frame = self.stack[-1] if self.stack else None
        if frame is not None and frame.expects_key:
            self._key(frame, text, value, place)
            return
        if holds_template(text):
            self.templated = True
        self._count(1, place)
        node = Scalar(value, *place)
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchored(node, 1, 0)
        self._add(node, 0)

    def _key(self, frame: _Frame, text: str, value: Plain, place: Place) -> None:
        assert frame.fields is not None
        if not isinstance(value, str):
            what, advice = (
                f"the key {short(text) or 'null'} is not text",
                f'Put quotes around it: "{short(text)}".',
            )
            self._refuse(place, what, advice)
        elif text == "<<":
            raise self._stop(place, "merge keys (<<) are not part of YAML 1.2", "Write the fields out.")
        elif "{{" in text:
            self._refuse(
                place, "a key cannot be a template", "Only values may hold templates; write the key out."
            )
        if text in frame.fields:
            line = frame.fields[text].line
            advice = f"It is on line {line} already; remove one of the two."
            self._refuse(place, f"the key '{short(text)}' appears a second time", advice)
        frame.key = text, place

    def _open(self, event: CollectionStartEvent, is_table: bool) -> None:
        place = _place(event)
        above = self.stack[-1] if self.stack else None
        if above is not None and above.expects_key:
            if is_table and event.flow_style and above.flow:
                raise self._stop(above.place, "a template without quotes", QUOTE_TEMPLATE)
            raise self._stop(place, "a key is not text", "Keys are plain words; write `key: value`.")
        if event.tag is not None:
            self._refuse_tag(event.tag, place)
        self._check_depth(1, place, "check the brackets.")
        self._count(1, place)
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        self.stack.append(_Frame(event, is_table, self.count))

    def _close(self) -> None:
        frame = self.stack.pop()
        node = frame.close()
        if frame.anchor is not None:
            self.anchors[frame.anchor] = _Anchored(node, self.count - frame.count + 1, frame.height)
        self._add(node, frame.height)

    def _alias(self, event: AliasEvent) -> None:
        place, name = _place(event), short(str(event.anchor))
        if self.stack and self.stack[-1].expects_key:
            raise self._stop(place, "an alias (*) cannot be a key", "Write the key out.")
        if event.anchor not in self.anchors:
            what = f"the alias *{name} has no anchor &{name} before it"
            raise self._stop(place, what, "Define it first, or put quotes around text that starts with *.")
        target = self.anchors[event.anchor]
        if target is None:
            raise self._stop(place, f"the alias *{name} refers to what it is part of", "Write the value out.")
        self._check_depth(target.height, place, "aliases (*) bring the levels of what they stand for.")
        self._count(target.weight, place)
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
            key, place = frame.key
            frame.fields.setdefault(key, TableEntry(node, *place))
            frame.key = None

    def _check_depth(self, height: int, place: Place, advice: str) -> None:
        if len(self.stack) + height > DEEPEST_NESTING:
            raise self._stop(
                place, f"nested deeper than {DEEPEST_NESTING} levels", f"No manifest needs that; {advice}"
            )

    def _count(self, weight: int, place: Place) -> None:
        self.count += weight
        if self.count > MOST_VALUES:
            what = f"the file holds more than {MOST_VALUES:,} values"
            raise self._stop(place, what, "Aliases (*) repeat what they stand for; use fewer of them.")

    def _check_characters(self, text: str, place: Place) -> None:
        # Escapes in double quotes can make what a file itself may not hold.
        if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
            raise self._stop(place, "an escape stands for a character that text cannot have", "Remove it.")

    def _refuse_tag(self, tag: str, place: Place) -> None:
        name = short(tag.replace("tag:yaml.org,2002:", "!!"))
        self._refuse(place, f"the tag {name} is not known here", "Manifests need no tags; remove it.")

    def _refuse(self, place: Place, what: str, advice: str) -> None:
        self.findings.append(Finding(Location(self.path, *place), what, advice))

    def _stop(self, place: Place, what: str, advice: str) -> _Stop:
        return _Stop(Finding(Location(self.path, *place), what, advice))
