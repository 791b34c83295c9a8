"""Which deployments the commits since a revision can affect, as a value."""

from dataclasses import dataclass

from reconciler.core.model.findings import Finding


@dataclass(frozen=True, slots=True)
class Affected:
    """What has changed between a `revision`, which is the `commit`, and the work tree.

    `names` are the deployments whose specs differ, or are new or gone; None: all of them, and `why` says why.
    `incomparable` are findings in manifests of that time: what those are about counts as changed. With
    `orphans`, everything that no manifest names any more counts too: not all names of that time are known.
    """

    revision: str
    commit: str
    names: frozenset[str] | None
    why: str = ""
    incomparable: tuple[Finding, ...] = ()
    orphans: bool = False

    def has(self, name: str) -> bool:
        """Whether the changes can affect the deployment of this name."""
        return self.names is None or name in self.names
