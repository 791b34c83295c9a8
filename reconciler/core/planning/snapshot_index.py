"""A snapshot with what is looked up in it, by name, owner and content: made once for a plan.

It decides nothing. Without it every deployment would search all others.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from reconciler.core.model.live import CatalogModel, Live, Snapshot

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class SnapshotIndex:
    """One owner's view of a snapshot.

    `by_ocid` has every deployment of the compartment. `alive` are the project's; of those, `named` are the
    owner's by their name mark, and `shown` all by display name. `marked` has the OCIDs of all deployments
    ever, of whatever project and owner, by name mark. `ready` has the content that the owner's catalog
    holds, and `spent` the entries by content that are gone. `models` are the owner's active catalog
    entries, by name mark, and `entries` by OCID; `holders` the active groups by their members.
    """

    snapshot: Snapshot
    owner: str
    by_ocid: Mapping[str, Live]
    alive: tuple[Live, ...]
    named: Mapping[str | None, tuple[Live, ...]]
    shown: Mapping[str, tuple[Live, ...]]
    marked: Mapping[str | None, tuple[str, ...]]
    ready: frozenset[str | None]
    spent: Mapping[str | None, tuple[str, ...]]
    models: Mapping[str | None, tuple[CatalogModel, ...]]
    entries: Mapping[str, CatalogModel]
    holders: Mapping[str, tuple[str, ...]]

    @property
    def ours(self) -> tuple[Live, ...]:
        """The project's deployments with the owner's mark."""
        return tuple(live for live in self.alive if live.marks.owner == self.owner)


def index_of(snapshot: Snapshot, owner: str) -> SnapshotIndex:
    """The index of a snapshot for one owner."""
    alive = snapshot.alive()
    active = [model for model in snapshot.models if model.active]
    ours = [model for model in active if model.owner == owner]
    spent = [model for model in snapshot.models if not model.active and not model.creating]
    return SnapshotIndex(
        snapshot=snapshot,
        owner=owner,
        by_ocid={live.ocid: live for live in snapshot.deployments},
        alive=alive,
        named=grouped((live.marks.name, live) for live in alive if live.marks.owner == owner),
        shown=grouped((live.display_name, live) for live in alive),
        marked=grouped((live.marks.name, live.ocid) for live in snapshot.deployments),
        ready=frozenset(model.artifact for model in ours),
        spent=grouped((digest, model.ocid) for model in spent for digest in _contents(model)),
        models=grouped((model.name, model) for model in ours),
        entries={model.ocid: model for model in ours},
        holders=grouped((member, model.ocid) for model in active if model.group for member in model.members),
    )


def _contents(model: CatalogModel) -> set[str]:
    """What an entry holds, or was to hold."""
    return {digest for digest in (model.artifact, model.publishing) if digest}


def grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, tuple[V, ...]]:
    """The values by their keys, in their order."""
    by_key: dict[K, list[V]] = {}
    for key, value in pairs:
        by_key.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in by_key.items()}
