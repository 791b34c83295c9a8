"""The names of deployments: in the manifests of one load none twice, and in all of the repository none that
was given up and is still there, or was given up twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from reconciler.core.model.findings import Finding, Location
from reconciler.core.model.spec import Claim
from reconciler.manifests.declarations.model_deployment import Metadata
from reconciler.manifests.rules.whole_manifest import Wrong
from reconciler.manifests.yaml.tree import Document, Scalar, Table, find, follow


@dataclass(frozen=True, slots=True)
class Names:
    """Where each name stood first, and where each one that a deployment was renamed from."""

    taken: dict[str, Location] = field(default_factory=dict)
    given_up: dict[str, Location] = field(default_factory=dict)

    def take(self, document: Document, metadata: Metadata, node: Table) -> Iterator[Wrong]:
        """Note the names of one manifest, whose metadata are at this node; what clashes with one before."""
        name, old = metadata.name, metadata.renamed_from
        at = follow(node, ("name",))
        first = self.taken.setdefault(name, document.location(at))
        if first != document.location(at):
            yield Wrong(at, f"a second deployment is named '{name}'", f"The first is at {first}.")
        if old is None:
            return
        at = follow(node, ("renamedFrom",))
        if old == name:
            advice = "Name what it was called before, or take the line out."
            yield Wrong(at, "metadata.renamedFrom is the deployment's own name", advice)
            return
        first = self.given_up.setdefault(old, document.location(at))
        if first != document.location(at):
            yield Wrong(at, *_twice(old, first))

    def note(self, document: Document) -> Claim:
        """Note the names of a manifest that is not loaded, as far as they can be read, and nothing else of
        it.
        """
        name, old = (_text(document, key) for key in ("name", "renamedFrom"))
        for text, held, key in ((name, self.taken, "name"), (old, self.given_up, "renamedFrom")):
            if text:
                held.setdefault(text, document.location(follow(document.root, ("metadata", key))))
        return Claim(name, old)

    def clashes(self, others: "Names") -> Iterator[Finding]:
        """When all manifests are read: the names that were given up twice, or have a manifest all the same.
        `others` are those of manifests that are not loaded; what concerns these alone is not told.
        """
        for old, where in self.given_up.items():
            if there := self.taken.get(old) or others.taken.get(old):
                yield _still_there(old, where, there)
            elif first := others.given_up.get(old):
                yield Finding(where, *_twice(old, first))
        for old, where in others.given_up.items():
            if there := self.taken.get(old):
                yield _still_there(old, where, there)


def _text(document: Document, key: str) -> str:
    found = find(document.root, "metadata", key)
    return found.value if isinstance(found, Scalar) and isinstance(found.value, str) else ""


def _twice(old: str, first: Location) -> tuple[str, str]:
    return f"a second deployment is renamed from '{old}'", f"The first is at {first}."


def _still_there(old: str, where: Location, there: Location) -> Finding:
    return Finding(
        where,
        f"'{old}' has a manifest of its own, at {there}",
        "Take that manifest away: the deployment goes by its new name. Or take this line out.",
    )
