"""Trees → dataclasses, by their shapes; every difference from the shape becomes a finding with its place.

One function per shape, made once. What depends on more than one field's own form is not decided here
(`rules.tables`).
"""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple, TypeAlias, TypeVar, assert_never

from reconciler.core.model.findings import Finding
from reconciler.manifests.schema.shapes import (
    BoolShape,
    ChoiceShape,
    FieldShape,
    FreeShape,
    ListShape,
    MapShape,
    NumberShape,
    Shape,
    TableShape,
    Text,
    TextShape,
    UnionShape,
    table_of,
)
from reconciler.manifests.schema.words import (
    count_fault,
    kind_advice,
    kind_of,
    listed,
    nearest,
    short,
    shown,
    span,
    wanted,
)
from reconciler.manifests.yaml.tree import (
    Document,
    Listing,
    Node,
    Scalar,
    Table,
    TableEntry,
    Trail,
    follow,
    plain,
)

T = TypeVar("T")


class _Bad:
    """Stands for a value that could not be read; the finding is on the list."""


BAD = _Bad()


class ReadTable(NamedTuple):
    """A table that was read well: what it became, where it is, and its place in words (`spec.image`)."""

    value: object
    document: Document
    node: Table
    at: str

    def finding(self, trail: Trail, what: str, advice: str = "") -> Finding:
        """A finding at the value that a trail leads to; or at the last one on the way that exists."""
        return self.document.finding(follow(self.node, trail), what, advice)

    def finding_at_key(self, trail: Trail, what: str, advice: str = "") -> Finding:
        """A finding at the key of that value."""
        holder = follow(self.node, trail[:-1])
        entry = holder.fields.get(str(trail[-1])) if isinstance(holder, Table) else None
        return self.document.finding(entry or holder, what, advice)


@dataclass(slots=True)
class DocumentReading:
    """One document that is being read: its findings so far, and the tables that were read well, also where
    something around them is wrong.
    """

    document: Document
    findings: list[Finding] = field(default_factory=list)
    tables: list[ReadTable] = field(default_factory=list)

    def refuse(self, node: Node | TableEntry, what: str, advice: str = "") -> _Bad:
        """Note a finding. Returns what stands for the value."""
        self.findings.append(self.document.finding(node, what, advice))
        return BAD

    def read_as(self, cls: type[T]) -> Iterator[tuple[T, ReadTable]]:
        """The tables that became a `cls`, in the order of the file."""
        return ((table.value, table) for table in self.tables if isinstance(table.value, cls))


Reader: TypeAlias = Callable[[DocumentReading, Node, str], Any]


def read(cls: type[T], reading: DocumentReading) -> T | None:
    """The document as `cls`, or None; findings, and every table that is whole, are noted in `reading`."""
    described: Any = cls  # mypy does not take a class for hashable
    value = _document_reader(described)(reading, reading.document.root, "")
    return value if isinstance(value, cls) else None


@cache
def _document_reader(cls: Any) -> Reader:
    # By class: a shape takes as long to hash as a document to read.
    return _reader(table_of(cls))


@cache
def _reader(shape: Shape) -> Reader:
    match shape:
        case TextShape():
            return _text_reader(shape)
        case ChoiceShape():
            return _choice_reader(shape)
        case NumberShape():
            return _number_reader(shape)
        case BoolShape():
            return _read_bool
        case ListShape():
            return _list_reader(shape)
        case MapShape():
            return _map_reader(shape)
        case FreeShape():
            return _read_free
        case TableShape():
            return _table_reader(shape)
        case UnionShape():
            return _union_reader(shape)
        case _:
            assert_never(shape)


# Scalars.


def _text_reader(shape: TextShape) -> Reader:
    fault = _text_fault(shape.limits)

    def read_text(reading: DocumentReading, node: Node, at: str) -> object:
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            return _wrong_kind(reading, node, at, shape)
        if shape.secret and node.secret is not None:
            return node.secret
        if what := fault(node.value):
            return reading.refuse(node, f"{at} must be {what}, not {shown(node)}", shape.limits.why)
        return node.value

    return read_text


def _text_fault(limits: Text) -> Callable[[str], str]:
    """What a text should have been, or "" when it is within the limits."""
    pattern = re.compile(limits.pattern)
    longest = limits.longest or math.inf

    def fault(text: str) -> str:
        if limits.pattern and not pattern.fullmatch(text):
            return limits.what
        return f"at most {longest} characters long" if len(text) > longest else ""

    return fault


def _choice_reader(shape: ChoiceShape) -> Reader:
    def read_choice(reading: DocumentReading, node: Node, at: str) -> object:
        if not isinstance(node, Scalar) or node.value is None:
            return _wrong_kind(reading, node, at, shape)
        if node.value in shape.words:
            return shape.enum(node.value) if shape.enum else node.value
        words = listed(shape.words)
        return reading.refuse(
            node, f"{at} must be {words}, not {shown(node)}", nearest(str(node.value), shape.words)
        )

    return read_choice


def _number_reader(shape: NumberShape) -> Reader:
    limits = shape.limits
    low = -math.inf if limits.low is None else limits.low
    high = math.inf if limits.high is None else limits.high

    def read_number(reading: DocumentReading, node: Node, at: str) -> object:
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            return _wrong_kind(reading, node, at, shape)
        if shape.whole and not isinstance(value, int):
            return _wrong_kind(reading, node, at, shape)
        if not low <= value <= high:
            return reading.refuse(node, f"{at} must be {span(shape)}, not {shown(node)}")
        return value if shape.whole else float(value)

    return read_number


def _read_bool(reading: DocumentReading, node: Node, at: str) -> object:
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return node.value
    return _wrong_kind(reading, node, at, BoolShape())


