"""YAML as a tree of values that know where they stand.

Only what the tree is and how to find a place in it; parsing, templates and meaning are elsewhere. Named
tuples, because a thousand manifests are a hundred thousand of these and a frozen dataclass costs four times
as much to make.
"""

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from reconciler.core.model.configuration import Json, Secret
from reconciler.core.model.findings import Finding, Location

Plain: TypeAlias = "bool | int | float | str | None"


class Scalar(NamedTuple):
    """One value; with `secret` it is to come from the environment, and `value` is the template's text."""

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
Step: TypeAlias = str | int
Trail: TypeAlias = tuple[Step, ...]
"""Keys and indexes from one node down to another."""


class Document(NamedTuple):
    """One document of a file; `templated` says that some scalar of it holds a template."""

    path: str
    root: Node
    templated: bool

    def location(self, node: "Node | TableEntry") -> Location:
        """Where a node, or the key of a field, stands."""
        return Location(self.path, node.line, node.column)

    def finding(self, node: "Node | TableEntry", what: str, advice: str = "") -> Finding:
        """A finding with this place."""
        return Finding(self.location(node), what, advice)


def find(node: Node, *trail: Step) -> Node | None:
    """The node at the end of a trail, if there is one."""
    below: Node | None = node
    for step in trail:
        below = _below(below, step) if below is not None else None
    return below


def text_at(node: Node, *trail: Step) -> str | None:
    """The text at the end of a trail, if there is one."""
    found = find(node, *trail)
    return found.value if isinstance(found, Scalar) and isinstance(found.value, str) else None


def follow(node: Node, trail: Trail) -> Node:
    """The node at the end of a trail, or the last one on the way that exists: a place for a message."""
    for step in trail:
        below = _below(node, step)
        if below is None:
            break
        node = below
    return node


def _below(node: Node, step: Step) -> Node | None:
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
