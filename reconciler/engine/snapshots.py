"""Snapshots of the cloud during a run. Whoever needs one that is new enough shares it with the others.

It must not decide anything; it only saves reading the same thing twice.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reconciler.core.model.live import Snapshot
from reconciler.engine.ports import Cloud
from reconciler.engine.retry import Caller


@dataclass(frozen=True, slots=True)
class IndexedSnapshot:
    """Snapshot number `number` of the run, with indexes for what the steps look up."""

    number: int
    snapshot: Snapshot
    deployments: frozenset[str]
    """OCIDs of all deployments of the compartment, deleted ones too."""
    contents: Mapping[str, str]
    """Digests of content, by OCID of catalog model or group."""
    entries: Mapping[str, Mapping[str, str]]
    """OCIDs of active catalog models and groups by owner and digest."""
    needed: frozenset[str]
    """OCIDs of the catalog models and groups that something uses."""
    groups_by_member: Mapping[str, Sequence[str]]
    """OCIDs of the groups that hold a catalog model."""

    @classmethod
    def of(cls, number: int, snapshot: Snapshot) -> "IndexedSnapshot":
        """Index a snapshot."""
        contents = {model.ocid: model.artifact for model in snapshot.models if model.artifact}
        entries: dict[str, dict[str, str]] = {}
        for model in snapshot.models:
            if model.active and model.artifact:
                entries.setdefault(model.owner or "", {}).setdefault(model.artifact, model.ocid)
        deployments = frozenset(live.ocid for live in snapshot.deployments)
        needed, groups = snapshot.needed_entries(), snapshot.groups_by_member()
        return cls(number, snapshot, deployments, contents, entries, needed, groups)

    def published(self, owner: str) -> Mapping[str, str]:
        """The OCIDs of what this owner has in the catalog, by digest."""
        return self.entries.get(owner, {})


@dataclass(slots=True)
class SharedSnapshots:
    """The snapshots of one run, some `with_members` of all groups. `begun` counts those that were begun."""

    cloud: Cloud
    with_members: bool = False
    begun: int = 0
    latest: IndexedSnapshot | None = None
    reading: "asyncio.Task[IndexedSnapshot] | None" = None

    async def after(self, call: Caller, number: int) -> IndexedSnapshot:
        """A snapshot that was begun after snapshot `number`, by this `call` if need be; 0 means any."""
        while self.latest is None or self.latest.number <= number:
            if self.reading is None or self.reading.done():
                self.begun += 1
                self.reading = asyncio.create_task(self._read(call, self.begun))
            await asyncio.shield(self.reading)
        return self.latest

    async def _read(self, call: Caller, number: int) -> IndexedSnapshot:
        snapshot = await call(self.cloud.snapshot)
        if self.with_members and snapshot.unread_groups:
            snapshot = await call(self.cloud.with_members, snapshot)
        self.latest = IndexedSnapshot.of(number, snapshot)
        return self.latest
