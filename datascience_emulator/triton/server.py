"""One tritonserver process under its watchdog: starting it, sending requests, draining and stopping it.

The watchdog has the reading end of a pipe, and this process the writing end. When the pipe is closed, the
watchdog ends the process tree and removes its shared memory. It must not know about other servers.
"""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from datascience_emulator.triton import logs, routing, watchdog
from datascience_emulator.triton.command import MOUNT, LocalResources, server_options
from datascience_emulator.triton.runtime import Runtime
from datascience_emulator.triton.stubs import Stubs
from datascience_emulator.triton.symbolic_links import Links, make_links
from datascience_emulator.triton.values import Reply, Revision, ServerFailed

HEALTH_ENDPOINT = "MODEL_DEPLOY_HEALTH_ENDPOINT"
TIMEOUT_MINUTES = "DEPLOYMENT_TIMEOUT_IN_MINUTES"
DEFAULT_TIMEOUT_MINUTES = 10.0  # "container start within 10 min" (Oracle, Bring Your Own Container)
MAX_TIMEOUT_MINUTES = 240.0  # docs/service.md §2.2
# "A 60 second timeout for the /predict endpoint exists" (Oracle, "Invoking a Model Deployment")
PREDICT_TIMEOUT_SECONDS = 60.0
GRACE_SECONDS = 10.0
POLL_SECONDS = 0.1
HEALTH_TIMEOUT_SECONDS = 5.0
RETURNED_HEADERS = ("content-type", "inference-header-content-length")


