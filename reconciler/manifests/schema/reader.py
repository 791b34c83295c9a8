"""Trees → dataclasses, by their forms. Every difference from the form becomes a finding with its place.

There is one function for each form, made once. It checks single values, and which fields exclude each other.
All other rules are in `manifests.rules`.
"""

import math
import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeAlias, TypeVar, assert_never

from reconciler.core.model.text import nearest
from reconciler.manifests.schema.document_reading import BAD, DocumentReading, ReadTable
from reconciler.manifests.schema.forms import (
    BoolForm,
    ChoiceForm,
    Form,
    FreeForm,
    ListForm,
    MapForm,
    NumberForm,
    TableForm,
    TextForm,
    UnionForm,
    cached_by_class,
    table_of,
)
from reconciler.manifests.schema.messages import (
    is_null,
    refuse_kind,
    refuse_missing_field,
    refuse_unknown_field,
    shown,
    span,
    wrong_count,
)
from reconciler.manifests.schema.notes import Text
from reconciler.manifests.wording import listed, short
from reconciler.manifests.yaml.tree import Listing, Node, Scalar, Table, plain

T = TypeVar("T")
Reader: TypeAlias = Callable[[DocumentReading, Node, str], Any]


def read(cls: type[T], reading: DocumentReading) -> T | None:
    """The document as `cls`, or None. Findings, and tables that were read well, are noted in `reading`."""
    value = _document_reader(cls)(reading, reading.document.root, "")
    return value if isinstance(value, cls) else None


@cached_by_class
def _document_reader(cls: type[Any]) -> Reader:
    # By class: a form takes as long to hash as a document to read.
    return _reader(table_of(cls))


@cache
def _reader(form: Form) -> Reader:
    match form:
        case TextForm():
            return _text_reader(form)
        case ChoiceForm():
            return _choice_reader(form)
        case NumberForm():
            return _number_reader(form)
        case BoolForm():
            return _read_bool
        case ListForm():
            return _list_reader(form)
        case MapForm():
            return _map_reader(form)
        case FreeForm():
            return _read_free
        case TableForm():
            return _table_reader(form)
        case UnionForm():
            return _union_reader(form)
        case _:
            assert_never(form)


# Scalars.


def _text_reader(form: TextForm) -> Reader:
    fault = _text_fault(form.limits)

    def read_text(reading: DocumentReading, node: Node, at: str) -> object:
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            return refuse_kind(reading, node, at, form)
        if form.secret and node.secret is not None:
            return node.secret
        if what := fault(node.value):
            return reading.refuse(node, f"{at} must be {what}, not {shown(node)}", form.limits.why)
        return node.value

    return read_text


def _text_fault(limits: Text) -> Callable[[str], str]:
    """Gives what a text should have been, or "" when it is within the limits."""
    pattern = re.compile(limits.pattern)
    longest = limits.longest or math.inf

    def fault(text: str) -> str:
        if limits.pattern and not pattern.fullmatch(text):
            return limits.what
        return f"at most {longest} characters long" if len(text) > longest else ""

    return fault


def _choice_reader(form: ChoiceForm) -> Reader:
    def read_choice(reading: DocumentReading, node: Node, at: str) -> object:
        if not isinstance(node, Scalar) or node.value is None:
            return refuse_kind(reading, node, at, form)
        if node.value in form.words:
            return form.enum(node.value) if form.enum else node.value
        words = listed(form.words)
        return reading.refuse(
            node, f"{at} must be {words}, not {shown(node)}", nearest(str(node.value), form.words)
        )

    return read_choice


def _number_reader(form: NumberForm) -> Reader:
    limits = form.limits
    low = -math.inf if limits.low is None else limits.low
    high = math.inf if limits.high is None else limits.high

    def read_number(reading: DocumentReading, node: Node, at: str) -> object:
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            return refuse_kind(reading, node, at, form)
        if form.whole and not isinstance(value, int):
            return refuse_kind(reading, node, at, form)
        if not low <= value <= high:
            return reading.refuse(node, f"{at} must be {span(form)}, not {shown(node)}")
        return value if form.whole else float(value)

    return read_number


def _read_bool(reading: DocumentReading, node: Node, at: str) -> object:
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return node.value
    return refuse_kind(reading, node, at, BoolForm())


# Collections.


