"""The names of deployments in all manifests of one load: none twice, and none that was given up and is still
there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from reconciler.core.errors import Location, Problem
from reconciler.load.cross_checks import Wrong
from reconciler.load.manifest import Metadata
from reconciler.load.tree import Document, Table, follow


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
            yield Wrong(at, f"a second deployment is renamed from '{old}'", f"The first is at {first}.")

    def clashes(self) -> Sequence[Problem]:
        """When all manifests are read: the names that were given up and have a manifest all the same."""
        return [
            Problem(
                where,
                f"'{old}' has a manifest of its own, at {self.taken[old]}",
                "Take that manifest away: the deployment goes by its new name. Or take this line out.",
            )
            for old, where in self.given_up.items()
            if old in self.taken
        ]
