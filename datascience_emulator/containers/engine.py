"""The container engine, through the package `docker`: images and containers, and nothing of what is in them.

Blocking: call it in a thread. This module and `connecting` are the only ones that know the package. It must
not decide what is run.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import docker
import urllib3

from datascience_emulator.containers.connecting import connect, credentials
from datascience_emulator.containers.values import (
    End,
    EngineError,
    Image,
    Machine,
    NoAnswer,
    NoSuchImage,
    Order,
)

MOUNT = "/opt/ds/model/deployed_model"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_AGAIN_SECONDS = 1.0
_ABSENT = (404, 409)
"""What an engine answers when a container is gone already, has ended, or is being removed."""


class Engine:
    """Raises NoEngine when none answers."""

    def __init__(self) -> None:
        self._client = connect()

    def answers(self) -> bool:
        try:
            with _told():
                return bool(self._client.ping())
        except EngineError:
            return False

    def close(self) -> None:
        self._client.close()

    def machine(self) -> Machine:
        with _told():
            info = self._client.info()
        return Machine(
            cpus=info["NCPU"],
            memory=info["MemTotal"],
            architecture=_ARCHITECTURES.get(info["Architecture"], info["Architecture"]),
            limits_cpus=bool(info.get("CPUCfsQuota") or info.get("CpuCfsQuota")),
            limits_memory=bool(info.get("MemoryLimit")),
            gpus="nvidia" in (info.get("Runtimes") or {}),
        )

    # -- images

    def find(self, reference: str) -> Image | None:
        """The image, if the engine has it already."""
        try:
            with _told():
                found = self._client.images.get(reference).attrs
        except NoSuchImage:
            return None
        config = found.get("Config") or {}
        return Image(
            reference=reference,
            architecture=found.get("Architecture") or "",
            size=found.get("Size") or 0,
            entrypoint=_words(config.get("Entrypoint")),
            cmd=_words(config.get("Cmd")),
        )

    def pull(self, repository: str, digest: str, architecture: str) -> None:
        """Raises NoSuchImage, in the words of the engine, when the registry does not give it."""
        login = credentials(repository.partition("/")[0])
        with _told(NoSuchImage):
            lines = self._client.api.pull(
                repository,
                tag=digest,
                stream=True,
                decode=True,
                auth_config=login or {},
                platform=f"linux/{architecture}",
            )
            for line in lines:
                if refused := line.get("error"):
                    raise NoSuchImage(" ".join(str(refused).split()))

    # -- containers

    def create(self, order: Order) -> None:
        """Raises NoSuchImage when the engine does not have it."""
        gpus = [docker.types.DeviceRequest(count=-1, capabilities=[["gpu"]])] if order.gpu else None
        with _told():
            self._client.containers.create(
                order.image,
                list(order.cmd) or None,
                name=order.name,
                entrypoint=list(order.entrypoint) or None,
                environment=dict(order.environment),
                ports={f"{port}/tcp": ("127.0.0.1", None) for port in order.ports},
                mounts=[docker.types.Mount(MOUNT, str(order.folder), type="bind", read_only=True)],
                labels=dict(order.labels),
                nano_cpus=None if order.cpus is None else int(order.cpus * 10**9),
                mem_limit=order.memory,
                shm_size=order.shared_memory,
                device_requests=gpus,
            )

    def start(self, name: str) -> dict[int, int]:
        """Start it. The port of 127.0.0.1 for each published port of the container."""
        with _told():
            self._client.api.start(name)
            published = self._client.api.inspect_container(name)["NetworkSettings"]["Ports"] or {}
        return {
            int(inside.partition("/")[0]): int(outside[0]["HostPort"])
            for inside, outside in published.items()
            if outside
        }

    def follow(self, name: str, write: Callable[[bytes], object], closing: threading.Event) -> End | None:
        """Pass on what it prints, each line after its time, until it has ended; then say how.

        An engine that does not answer is asked again, since its containers may run on; None when `closing` is
        set meanwhile.
        """
        since: int | None = None
        while True:
            with contextlib.suppress(NoAnswer):
                for chunk in self._printed(name, since):
                    write(chunk)
                since = int(time.time())
                state = self._state(name)
                if not state["Running"]:
                    return End(state["ExitCode"], bool(state.get("OOMKilled")))
            if closing.wait(_AGAIN_SECONDS):
                return None

    def _printed(self, name: str, since: int | None) -> Iterator[bytes]:
        """Ends when the container has ended, and when the connection breaks."""
        with _told():
            yield from self._client.api.logs(name, stream=True, follow=True, timestamps=True, since=since)

    def health(self, name: str) -> tuple[str, str]:
        """What the image's HEALTHCHECK says, and the output of the last check; empty when it has none."""
        health = self._state(name).get("Health") or {}
        log = health.get("Log") or [{}]
        return health.get("Status") or "", " ".join(str(log[-1].get("Output", "")).split())

    def _state(self, name: str) -> dict[str, Any]:
        with _told():
            state: dict[str, Any] = self._client.api.inspect_container(name)["State"]
        return state

    def stop(self, name: str, seconds: float) -> None:
        """Send it SIGTERM, and SIGKILL if it has not ended by then."""
        with _told(absent_is_fine=True):
            self._client.api.stop(name, timeout=int(seconds))

    def remove(self, name: str) -> None:
        """Kill and remove it, if it is there. Podman would first wait ten seconds for its end by itself."""
        with contextlib.suppress(EngineError), _told():
            self._client.api.kill(name)
        with _told(absent_is_fine=True):
            self._client.api.remove_container(name, force=True, v=True)

    def labelled(self, label: str, value: str) -> list[str]:
        """The ids of the containers with this label, ended ones too."""
        with _told():
            found = self._client.api.containers(all=True, filters={"label": f"{label}={value}"})
        return [container["Id"] for container in found]


@contextlib.contextmanager
def _told(kind: type[EngineError] = EngineError, *, absent_is_fine: bool = False) -> Iterator[None]:
    """Errors of the package in the engine's own words."""
    try:
        yield
    except docker.errors.ImageNotFound as error:
        raise NoSuchImage(" ".join(str(error.explanation or error).split())) from error
    except docker.errors.APIError as error:
        if not (absent_is_fine and error.status_code in _ABSENT):
            raise kind(" ".join(str(error.explanation or error).split())) from error
    except (docker.errors.DockerException, urllib3.exceptions.HTTPError, OSError) as error:
        raise NoAnswer(f"the container engine does not answer: {error}") from error


def _words(value: Any) -> tuple[str, ...]:
    """An entry point or a command: a list, or one word."""
    return (value,) if isinstance(value, str) else tuple(value or ())
