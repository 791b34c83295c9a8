"""The servers of one deployment: balances requests over them, and replaces them without a failed request.

It must not know how a server is started, or the paths of Triton; `server` and `routing` do.
"""

import asyncio
import itertools
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Protocol

import httpx

from datascience_emulator.triton import inference_requests, routing
from datascience_emulator.triton.instance import Instance
from datascience_emulator.triton.server import PREDICT_TIMEOUT_SECONDS, Server
from datascience_emulator.triton.values import NotServing, Reply, Revision, ServerFailed, Stream

_LOG = logging.getLogger(__name__)
# How long an old server may take to finish its requests. Whole answers are complete by then, but streams may
# be endless.
DRAIN_SECONDS = PREDICT_TIMEOUT_SECONDS
NO_CONTROL = (
    "an update of type LIVE needs Triton's model control mode explicit: leave --model-control-mode out of "
    "the command, or set it to explicit; or update with ZDT"
)


Start = Callable[[Revision, Path], Server]
"""Starts a server of a revision, which prints to this log, and returns at once. May raise ServerFailed."""


class Launcher(Protocol):
    """What a fleet's servers run as. `log_name`: what the names of their logs begin with."""

    @property
    def log_name(self) -> str: ...

    async def prepare(self, revision: Revision, progress: Callable[[str], None]) -> Start:
        """Make ready what all servers of the revision need. Raises ServingUnavailable when none can run here,
        and ServerFailed when none of this revision can.
        """


class Fleet:
    """The servers of the deployment `name`. It belongs to the event loop that rolls it first.

    `log_dir` is for the logs of the servers.
    """

    def __init__(self, name: str, launcher: Launcher, log_dir: Path) -> None:
        self.name = name
        self._launcher = launcher
        self._log_dir = log_dir.resolve()
        self._active: list[Instance] = []
        self._starting: list[Server] = []
        self._revisions = itertools.count(1)
        self._lock = asyncio.Lock()

    @property
    def instances(self) -> int:
        """How many servers take requests."""
        return sum(instance.server.alive for instance in self._active)

    async def roll(self, revision: Revision, progress: Callable[[str], None]) -> None:
        """Replace the servers by servers of `revision`: first all new ones become ready, then each takes over
        from an old one. `progress` gets a sentence for each event.

        Raises ServingUnavailable when no server can run here, and ServerFailed with its reason when a new
        server does not start. The old servers then still serve.
        """
        async with self._lock:
            start = await self._launcher.prepare(revision, progress)
            servers = await self._start(revision, start, progress)
            fresh = [Instance(self.name, server, partial(again, start, server.log)) for server in servers]
            await self._take_over(fresh, progress)

    async def live(
        self,
        revision: Revision,
        load: Sequence[str],
        unload: Sequence[str],
        progress: Callable[[str], None],
    ) -> None:
        """Let the running servers serve `revision`, one after the other, without new processes: each loads
        the models `load`, then unloads the models `unload`. Other models are not touched.

        Raises ServerFailed with Triton's reason, or when the control mode of the command does not allow it.
        All servers then serve what they served before.
        """
        async with self._lock:
            done: list[tuple[Instance, Revision]] = []
            instances = list(self._active)
            for instance in instances:
                check_change(instance.server)
            for index, instance in enumerate(instances, 1):
                before = instance.server.revision
                done.append((instance, before))
                try:
                    await instance.change(revision, load, unload)
                except ServerFailed:
                    await change_back(done, [*load, *unload])
                    raise
                progress(f"server {index} serves the new models; {summary(load, unload)}")

    async def stop(self) -> None:
        """Stop every server, also those that a roll is starting, which then fails."""
        await kill_all(self._starting)
        async with self._lock:
            leaving, self._active = self._active, []
            await asyncio.gather(*(instance.stop() for instance in leaving))

    async def predict(
        self, headers: Mapping[str, str], body: bytes, method: str = "POST", path: str | None = None
    ) -> Reply:
        """Triton's answer, also an error, unchanged. Raises NotServing when no server is ready.

        With a `path`, the request goes there, by `method`; without one, headers and environment decide.
        """
        refused: list[Server] = []
        while True:
            server = self._least_busy(refused)
            with server.busy():
                try:
                    return await inference_requests.ask(
                        server, headers, body, route(server, headers, method, path)
                    )
                except httpx.ConnectError:
                    # The server is dying, and nothing was sent, so another may take the request.
                    refused.append(server)
                except httpx.TransportError as error:
                    return inference_requests.failed(error)

    @asynccontextmanager
    async def stream(
        self, headers: Mapping[str, str], body: bytes, method: str = "POST", path: str | None = None
    ) -> AsyncIterator[Stream]:
        """As `predict`, with the answer's body as it comes. Left early, the server is told to stop."""
        refused: list[Server] = []
        while True:
            server = self._least_busy(refused)
            with server.busy():
                try:
                    stream = await inference_requests.open_stream(
                        server, headers, body, route(server, headers, method, path)
                    )
                except httpx.ConnectError:
                    refused.append(server)
                    continue
                except httpx.TransportError as error:
                    stream = inference_requests.whole(inference_requests.failed(error))
                try:
                    yield stream
                    return
                finally:
                    await stream.close()

    def _least_busy(self, refused: Sequence[Server]) -> Server:
        servers = [instance.server for instance in self._active]
        ready = [server for server in servers if server.alive and server not in refused]
        if not ready:
            raise NotServing(f"{self.name}: no server is ready")
        return min(ready, key=lambda server: server.in_flight)

    async def _start(self, revision: Revision, start: Start, progress: Callable[[str], None]) -> list[Server]:
        number = next(self._revisions)
        began = time.monotonic()
        try:
            for index in range(1, revision.instances + 1):
                log = self._log_dir / f"{self._launcher.log_name}-{number}-{index}.log"
                self._starting.append(start(revision, log))
            progress(f"starting {counted(revision.instances)}")
            async with asyncio.TaskGroup() as group:
                for index, server in enumerate(self._starting, 1):
                    group.create_task(report_ready(server, index, began, progress))
        except BaseException as error:
            await kill_all(self._starting)
            raise first_failure(error) from None
        finally:
            fresh, self._starting = self._starting, []
        return fresh

    async def _take_over(self, fresh: Sequence[Instance], progress: Callable[[str], None]) -> None:
        leaving = list(self._active)
        try:
            await self._replace(leaving, fresh, progress)
        except BaseException:
            # Cancelled halfway. The new servers are ready, and none may be left running outside the list.
            self._active = list(fresh)
            for old in leaving:
                old.close()
            raise

    async def _replace(
        self, leaving: Sequence[Instance], fresh: Sequence[Instance], progress: Callable[[str], None]
    ) -> None:
        async with asyncio.TaskGroup() as stops:
            for index, (new, old) in enumerate(itertools.zip_longest(fresh, leaving), 1):
                if new:
                    self._active.append(new)
                if old:
                    self._active.remove(old)
                    await old.server.drained(DRAIN_SECONDS)
                    stops.create_task(old.stop())
                progress(took_over(index, new, old))