# Collections.


def _list_reader(shape: ListShape) -> Reader:
    read_item = _reader(shape.item)

    def read_list(reading: DocumentReading, node: Node, at: str) -> object:
        if not isinstance(node, Listing):
            return _wrong_kind(reading, node, at, shape)
        values = [read_item(reading, item, f"{at}[{index}]") for index, item in enumerate(node.items)]
        if fault := count_fault(len(values), shape.count.least, shape.count.most, "entries"):
            return reading.refuse(node, f"{at} must have {fault}, not {len(values)}", shape.count.why)
        return BAD if BAD in values else tuple(values)

    return read_list


def _map_reader(shape: MapShape) -> Reader:
    read_value = _reader(shape.value)
    fault = _text_fault(shape.keys)

    def read_map(reading: DocumentReading, node: Node, at: str) -> object:
        if not isinstance(node, Table):
            return _wrong_kind(reading, node, at, shape)
        bad = [(key, what) for key in node.fields if (what := fault(key))]
        for key, what in bad:
            reading.refuse(node.fields[key], f"the key '{short(key)}' of {at} must be {what}")
        values = {key: read_value(reading, entry.node, f"{at}.{key}") for key, entry in node.fields.items()}
        if wrong := count_fault(len(values), shape.count.least, shape.count.most, "entries"):
            return reading.refuse(node, f"{at} must have {wrong}, not {len(values)}", shape.count.why)
        return BAD if bad or BAD in values.values() else values

    return read_map


def _read_free(reading: DocumentReading, node: Node, at: str) -> object:
    if not isinstance(node, Table):
        return _wrong_kind(reading, node, at, FreeShape())
    return plain(node)


def _table_reader(shape: TableShape) -> Reader:
    known = {item.key: (item.attribute, _reader(item.shape)) for item in shape.fields}
    required = tuple(item for item in shape.fields if item.required)
    optional = frozenset(item.attribute for item in shape.fields if not item.required)

    def read_table(reading: DocumentReading, node: Node, at: str) -> object:
        if not isinstance(node, Table):
            return _wrong_kind(reading, node, at, shape)
        prefix = f"{at}." if at else ""
        values: dict[str, object] = {}
        for key, entry in node.fields.items():
            if key not in known:
                _unknown_field(reading, entry, key, at, tuple(known))
                continue
            attribute, read_value = known[key]
            value = read_value(reading, entry.node, prefix + key)
            if value is not BAD or attribute not in optional:
                values[attribute] = value
        for item in required:
            if item.attribute not in values:
                values[item.attribute] = _missing(reading, node, at, item)
        if not _one_of_holds(reading, node, at, shape) or BAD in values.values():
            return BAD
        made = shape.cls(**values)
        reading.tables.append(ReadTable(made, reading.document, node, at))
        return made

    return read_table


def _union_reader(shape: UnionShape) -> Reader:
    tables = [(option, _reader(option)) for option in shape.options if isinstance(option, TableShape)]
    others = [(option, _reader(option)) for option in shape.options if not isinstance(option, TableShape)]

    def read_union(reading: DocumentReading, node: Node, at: str) -> object:
        if isinstance(node, Table) and tables:
            return _closest(tables, node)(reading, node, at)
        for option, reader in others:
            if isinstance(node, _node_class(option)) and not _is_null(node):
                return reader(reading, node, at)
        return _wrong_kind(reading, node, at, shape)

    return read_union


def _closest(tables: Sequence[tuple[TableShape, Reader]], node: Table) -> Reader:
    """The table that the user most likely meant: the one that knows the most of the given fields."""
    return max(tables, key=lambda table: len(table[0].by_key().keys() & node.fields.keys()))[1]


def _one_of_holds(reading: DocumentReading, node: Table, at: str, shape: TableShape) -> bool:
    if shape.one_of is None:
        return True
    given = [name for name in shape.one_of.names if name in node.fields]
    names = listed([f"'{name}'" for name in shape.one_of.names])
    if not given:
        reading.refuse(node, f"{at or 'the document'} needs {names}")
    elif len(given) > 1 and shape.one_of.exactly:
        both = "not both" if len(shape.one_of.names) == 2 else "only one of them"
        reading.refuse(node.fields[given[1]], f"{at or 'the document'} takes {names}, {both}")
    else:
        return True
    return False


# Words for people.


def _unknown_field(
    reading: DocumentReading, entry: TableEntry, key: str, at: str, known: Sequence[str]
) -> None:
    place = at or "the document"
    advice = nearest(key, known) or f"It may have: {', '.join(known)}."
    reading.refuse(entry, f"{place} has no field '{short(key)}'", advice)


def _missing(reading: DocumentReading, node: Table, at: str, item: FieldShape) -> _Bad:
    shape = item.shape
    only = shape.words[0] if isinstance(shape, ChoiceShape) and len(shape.words) == 1 else ""
    advice = f"Write `{item.key}: {only}`." if only else item.doc.text
    return reading.refuse(node, f"{at or 'the document'} lacks the field '{item.key}'", advice)


def _wrong_kind(reading: DocumentReading, node: Node, at: str, shape: Shape) -> _Bad:
    place = at or "the document"
    if _is_null(node):
        return reading.refuse(
            node, f"{place} has no value; it must be {wanted(shape)}", "Give it one, or remove the line."
        )
    return reading.refuse(
        node, f"{place} must be {wanted(shape)}, not {kind_of(node)}", kind_advice(node, shape)
    )


def _is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None


def _node_class(shape: Shape) -> type[Scalar] | type[Listing] | type[Table]:
    if isinstance(shape, ListShape):
        return Listing
    return Table if isinstance(shape, MapShape | FreeShape | TableShape) else Scalar
