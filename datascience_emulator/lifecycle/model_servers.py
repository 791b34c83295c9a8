"""The running model servers: one fleet for each deployment that serves.

What serves is imported when the first deployment needs it, so that the control plane starts at once, and
works where Triton is not installed. `revisions` says what a fleet runs; `lifecycle` decides when.
"""

import asyncio
import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import cast

from datascience_emulator.home.claim import discard_servers
from datascience_emulator.lifecycle.revisions import make_revision
from datascience_emulator.lifecycle.server_kinds import ServerKind
from datascience_emulator.lifecycle.serving_protocol import Fleet, Serving
from datascience_emulator.store.blobs import Blobs
from datascience_emulator.store.unpack import BadArtifact, unpack
from datascience_emulator.wire.json_values import Json
from datascience_emulator.wire.predicting import NothingServes, PredictRequest, Reply, Stream

Artifacts = Mapping[str, str | None]
"""What a deployment serves: folder below the mount → SHA-256 of the artifact that is unpacked there. None
stands for a model without an artifact, the folder "" for the mount itself.
"""


class BootstrapFailed(Exception):
    """The servers did not start. `reason` is one line, `log_tail` the end of their log."""

    def __init__(self, reason: str, log_tail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.log_tail = log_tail


class ModelServers:
    def __init__(self, servers: Path, logs: Path, blobs: Blobs, kind: ServerKind, tenancy: str) -> None:
        self._servers, self._logs, self._blobs = servers, logs, blobs
        self._kind, self._tenancy = kind, tenancy
        self._serving: Serving | None = None
        self._fleets: dict[str, Fleet] = {}
        self._served: dict[str, Artifacts] = {}
        self._reasons: dict[str, str] = {}
        # Model servers need much of the machine while they load. Starting more at once would only make all
        # of them late.
        self._slots = asyncio.Semaphore(max(2, os.cpu_count() or 1))
        # A deployment changes once at a time, from unpacking to removing what no server needs any more. Of
        # two changes at once, the first to end would remove what the other has unpacked.
        self._locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def clear(self) -> None:
        """Remove what an earlier process has left, of servers and of what was unpacked for them. Call it
        before the first `roll`.
        """
        self._kind.begin()
        self._servers.mkdir(mode=0o700, exist_ok=True)
        discard_servers(self._servers)

    def serves(self, deployment_id: str) -> bool:
        return deployment_id in self._fleets and self._fleets[deployment_id].instances > 0

    def runs_none(self, deployment_id: str) -> bool:
        """Whether the emulator deliberately runs no servers for it. Predict requests are told why."""
        return deployment_id in self._reasons

    def count(self, deployment_id: str) -> int | None:
        """How many servers take requests; None when the emulator runs none for it."""
        fleet = self._fleets.get(deployment_id)
        if fleet is None:
            return None if self.runs_none(deployment_id) else 0
        return fleet.instances

    async def roll(
        self, deployment_id: str, document: Json, artifacts: Artifacts, progress: Callable[[str], None]
    ) -> None:
        """Serve `document` with `artifacts` by new servers, which replace those that serve.

        Waits for a change under way. Raises BootstrapFailed; then the old servers still serve.
        """
        async with self._locks[deployment_id]:
            await self._roll(deployment_id, document, artifacts, progress)

    async def _roll(
        self, deployment_id: str, document: Json, artifacts: Artifacts, progress: Callable[[str], None]
    ) -> None:
        reason = await self._why_not(document)
        if reason is not None:
            await self._leave(deployment_id, reason, progress)
            return

        async def start(fleet: Fleet, revision: object) -> None:
            await fleet.roll(revision, progress)

        async with self._slots:
            await self._change(deployment_id, document, artifacts, start)

    async def leave(self, deployment_id: str, reason: str, progress: Callable[[str], None]) -> None:
        """Run no servers for it. Predict requests are told the `reason`."""
        async with self._locks[deployment_id]:
            await self._leave(deployment_id, reason, progress)

    async def _leave(self, deployment_id: str, reason: str, progress: Callable[[str], None]) -> None:
        self._reasons[deployment_id] = reason
        progress(f"No server is started: {reason}")
        await self._stop(deployment_id)

    async def live(
        self, deployment_id: str, document: Json, artifacts: Artifacts, progress: Callable[[str], None]
    ) -> None:
        """Serve `artifacts` by the servers that already run: they load new models and unload old ones. If no
        server runs, start some.

        Waits for a change under way. Raises BootstrapFailed; then what was served before is still served.
        """
        async with self._locks[deployment_id]:
            await self._live(deployment_id, document, artifacts, progress)

    async def _live(
        self, deployment_id: str, document: Json, artifacts: Artifacts, progress: Callable[[str], None]
    ) -> None:
        if not self.serves(deployment_id):
            await self._roll(deployment_id, document, artifacts, progress)
            return
        before = self._served[deployment_id]
        load = [name for name, digest in artifacts.items() if before.get(name) != digest]
        unload = [name for name in before if name not in artifacts]

        async def swap(fleet: Fleet, revision: object) -> None:
            await fleet.live(revision, load, unload, progress)

        async with self._slots:
            await self._change(deployment_id, document, artifacts, swap)

    async def _why_not(self, document: Json) -> str | None:
        if reason := self._kind.why_not(document):
            return reason
        try:
            serving = self._serving = await asyncio.to_thread(self._kind.load)
        except ImportError as error:
            return f"serving cannot be imported ({error}); pip install 'oci-triton-reconciler[emulator]'"
        try:
            await asyncio.to_thread(serving.check)
        except serving.ServingUnavailable as error:
            return str(error)
        return None

    async def _change(
        self,
        deployment_id: str,
        document: Json,
        artifacts: Artifacts,
        change: Callable[[Fleet, object], Awaitable[None]],
    ) -> None:
        serving = cast(Serving, self._serving)
        folder = self._folder(deployment_id)
        folder.mkdir(parents=True, exist_ok=True)
        parent = Path(tempfile.mkdtemp(prefix="model-", dir=folder))
        try:
            await _to_its_end(self._unpack, artifacts, parent / "deployed_model")
            fleet = self._fleets.get(deployment_id) or self._new_fleet(serving, deployment_id)
            self._fleets[deployment_id] = fleet
            self._reasons.pop(deployment_id, None)
            model_dir = parent / "deployed_model"
            await change(fleet, make_revision(serving, document, model_dir, self._tenancy))
        except BaseException as error:
            await asyncio.to_thread(shutil.rmtree, parent, ignore_errors=True)
            if failure := _as_failure(serving, error):
                raise failure from error
            raise
        self._served[deployment_id] = artifacts
        await _to_its_end(_remove_others, folder, parent)

    def _unpack(self, artifacts: Artifacts, mount: Path) -> None:
        """UNVERIFIED: where the members of a model group are mounted. Here each has a folder of its name, so
        that the mount is a model repository, as Triton needs it.
        """
        for name, digest in artifacts.items():
            if digest is None:
                raise BootstrapFailed(
                    f"the model{f' of the member {name}' if name else ''} has no artifact; "
                    "upload one with POST /models/{modelId}/artifact"
                )
            (mount / name).parent.mkdir(exist_ok=True)
            unpack(self._blobs.path(digest), mount / name)

    def _new_fleet(self, serving: Serving, deployment_id: str) -> Fleet:
        unique = deployment_id.rsplit(".", 1)[-1]
        logs, run = self._logs / unique, self._servers / "run"  # `run` may be shared by all fleets
        logs.mkdir(parents=True, exist_ok=True)
        run.mkdir(parents=True, exist_ok=True)
        return serving.new_fleet(deployment_id, run, logs)

    def _folder(self, deployment_id: str) -> Path:
        return self._servers / deployment_id.rsplit(".", 1)[-1]

    async def predict(self, deployment_id: str, request: PredictRequest) -> Reply:
        """Raises NothingServes."""
        with self._serving_fleet(deployment_id) as fleet:
            return await fleet.predict(request.headers, request.body, request.method, request.path)

    @asynccontextmanager
    async def stream(self, deployment_id: str, request: PredictRequest) -> AsyncIterator[Stream]:
        """As `predict`, with the answer's body as it comes. Left early, the server is told to stop."""
        with self._serving_fleet(deployment_id) as fleet:
            async with fleet.stream(request.headers, request.body, request.method, request.path) as stream:
                yield stream

    @contextmanager
    def _serving_fleet(self, deployment_id: str) -> Iterator[Fleet]:
        fleet, serving = self._fleets.get(deployment_id), self._serving
        if fleet is None or serving is None:
            raise NothingServes(self._reasons.get(deployment_id, "its servers are not ready yet"))
        try:
            yield fleet
        except serving.NotServing as error:
            raise NothingServes(str(error) or "no server is ready") from error

    async def stop(self, deployment_id: str) -> None:
        """Stop its servers. Waits for a change under way; to avoid that, cancel the change first."""
        async with self._locks[deployment_id]:
            await self._stop(deployment_id)

    async def _stop(self, deployment_id: str) -> None:
        fleet = self._fleets.pop(deployment_id, None)
        self._served.pop(deployment_id, None)
        if fleet is not None:
            await fleet.stop()
        await asyncio.to_thread(shutil.rmtree, self._folder(deployment_id), ignore_errors=True)

    async def stop_all(self) -> None:
        await asyncio.gather(*(self.stop(deployment_id) for deployment_id in list(self._fleets)))
        self._kind.end()


async def _to_its_end(work: Callable[..., None], *arguments: object) -> None:
    """Run `work` in a thread. If cancelled, still wait for the thread: it cannot be stopped and goes on
    writing.
    """
    running = asyncio.ensure_future(asyncio.to_thread(work, *arguments))
    try:
        await asyncio.shield(running)
    finally:
        await asyncio.wait({running})


def _as_failure(serving: Serving, error: BaseException) -> BootstrapFailed | None:
    if isinstance(error, serving.ServerFailed):
        return BootstrapFailed(getattr(error, "reason", str(error)), getattr(error, "log_tail", ""))
    if isinstance(error, BadArtifact | OSError | serving.ServingUnavailable):
        return BootstrapFailed(str(error))
    return None


def _remove_others(folder: Path, current: Path) -> None:
    for other in folder.glob("model-*"):
        if other != current:
            shutil.rmtree(other, ignore_errors=True)
