"""YAML as a tree of values that know their places: what the tree is, and how to find a place in it.

The nodes are named tuples, because a thousand manifests have a hundred thousand of them, and a frozen
dataclass costs four times as much to make.
"""

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from reconciler.core.model.configuration import Json, Secret
from reconciler.core.model.findings import Finding, Location

Plain: TypeAlias = "bool | int | float | str | None"


class Scalar(NamedTuple):
    """One value. With `secret`, it comes from the environment, and `value` is the text of the template."""

    value: Plain
    line: int
    column: int
    secret: Secret | None = None


class Listing(NamedTuple):
    """A YAML sequence."""

    items: "tuple[Node, ...]"
    line: int
    column: int


class TableEntry(NamedTuple):
    """A value of a table, with the place of its key."""

    node: "Node"
    line: int
    column: int


class Table(NamedTuple):
    """A YAML mapping; its keys are always text."""

    fields: dict[str, TableEntry]
    line: int
    column: int


Node: TypeAlias = Scalar | Listing | Table
Key: TypeAlias = str | int
Trail: TypeAlias = tuple[Key, ...]
"""Keys and indexes from one node down to another."""


class Document(NamedTuple):
    """One document of a file; `templated`: some scalar of it holds a template."""

    path: str
    root: Node
    templated: bool

    def location(self, node: "Node | TableEntry") -> Location:
        """The place of a node, or of the key of a field."""
        return Location(self.path, node.line, node.column)

    def finding(self, node: "Node | TableEntry", what: str, advice: str = "") -> Finding:
        """A finding at this place."""
        return Finding(self.location(node), what, advice)


def find(node: Node, *trail: Key) -> Node | None:
    """The node at the end of a trail, if there is one."""
    below: Node | None = node
    for step in trail:
        below = _below(below, step) if below is not None else None
    return below


def text_at(node: Node, *trail: Key) -> str | None:
    """The text at the end of a trail, if there is one."""
    end = find(node, *trail)
    return end.value if isinstance(end, Scalar) and isinstance(end.value, str) else None


def follow(node: Node, trail: Trail) -> Node:
    """The node at the end of a trail, or the last one on the way that exists. It is a place for a message."""
    for step in trail:
        below = _below(node, step)
        if below is None:
            break
        node = below
    return node


def _below(node: Node, step: Key) -> Node | None:
    if isinstance(node, Table) and isinstance(step, str) and step in node.fields:
        return node.fields[step].node
    if isinstance(node, Listing) and isinstance(step, int) and step < len(node.items):
        return node.items[step]
    return None


def plain(node: Node) -> Json:
    """The tree as plain JSON data."""
    match node:
        case Scalar():
            return node.value
        case Listing():
            return [plain(item) for item in node.items]
        case Table():
            return {key: plain(field.node) for key, field in node.fields.items()}


def holds_template(value: object) -> bool:
    """Whether this is a text that may hold a template."""
    return isinstance(value, str) and ("{{" in value or "{%" in value)


def scalars(node: Node) -> Iterable[Scalar]:
    """Every scalar of the tree, in the order of the file."""
    match node:
        case Scalar():
            yield node
        case Listing():
            for item in node.items:
                yield from scalars(item)
        case Table():
            for field in node.fields.values():
                yield from scalars(field.node)
