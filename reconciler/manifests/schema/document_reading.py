"""One document that is being read: its findings so far, and the tables that were read well."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from reconciler.core.model.findings import Finding
from reconciler.manifests.yaml.tree import Document, Node, Table, TableEntry, Trail, follow

T = TypeVar("T")


class Bad:
    """Stands for a value that could not be read; the finding is on the list."""


BAD = Bad()


class ReadTable(NamedTuple):
    """A table that was read well: what it became, where it is, and its place in words (`spec.image`).

    `bad` are the keys of optional fields that could not be read; `value` has their defaults.
    """

    value: object
    document: Document
    node: Table
    at: str
    bad: frozenset[str]

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

    def refuse(self, node: Node | TableEntry, what: str, advice: str = "") -> Bad:
        """Note a finding. Returns what stands for the value."""
        self.findings.append(self.document.finding(node, what, advice))
        return BAD

    def read_as(self, cls: type[T]) -> Iterator[tuple[T, ReadTable]]:
        """The tables that became a `cls`, in the order of the file."""
        return ((table.value, table) for table in self.tables if isinstance(table.value, cls))
