"""What manifests say of the variables of their servers: which are secrets, and which are shown to everybody.

Whoever takes secrets out of other people's words needs it, also where a manifest cannot be deployed: so
nothing here is a problem of anybody's.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.manifests.yaml.tree import Document, Scalar, Table, find

VARIABLES = ("spec", "server", "env")
"""Where the variables stand in a manifest."""


@dataclass(frozen=True, slots=True)
class Declared:
    """`secrets`: the names that manifests take from the environment. `shown`: deployment, by its name or the
    one before → variable → the text that its manifest has for it. `hidden` has the variables that it takes
    from the environment.
    """

    secrets: frozenset[str] = frozenset()
    shown: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    hidden: Mapping[str, frozenset[str]] = field(default_factory=dict)


def declared_by(documents: Iterable[Document]) -> Declared:
    """What these manifests declare, their templates filled in."""
    secrets: set[str] = set()
    shown: dict[str, dict[str, str]] = {}
    hidden: dict[str, frozenset[str]] = {}
    for document in documents:
        variables = dict(_variables(document))
        taken = {variable: scalar.secret.name for variable, scalar in variables.items() if scalar.secret}
        written = {
            variable: scalar.value
            for variable, scalar in variables.items()
            if variable not in taken and isinstance(scalar.value, str)
        }
        secrets |= set(taken.values())
        for name in _names(document):
            shown.setdefault(name, written)
            hidden.setdefault(name, frozenset(taken))
    return Declared(frozenset(secrets), shown, hidden)


def _names(document: Document) -> Iterator[str]:
    for key in ("name", "renamedFrom"):
        name = find(document.root, "metadata", key)
        if isinstance(name, Scalar) and isinstance(name.value, str):
            yield name.value


def _variables(document: Document) -> Iterator[tuple[str, Scalar]]:
    table = find(document.root, *VARIABLES)
    if isinstance(table, Table):
        for key, entry in table.fields.items():
            if isinstance(entry.node, Scalar):
                yield key, entry.node
