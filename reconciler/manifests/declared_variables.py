"""What manifests say of the variables of their servers: which of them are secrets, and which are shown.

Redaction needs this for manifests that cannot be deployed too, so nothing here is a finding.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.manifests.yaml.tree import Document, Scalar, Table, find, text_at

VARIABLES = ("spec", "server", "env")
"""Where the variables are in a manifest."""


@dataclass(frozen=True, slots=True)
class DeclaredVariables:
    """`secrets`: the names that manifests take from the environment. `shown`: deployment → variable → its
    text in the manifest. `hidden`: deployment → the variables that it takes from the environment. Deployments
    are found by their names, by those that they had before, and by the OCID of one that is adopted.
    """

    secrets: frozenset[str] = frozenset()
    shown: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    hidden: Mapping[str, frozenset[str]] = field(default_factory=dict)


def variables_in(documents: Iterable[Document], elsewhere: Iterable[Document] = ()) -> DeclaredVariables:
    """What these manifests declare, whose templates are filled in. Those of `elsewhere`, which are for other
    targets, say what else is a secret.
    """
    secrets = {scalar.secret.name for other in elsewhere for _, scalar in _variables(other) if scalar.secret}
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
        names = (text_at(document.root, "metadata", key) for key in ("name", "renamedFrom", "adopt"))
        for name in (name for name in names if name is not None):
            shown.setdefault(name, written)
            hidden.setdefault(name, frozenset(taken))
    return DeclaredVariables(frozenset(secrets), shown, hidden)


def _variables(document: Document) -> Iterator[tuple[str, Scalar]]:
    table = find(document.root, *VARIABLES)
    if isinstance(table, Table):
        for name, entry in table.fields.items():
            if isinstance(entry.node, Scalar):
                yield name, entry.node
