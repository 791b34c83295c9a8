"""The names of deployments: no two manifests have the same one, and a name that a deployment gave up
(`renamedFrom`) has no manifest any more, and was given up once.

The first rule is for the manifests of one load, the second for all of the repository.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from reconciler.core.model.findings import Finding, Location
from reconciler.core.model.spec import Claim
from reconciler.manifests.declarations.model_deployment import ManifestMetadata
from reconciler.manifests.schema.document_reading import ReadTable
from reconciler.manifests.yaml.tree import Document, follow, text_at


@dataclass(frozen=True, slots=True)
class DeploymentNames:
    """The first place of each name, of each name that was given up, and of each OCID that is taken over."""

    taken: dict[str, Location] = field(default_factory=dict)
    given_up: dict[str, Location] = field(default_factory=dict)
    adopted: dict[str, Location] = field(default_factory=dict)

    def take(self, metadata: ManifestMetadata, table: ReadTable) -> Iterator[Finding]:
        """Note the names of one manifest. Yields what clashes with a name that was noted before."""
        name, old = metadata.name, metadata.renamed_from
        where = _place(table, "name")
        earlier = self.taken.setdefault(name, where)
        if earlier != where:
            yield Finding(where, f"a second deployment is named '{name}'", f"The first is at {earlier}.")
        yield from self._adopts(metadata.adopt, table)
        if old is None:
            return
        where = _place(table, "renamedFrom")
        if old == name:
            advice = "Name what it was called before, or remove the line."
            yield Finding(where, "metadata.renamedFrom is the deployment's own name", advice)
            return
        earlier = self.given_up.setdefault(old, where)
        if earlier != where:
            yield _given_up_twice(old, where, earlier)

    def _adopts(self, ocid: str | None, table: ReadTable) -> Iterator[Finding]:
        if ocid is None:
            return
        where = _place(table, "adopt")
        earlier = self.adopted.setdefault(ocid, where)
        if earlier != where:
            yield _adopted_twice(ocid, where, earlier)

    def note(self, document: Document) -> Claim:
        """Note the names of a manifest that is not loaded, as far as they can be read."""
        claim = claim_of(document)
        noted = (
            ("name", claim.name, self.taken),
            ("renamedFrom", claim.renamed_from, self.given_up),
            ("adopt", claim.adopt, self.adopted),
        )
        for key, name, places in noted:
            if name:
                places.setdefault(name, document.location(follow(document.root, ("metadata", key))))
        return claim

    def clashes(self, others: "DeploymentNames") -> Iterator[Finding]:
        """When all manifests are read: names that were given up twice, or that have a manifest all the same;
        OCIDs that are adopted twice. `others` are the manifests that are not loaded; clashes among those
        alone are left out.
        """
        for old, where in self.given_up.items():
            if manifest := self.taken.get(old) or others.taken.get(old):
                yield _still_there(old, where, manifest)
            elif earlier := others.given_up.get(old):
                yield _given_up_twice(old, where, earlier)
        for ocid, where in self.adopted.items():
            if earlier := others.adopted.get(ocid):
                yield _adopted_twice(ocid, where, earlier)
        for old, where in others.given_up.items():
            if manifest := self.taken.get(old):
                yield _still_there(old, where, manifest)


def claim_of(document: Document) -> Claim:
    """Which deployment a manifest is about, as far as that can be read."""
    keys = ("name", "renamedFrom", "adopt")
    return Claim(*(text_at(document.root, "metadata", key) or "" for key in keys))


def _place(table: ReadTable, key: str) -> Location:
    return table.document.location(follow(table.node, (key,)))


def _given_up_twice(old: str, where: Location, earlier: Location) -> Finding:
    return Finding(where, f"a second deployment is renamed from '{old}'", f"The first is at {earlier}.")


def _adopted_twice(ocid: str, where: Location, earlier: Location) -> Finding:
    return Finding(where, f"a second manifest adopts {ocid}", f"The first is at {earlier}.")


def _still_there(old: str, where: Location, manifest: Location) -> Finding:
    return Finding(
        where,
        f"'{old}' has a manifest of its own, at {manifest}",
        "Remove that manifest: the deployment has its new name now. Or remove this line.",
    )
