"""One model server, whatever it runs as: until it is ready, sending requests, draining and stopping it.

`local_process` is the server as a process of this machine, and `datascience_emulator.containers` has the one
that is a container. It must not know about other servers.
"""

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from datascience_emulator.triton import logs, routing
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


@dataclass(eq=False, slots=True, kw_only=True)
class Server(ABC):
    """A server that has been started. `in_flight` counts the requests that it has not answered yet."""

    revision: Revision
    log: Path
    client: httpx.AsyncClient
    in_flight: int = 0
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    ensembles: dict[str, routing.TextEnsemble | None] = field(default_factory=dict)
    closed: bool = False

    # -- what each kind of server has in its own way

    @property
    @abstractmethod
    def alive(self) -> bool:
        """Whether it has not ended yet."""

    @property
    @abstractmethod
    def end(self) -> str:
        """How it ended, in words."""

    @property
    @abstractmethod
    def models(self) -> Path:
        """The model repository as the server sees it, on this machine."""

    @property
    @abstractmethod
    def changeable(self) -> bool:
        """Whether it can load and unload models while it runs, by its command."""

    @abstractmethod
    def point(self, model_dir: Path) -> None:
        """Let it see another artifact at the same place."""

    @abstractmethod
    async def lost(self) -> str:
        """Why it will never be ready, although it runs; empty if nothing says so."""

    @abstractmethod
    async def ended(self) -> None:
        """Wait for its end, and so for the end of all that belongs to it."""

    @abstractmethod
    async def terminate(self) -> None:
        """Ask it to end, and wait for that a while."""

    @abstractmethod
    async def kill(self) -> None:
        """Kill whatever is left. Nothing is left of it when this returns."""

    @abstractmethod
    def close(self) -> None:
        """Begin to kill it, and do not wait."""

    def shown(self, text: str) -> str:
        """The text with the paths that a container has."""
        return text

    def health_url(self, path: str) -> str:
        return path

    # -- what all have in common

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
        """Wait until the health endpoint answers 200. Raises ServerFailed when the server ends or is lost
        before that, or when time is up.
        """
        path = health_path(self.revision)
        minutes = timeout_minutes(self.revision.environment)
        try:
            async with asyncio.timeout(minutes * 60):
                while not await self.healthy(path):
                    if self.closed:
                        raise ServerFailed("stopped before it was ready")
                    if not self.alive:
                        raise self.failed(self.end)
                    if reason := await self.lost():
                        raise self.failed(reason)
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError:
            raise self.late(path, minutes) from None

    async def healthy(self, path: str) -> bool:
        """The head of the answer decides: a body may not end, or not be what it says. A path that is no path
        of a URL is never answered.
        """
        if self.client.is_closed:
            return False
        try:
            async with self.client.stream(
                "GET", self.health_url(path), timeout=HEALTH_TIMEOUT_SECONDS
            ) as answer:
                return answer.status_code == httpx.codes.OK
        except (httpx.TransportError, httpx.InvalidURL):
            return False

    def failed(self, fact: str) -> ServerFailed:
        """Triton's reason, or else `fact`."""
        log = self.read_log()
        return ServerFailed(logs.reason(log) or fact, logs.tail(log))

    def late(self, path: str, minutes: float) -> ServerFailed:
        """The service's words (docs/service.md §2.2), followed by what did not happen in time."""
        log = self.read_log()
        loading = logs.still_loading(log)
        unanswered = f"GET {path} did not answer 200{f' ({loading})' if loading else ''}"
        why = logs.reason(log) or unanswered
        return ServerFailed(
            f"Workflow timed out. Maximum runtime was: {minutes:g} minutes. {why}", logs.tail(log)
        )

    def read_log(self) -> str:
        """What the server has printed."""
        return self.shown(self.log.read_text(errors="replace"))

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
        headers = {name: value for name, value in answer.headers.items() if name != "content-encoding"}
        return Reply(answer.status_code, headers, answer.content)  # decoded

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
            await self.terminate()
        await self.kill()

    async def ended_within(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.ended()


def health_path(revision: Revision) -> str:
    usual = "/v2/health/ready" if revision.triton else "/health"
    return f"/{(revision.environment.get(HEALTH_ENDPOINT) or usual).lstrip('/')}"


def timeout_minutes(environment: Mapping[str, str]) -> float:
    """The timeout of a deployment; the default if it is not a number of minutes. NaN would never end, and
    would stop other timers of the event loop.
    """
    try:
        minutes = float(environment[TIMEOUT_MINUTES])
    except (KeyError, ValueError):
        return DEFAULT_TIMEOUT_MINUTES
    return minutes if 0 < minutes <= MAX_TIMEOUT_MINUTES else DEFAULT_TIMEOUT_MINUTES


def make_client(url: str = "") -> httpx.AsyncClient:
    """For requests to a server at `url`, which can be set later."""
    return httpx.AsyncClient(
        base_url=url,
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=64),
        headers={"accept-encoding": "identity"},
        trust_env=False,
    )


def fresh_log(log: Path) -> Path:
    """Make way for a new log: one that is there is that of the server that died in this place, with the
    reason why it did.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists():
        log.replace(log.with_suffix(".previous.log"))
    return log
