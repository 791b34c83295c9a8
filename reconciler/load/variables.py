"""What manifests say of the variables of their servers: which are secrets, and which are shown to everybody.

Whoever takes secrets out of other people's words needs it, also where a manifest cannot be deployed: so
nothing here is a problem of anybody's.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.load.tree import Document, Scalar, Table, find

VARIABLES = ("spec", "server", "env")
"""Where the variables stand in a manifest."""


@dataclass(frozen=True, slots=True)
class Declared:
    """`secrets`: the names that manifests take from the environment. `shown`: deployment, by its name or the
    one before → variable → the text that its manifest has for it.
    """

    secrets: frozenset[str] = frozenset()
    shown: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def declared_by(documents: Iterable[Document]) -> Declared:
    """What these manifests declare, their templates filled in."""
    secrets: set[str] = set()
    shown: dict[str, dict[str, str]] = {}
    for document in documents:
        its: dict[str, str] = {}
        for key in ("name", "renamedFrom"):
            name = find(document.root, "metadata", key)
            if isinstance(name, Scalar) and isinstance(name.value, str):
                shown.setdefault(name.value, its)
        for variable, scalar in _variables(document):
            if scalar.secret is not None:
                secrets.add(scalar.secret.name)
            elif isinstance(scalar.value, str):
                its[variable] = scalar.value
    return Declared(frozenset(secrets), shown)


def _variables(document: Document) -> Iterator[tuple[str, Scalar]]:
    table = find(document.root, *VARIABLES)
    if isinstance(table, Table):
        for key, entry in table.fields.items():
            if isinstance(entry.node, Scalar):
                yield key, entry.node
