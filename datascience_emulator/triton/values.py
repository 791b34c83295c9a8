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
class Revision:
    """One state of a deployment, as its container sees it.

    `model_dir` is the unpacked artifact, which containers have at /opt/ds/model/deployed_model. `command` is
    the command of the container; if it is empty, the image's own is used. `environment` has the deployment's
    environment variables. `server_port` is the port where the service expects the container to answer; the
    processes here listen on free ports of their own. `live`: its models may be changed while it runs
    (`Fleet.live`).
    """

    model_dir: Path
    command: tuple[str, ...]
    environment: Mapping[str, str]
    server_port: int
    instances: int
    live: bool = False


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
