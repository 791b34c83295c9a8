"""Finds the container engine: where DOCKER_HOST or a context of Docker says, else at the places where Docker
and podman listen by default.
"""

import os
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.core.model.errors import SetupError, quoting
from reconciler.core.model.text import cut, first_line

ANSWER_SECONDS = 10
"""An engine that does not answer a ping by then is not there."""

SILENT_SECONDS = 3600
"""A step of a build may say nothing for a long time."""

LONGEST_REASON = 300

START_ONE = (
    "Start Docker, or podman with `systemctl --user start podman.socket` (as root without --user); "
    "or say in DOCKER_HOST where an engine listens."
)


@dataclass(frozen=True, slots=True)
class EngineAddress:
    """Where an engine may listen. `named_by` says who says so; empty for a usual place."""

    url: str
    named_by: str = ""
    tls: Any = False

    def __str__(self) -> str:
        return f"{self.url} ({self.named_by})" if self.named_by else self.url


def connect_engine(environment: Mapping[str, str] = os.environ) -> Any:
    """A client of the first engine that answers, an `APIClient` of the `docker` package. It is for one
    thread; whoever gets it closes it. Raises SetupError when none answers, with all that was tried.
    """
    tried: list[tuple[EngineAddress, str]] = []
    for address in addresses(environment):
        try:
            return _client(address)
        except _NoEngine as reason:
            tried.append((address, str(reason)))
    lines = [f"    tried {address}: {reason}" for address, reason in tried]
    what = "no container engine answers, and images are built and pushed by one"
    error = SetupError("\n".join((what, *lines, f"    {START_ONE}")))
    raise quoting(error, *(reason for _, reason in tried))


def addresses(environment: Mapping[str, str]) -> Iterator[EngineAddress]:
    """Where to look for an engine. If somebody names one, there and nowhere else."""
    named = _named_by_variable(environment) or _named_by_context(environment)
    if named is not None:
        yield named
        return
    runtime = environment.get("XDG_RUNTIME_DIR", "")
    yield EngineAddress("unix:///var/run/docker.sock")
    if runtime:
        yield EngineAddress(f"unix://{runtime}/docker.sock")
        yield EngineAddress(f"unix://{runtime}/podman/podman.sock")
    yield EngineAddress("unix:///run/podman/podman.sock")


def _named_by_variable(environment: Mapping[str, str]) -> EngineAddress | None:
    if not (host := environment.get("DOCKER_HOST")):
        return None
    from docker.utils import kwargs_from_env

    return EngineAddress(host, "DOCKER_HOST", kwargs_from_env(dict(environment)).get("tls", False))


def _named_by_context(environment: Mapping[str, str]) -> EngineAddress | None:
    """The context that `docker context use` chose, or DOCKER_CONTEXT names; None for the default one."""
    from docker.context import Context
    from docker.context.config import get_current_context_name

    name = environment.get("DOCKER_CONTEXT") or get_current_context_name() or "default"
    if name == "default":
        return None
    try:
        context = Context.load_context(name)
        host = context.Host if context else None
    except Exception as error:  # the package raises Exception for a file that it cannot read
        raise SetupError(f"Docker's context {name!r} cannot be read: see docker context inspect") from error
    if not host:
        raise SetupError(f"Docker has no context {name!r} with an engine: docker context ls lists them")
    return EngineAddress(host, f"Docker's context {name}", context.TLSConfig or False)


class _NoEngine(Exception):
    """Nothing answers there; the text says why."""


def _client(address: EngineAddress) -> Any:
    import docker
    import docker.errors
    import requests

    scheme, _, path = address.url.partition("://")
    if scheme == "unix":
        _check_socket(path)
    try:
        client = docker.APIClient(
            base_url=address.url,
            version="auto",
            timeout=ANSWER_SECONDS,
            tls=address.tls,
            use_ssh_client=scheme == "ssh",
        )
        client.ping()
    except (docker.errors.DockerException, requests.RequestException, OSError, ValueError) as error:
        raise _NoEngine(_reason(error)) from error
    client.timeout = SILENT_SECONDS
    return client


def _check_socket(path: str) -> None:
    """Raise _NoEngine when nothing listens at a socket, or this user may not use it."""
    if not Path(path).exists():
        raise _NoEngine("there is no such socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as tried:
        tried.settimeout(ANSWER_SECONDS)
        try:
            tried.connect(path)
        except OSError as error:
            raise _NoEngine(_reason(error)) from error


def _reason(error: BaseException) -> str:
    """What happened at the root, in a few words."""
    root = error
    while (below := root.__cause__ or root.__context__) is not None:
        root = below
    if isinstance(root, PermissionError):
        return "this user may not use it"
    said = getattr(root, "strerror", None) or str(root) or type(root).__name__
    return cut(first_line(said), LONGEST_REASON)
