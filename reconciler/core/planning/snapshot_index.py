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

    `by_ocid` and `ocids_by_marked_name` have every deployment of the compartment, deleted ones too, whosever
    it is. `alive` are the project's, and `ours_by_name` those of them that are the owner's, by the name that
    is marked on them. `published_digests` are the contents that the owner's catalog holds, and
    `our_models_by_name` and `our_models_by_ocid` its active entries. `inactive_by_digest` are entries that
    are not active: deleted, failed, or not complete yet. `groups_by_member` are the groups that hold a model.
    """

    snapshot: Snapshot
    owner: str
    by_ocid: Mapping[str, Live]
    alive: tuple[Live, ...]
    ours_by_name: Mapping[str | None, tuple[Live, ...]]
    alive_by_display_name: Mapping[str, tuple[Live, ...]]
    ocids_by_marked_name: Mapping[str | None, tuple[str, ...]]
    published_digests: frozenset[str | None]
    inactive_by_digest: Mapping[str | None, tuple[str, ...]]
    our_models_by_name: Mapping[str | None, tuple[CatalogModel, ...]]
    our_models_by_ocid: Mapping[str, CatalogModel]
    groups_by_member: Mapping[str, tuple[str, ...]]

    @property
    def ours(self) -> tuple[Live, ...]:
        """The project's deployments with the owner's mark."""
        return tuple(live for live in self.alive if live.marks.owner == self.owner)


def index_of(snapshot: Snapshot, owner: str) -> SnapshotIndex:
    """The index of a snapshot for one owner."""
    alive = snapshot.alive()
    active = [model for model in snapshot.models if model.active]
    models = [model for model in active if model.owner == owner]
    inactive = [model for model in snapshot.models if not model.active and not model.creating]
    return SnapshotIndex(
        snapshot=snapshot,
        owner=owner,
        by_ocid={live.ocid: live for live in snapshot.deployments},
        alive=alive,
        ours_by_name=grouped((live.marks.name, live) for live in alive if live.marks.owner == owner),
        alive_by_display_name=grouped((live.display_name, live) for live in alive),
        ocids_by_marked_name=grouped((live.marks.name, live.ocid) for live in snapshot.deployments),
        published_digests=frozenset(model.artifact for model in models),
        inactive_by_digest=grouped((digest, model.ocid) for model in inactive for digest in _contents(model)),
        our_models_by_name=grouped((model.name, model) for model in models),
        our_models_by_ocid={model.ocid: model for model in models},
        groups_by_member=snapshot.groups_by_member(),
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