def _list_reader(form: ListForm) -> Reader:
    read_item = _reader(form.item)

    def read_list(reading: DocumentReading, node: Node, at: str) -> object:
        if not isinstance(node, Listing):
            return refuse_kind(reading, node, at, form)
        values = [read_item(reading, item, f"{at}[{index}]") for index, item in enumerate(node.items)]
        if wrong := wrong_count(len(values), form.count):
            return reading.refuse(node, f"{at} must have {wrong}, not {len(values)}", form.count.why)
        return BAD if BAD in values else tuple(values)

    return read_list


def _map_reader(form: MapForm) -> Reader:
    read_value = _reader(form.value)
    fault = _text_fault(form.keys)

    def read_map(reading: DocumentReading, node: Node, at: str) -> object:
        if not isinstance(node, Table):
            return refuse_kind(reading, node, at, form)
        bad = [(key, what) for key in node.fields if (what := fault(key))]
        for key, what in bad:
            reading.refuse(node.fields[key], f"the key '{short(key)}' of {at} must be {what}")
        values = {key: read_value(reading, entry.node, f"{at}.{key}") for key, entry in node.fields.items()}
        if wrong := wrong_count(len(values), form.count):
            return reading.refuse(node, f"{at} must have {wrong}, not {len(values)}", form.count.why)
        return BAD if bad or BAD in values.values() else values

    return read_map


def _read_free(reading: DocumentReading, node: Node, at: str) -> object:
    if not isinstance(node, Table):
        return refuse_kind(reading, node, at, FreeForm())
    return plain(node)


def _table_reader(form: TableForm) -> Reader:
    known = {item.key: (item.attribute, _reader(item.form)) for item in form.fields}
    required = tuple(item for item in form.fields if item.required)
    optional = frozenset(item.attribute for item in form.fields if not item.required)

    def read_table(reading: DocumentReading, node: Node, at: str) -> object:
        if not isinstance(node, Table):
            return refuse_kind(reading, node, at, form)
        prefix = f"{at}." if at else ""
        values: dict[str, object] = {}
        bad: set[str] = set()
        for key, entry in node.fields.items():
            if key not in known:
                refuse_unknown_field(reading, entry, key, at, tuple(known))
                continue
            attribute, read_value = known[key]
            value = read_value(reading, entry.node, prefix + key)
            if value is BAD and attribute in optional:
                bad.add(key)
            else:
                values[attribute] = value
        for item in required:
            if item.attribute not in values:
                values[item.attribute] = refuse_missing_field(reading, node, at, item)
        if not _one_of_holds(reading, node, at, form) or BAD in values.values():
            return BAD
        made = form.cls(**values)
        reading.tables.append(ReadTable(made, reading.document, node, at, frozenset(bad)))
        return made

    return read_table


def _union_reader(form: UnionForm) -> Reader:
    tables = [(option, _reader(option)) for option in form.options if isinstance(option, TableForm)]
    others = [(option, _reader(option)) for option in form.options if not isinstance(option, TableForm)]

    def read_union(reading: DocumentReading, node: Node, at: str) -> object:
        if isinstance(node, Table) and tables:
            return _closest(tables, node)(reading, node, at)
        for option, reader in others:
            if isinstance(node, _node_class(option)) and not is_null(node):
                return reader(reading, node, at)
        return refuse_kind(reading, node, at, form)

    return read_union


def _closest(tables: Sequence[tuple[TableForm, Reader]], node: Table) -> Reader:
    """The table that the user most likely meant: the one that knows most of the fields."""
    return max(tables, key=lambda table: len(table[0].by_key().keys() & node.fields.keys()))[1]


def _one_of_holds(reading: DocumentReading, node: Table, at: str, form: TableForm) -> bool:
    if form.one_of is None:
        return True
    present = [name for name in form.one_of.names if name in node.fields]
    names = listed([f"'{name}'" for name in form.one_of.names])
    if not present:
        reading.refuse(node, f"{at or 'the document'} needs {names}")
    elif len(present) > 1 and form.one_of.exactly:
        both = "not both" if len(form.one_of.names) == 2 else "only one of them"
        reading.refuse(node.fields[present[1]], f"{at or 'the document'} takes {names}, {both}")
    else:
        return True
    return False


def _node_class(form: Form) -> type[Scalar] | type[Listing] | type[Table]:
    if isinstance(form, ListForm):
        return Listing
    return Table if isinstance(form, MapForm | FreeForm | TableForm) else Scalar