@dataclass(eq=False, slots=True)
class Server:
    """A running process. `in_flight` counts the requests that it has not answered yet."""

    revision: Revision
    process: "subprocess.Popen[bytes]"
    control: int
    reservation: socket.socket
    links: Links
    log: Path
    client: httpx.AsyncClient
    in_flight: int = 0
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    ensembles: dict[str, routing.TextEnsemble | None] = field(default_factory=dict)
    closed: bool = False

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    @contextlib.contextmanager
    def busy(self) -> Iterator[None]:
        self.in_flight += 1
        self.idle.clear()
        try:
            yield
        finally:
            self.in_flight -= 1
            if not self.in_flight:
                self.idle.set()

    async def ready(self) -> None:
        """Wait until the health endpoint answers 200. Raises ServerFailed when the process or one of its
        stubs ends before that, or when time is up.
        """
        path = self.revision.environment.get(HEALTH_ENDPOINT) or "/v2/health/ready"
        minutes = timeout_minutes(self.revision.environment)
        stubs = Stubs(self.process.pid)
        try:
            async with asyncio.timeout(minutes * 60):
                while not await self.healthy(f"/{path.lstrip('/')}"):
                    if self.closed:
                        raise ServerFailed("stopped before it was ready")
                    if not self.alive:
                        raise self.failed(f"tritonserver ended with status {self.process.returncode}")
                    if stubs.lost():
                        raise self.failed(logs.lost_stub(self.read_log()))
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError:
            raise self.late(path, minutes) from None

    async def healthy(self, path: str) -> bool:
        try:
            return (
                await self.send("GET", path, timeout=HEALTH_TIMEOUT_SECONDS)
            ).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def failed(self, fact: str) -> ServerFailed:
        """Triton's reason, or else `fact`."""
        log = self.read_log()
        return ServerFailed(logs.reason(log) or fact, logs.tail(log))

    def late(self, path: str, minutes: float) -> ServerFailed:
        """The service's words (docs/service.md §2.2), followed by what did not happen in time."""
        log = self.read_log()
        why = logs.reason(log) or f"GET {path} did not answer 200"
        return ServerFailed(
            f"Workflow timed out. Maximum runtime was: {minutes:g} minutes. {why}", logs.tail(log)
        )

    def read_log(self) -> str:
        """The output of Triton."""
        return self.shown(self.log.read_text(errors="replace"))

    def shown(self, text: str) -> str:
        """The text with the paths that a container would have."""
        for folder in (self.links.model, self.revision.model_dir.resolve()):
            text = text.replace(str(folder), MOUNT)
        return text

    async def send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        timeout: float = PREDICT_TIMEOUT_SECONDS,
    ) -> httpx.Response:
        if self.client.is_closed:
            raise httpx.ConnectError("it is being stopped")
        return await self.client.request(method, path, headers=headers, content=content, timeout=timeout)

    async def open(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> httpx.Response:
        """The head of the answer. Its body is read later; each part of it has to come within
        PREDICT_TIMEOUT_SECONDS.
        """
        if self.client.is_closed:
            raise httpx.ConnectError("it is being stopped")
        request = self.client.build_request(
            method, path, headers=headers, content=body, timeout=PREDICT_TIMEOUT_SECONDS
        )
        return await self.client.send(request, stream=True)

    async def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        answer = await self.send(method, path, headers, body)
        kept = {name: answer.headers[name] for name in RETURNED_HEADERS if name in answer.headers}
        return Reply(answer.status_code, kept, answer.content)

    async def text_ensemble(self, route: routing.ModelRoute) -> routing.TextEnsemble | None:
        """Asks Triton once for each route. An error is not kept: the request itself will show it."""
        if route.path not in self.ensembles:
            answer = await self.send("GET", f"{route.path}/config")
            if answer.status_code != httpx.codes.OK:
                return None
            self.ensembles[route.path] = routing.text_ensemble(answer.json())
        return self.ensembles[route.path]

    async def drained(self, seconds: float) -> None:
        """Wait until every request is answered, at most for `seconds`."""
        if self.in_flight:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self.idle.wait()

    async def stop(self) -> None:
        """Let requests end, then send SIGTERM, then SIGKILL, with some time before each."""
        await self.drained(GRACE_SECONDS)
        # Triton waits for its open connections before it ends.
        await self.client.aclose()
        if self.alive and not self.closed:
            os.write(self.control, b"s")
            await self.ended_within(GRACE_SECONDS + 2)
        await self.kill()

    async def kill(self) -> None:
        """Kill whatever is left. The watchdog has cleaned up when this returns."""
        self.close()
        await self.client.aclose()
        await self.ended_within(GRACE_SECONDS)
        self.links.remove()  # unless the watchdog itself was killed, it has done so

    async def ended_within(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.ended()

    async def ended(self) -> None:
        """Wait for the end of the watchdog, and so of all its processes."""
        if not self.alive:
            return
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        handle = os.pidfd_open(self.process.pid)
        loop.add_reader(handle, over.set)
        try:
            await over.wait()
        finally:
            loop.remove_reader(handle)
            os.close(handle)
        self.process.wait()

    def close(self) -> None:
        """Close the pipe, so that the watchdog kills whatever is left."""
        if not self.closed:
            self.closed = True
            os.close(self.control)
            self.reservation.close()


def timeout_minutes(environment: Mapping[str, str]) -> float:
    """The timeout of a deployment; the default if it is not a number of minutes. NaN would never end, and
    would stop other timers of the event loop.
    """
    try:
        minutes = float(environment[TIMEOUT_MINUTES])
    except (KeyError, ValueError):
        return DEFAULT_TIMEOUT_MINUTES
    return minutes if 0 < minutes <= MAX_TIMEOUT_MINUTES else DEFAULT_TIMEOUT_MINUTES


def start(revision: Revision, runtime: Runtime, log: Path) -> Server:
    """Start the process and return at once. Raises ServerFailed for a command that cannot be run here."""
    reservation = reserve_port()
    port: int = reservation.getsockname()[1]
    name = f"triton-{uuid.uuid4().hex[:12]}"
    links = make_links(name, revision.model_dir.resolve(), runtime.backends)
    try:
        here = LocalResources(port, links.backends, runtime.caches, f"{name}-")
        options = server_options(
            revision.command, links.model, revision.server_port, here, live=revision.live
        )
        environment = runtime.environment(revision.environment)
        process, control = launch([str(runtime.server), *options], here, links, environment, log)
    except BaseException:
        reservation.close()
        links.remove()
        raise
    client = httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}",
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=64),
        headers={"accept-encoding": "identity"},
        trust_env=False,
    )
    return Server(revision, process, control, reservation, links, log, client)


def launch(
    command: list[str], here: LocalResources, links: Links, environment: Mapping[str, str], log: Path
) -> "tuple[subprocess.Popen[bytes], int]":
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists():  # that of the server that died in this place, with the reason why it did
        log.replace(log.with_suffix(".previous.log"))
    reading, writing = os.pipe()
    arguments = [
        sys.executable,
        "-I",
        "-S",
        str(Path(watchdog.__file__).resolve()),
        here.shm_prefix,
        str(links.folder),
        str(GRACE_SECONDS),
        *command,
    ]
    try:
        with log.open("wb") as output:
            process = subprocess.Popen(
                arguments,
                stdin=reading,
                stdout=output,
                stderr=output,
                env=environment,
                # The stub has its working directory on sys.path, before the standard library.
                cwd=log.parent,
                start_new_session=True,
            )
    except BaseException:
        os.close(writing)
        raise
    finally:
        os.close(reading)
    return process, writing


def reserve_port() -> socket.socket:
    """A socket that holds a free loopback port without listening, so that nobody takes it before Triton.
    Triton binds it as well, by SO_REUSEPORT.
    """
    reservation = socket.socket()
    reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    reservation.bind(("127.0.0.1", 0))
    return reservation
