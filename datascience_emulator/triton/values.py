"""The values of serving: what a fleet runs, what it answers, and how it fails.

It must not import other modules of the package, since all of them use it.

    Exception
    ├── ServingUnavailable   Triton cannot run on this machine
    ├── ServerFailed         a server did not start, or did not become ready
    └── NotServing           no server is ready to take a request
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path


class ServingUnavailable(Exception):
    """Triton cannot run here; the message says what is missing and what to do about it."""


class ServerFailed(Exception):
    """The servers of a revision did not start. Those of the revision before, if any, still serve."""

    def __init__(self, reason: str, log_tail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.log_tail = log_tail


class NotServing(Exception):
    """No server of the fleet is ready."""


@dataclass(frozen=True, slots=True)
class Container:
    """What a deployment says of the container that it wants. Servers that are processes have no use for it.

    `image` is REGISTRY/NAME, to be run by its `digest`; there is no digest when no registry has the image.
    `shape` is the name of the compute shape, which has processors of this `architecture` (`amd64`, `arm64`)
    and perhaps a `gpu`; without a size, `cpus` and `memory` (bytes) are None.
    """

    image: str
    digest: str | None
    health_check_port: int
    shape: str
    architecture: str
    gpu: bool = False
    cpus: float | None = None
    memory: int | None = None


@dataclass(frozen=True, slots=True)
class Revision:
    """One state of a deployment, as its servers see it.

    `model_dir` is the unpacked artifact, which containers have at /opt/ds/model/deployed_model. `entrypoint`
    and `cmd` stand for those of the image, where they are given. `environment` has the variables of the
    deployment and of the service. `server_port` is the port where the service expects the container to
    answer; processes here listen on free ports of their own. `live`: its models may be changed while it runs
    (`Fleet.live`). `triton`: requests go to the paths of Triton, not to those of the service's contract.
    """

    model_dir: Path
    environment: Mapping[str, str]
    server_port: int
    instances: int
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    live: bool = False
    triton: bool = True
    container: Container | None = None

    @property
    def command(self) -> tuple[str, ...]:
        """All words of the command; without any, the image's own is meant."""
        return (*self.entrypoint, *self.cmd)


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Stream:
    """A reply whose body is still coming. Whoever opened it has to close it, read to its end or not; a server
    that is not done stops then.
    """

    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]
    close: Callable[[], Awaitable[None]]
