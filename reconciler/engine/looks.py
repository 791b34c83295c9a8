"""Snapshots of the cloud during a run, each shared by all who need one that is at least so new.

It must not decide anything; it only saves looking twice at the same moment.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.core.model.live import Snapshot
from reconciler.engine.ports import Cloud
from reconciler.engine.retry import Caller


@dataclass(frozen=True, slots=True)
class View:
    """One look, number `number` of the run, indexed by what the steps ask for."""

    number: int
    snapshot: Snapshot
    deployments: frozenset[str]
    """OCIDs of all deployments of the compartment, deleted ones too."""
    contents: Mapping[str, str]
    """Digests of content, by OCID of catalog model or group."""
    entries: Mapping[str, Mapping[str, str]]
    """OCIDs of active catalog models and groups by owner and digest."""

    @classmethod
    def of(cls, number: int, snapshot: Snapshot) -> "View":
        """Index a snapshot."""
        contents = {model.ocid: model.artifact for model in snapshot.models if model.artifact}
        entries: dict[str, dict[str, str]] = {}
        for model in snapshot.models:
            if model.active and model.artifact:
                entries.setdefault(model.owner or "", {}).setdefault(model.artifact, model.ocid)
        deployments = frozenset(live.ocid for live in snapshot.deployments)
        return cls(number, snapshot, deployments, contents, entries)

    def published(self, owner: str) -> Mapping[str, str]:
        """The OCIDs of what this owner has in the catalog, by digest."""
        return self.entries.get(owner, {})


@dataclass(slots=True)
class Looks:
    """The looks of one run. `begun` is how many there have been."""

    cloud: Cloud
    call: Caller
    begun: int = 0
    last: View | None = None
    going: "asyncio.Task[View] | None" = None

    async def after(self, number: int) -> View:
        """A look that began after look `number` did: after(0) is any."""
        while self.last is None or self.last.number <= number:
            if self.going is None or self.going.done():
                self.begun += 1
                self.going = asyncio.create_task(self._look(self.begun))
            await asyncio.shield(self.going)
        return self.last

    async def _look(self, number: int) -> View:
        self.last = View.of(number, await self.call(self.cloud.snapshot))
        return self.last
