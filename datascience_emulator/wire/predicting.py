"""A predict request as model servers get it, and what they answer. Types only."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class ServersAs(StrEnum):
    """What model servers run as: processes of this machine's own Triton, or containers of the deployments'
    own images.
    """

    LOCAL = "local"
    DOCKER = "docker"


@dataclass(frozen=True, slots=True)
class PredictRequest:
    """One predict request. `path`, with its query, is as the container sees it; None stands for the path that
    the deployment maps its predict endpoint to. Header names are in lower case.
    """

    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"
    path: str | None = None


class Reply(Protocol):
    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes: ...


class Stream(Protocol):
    """A reply whose body is still coming."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def chunks(self) -> AsyncIterator[bytes]: ...


class NothingServes(Exception):
    """No server can take the request; the message says why."""


class Servers(Protocol):
    """The running model servers of all deployments."""

    def count(self, deployment_id: str) -> int | None:
        """How many servers of the deployment take requests; None when the emulator runs none for it."""

    async def predict(self, deployment_id: str, request: PredictRequest) -> Reply:
        """Raises NothingServes. Takes as long as the server takes."""

    def stream(self, deployment_id: str, request: PredictRequest) -> AbstractAsyncContextManager[Stream]:
        """As `predict`, with the answer's body as it comes. Left early, the server is told to stop."""