def again(start: Start, log: Path, revision: Revision) -> Server:
    return start(revision, log)


def check_change(server: Server) -> None:
    if not server.changeable:
        raise ServerFailed(NO_CONTROL)
    if not server.alive:
        raise ServerFailed("a server has died and is being replaced: send the update again when it is back")


async def change_back(done: Sequence[tuple[Instance, Revision]], models: Sequence[str]) -> None:
    """Let each instance serve its earlier revision again, with those of `models` that are in it."""
    for instance, before in done:
        load = [model for model in models if (before.model_dir / model).is_dir()]
        try:
            await instance.change(before, load, [model for model in models if model not in load])
        except ServerFailed as error:
            _LOG.error("%s: a server does not go back to what it served: %s", instance.name, error)


def summary(load: Sequence[str], unload: Sequence[str]) -> str:
    return f"loaded {', '.join(load) or 'nothing'}, unloaded {', '.join(unload) or 'nothing'}"


async def report_ready(server: Server, index: int, began: float, progress: Callable[[str], None]) -> None:
    await server.ready()
    progress(f"server {index} is ready after {time.monotonic() - began:.1f} s")


def took_over(index: int, new: Instance | None, old: Instance | None) -> str:
    if new and old:
        return f"server {index} took over; the one before it is drained"
    return f"server {index} takes requests" if new else f"old server {index} is drained"


async def kill_all(servers: Sequence[Server]) -> None:
    await asyncio.gather(*(server.kill() for server in servers))


def first_failure(error: BaseException) -> BaseException:
    """The ServerFailed inside the exception of a task group, if there is one; else the exception itself."""
    if isinstance(error, BaseExceptionGroup):
        return next((inner for inner in error.exceptions if isinstance(inner, ServerFailed)), error)
    return error


def counted(instances: int) -> str:
    return "1 server" if instances == 1 else f"{instances} servers"


def route(
    server: Server, headers: Mapping[str, str], method: str, path: str | None
) -> inference_requests.Route:
    if path is not None:
        return routing.FixedRoute(path, method)
    return routing.find_route(headers, server.revision.environment, triton=server.revision.triton)
