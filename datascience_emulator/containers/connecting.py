"""Finds the container engine of this machine, as the `docker` command does, and the credentials of whoever
started the emulator for a registry.

An engine on another machine is refused: it would mount that machine's folders, and publish ports there.
"""

import ipaddress
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import docker
import requests

from datascience_emulator.containers.values import EngineError, NoEngine

TIMEOUT_SECONDS = 120
"""Of one call that has an end: an engine that is busy takes its time."""

_ANY_VERSION = "1.41"
_USUAL = Path("/var/run/docker.sock")
_START_ONE = "start Docker or podman (podman system service), or set DOCKER_HOST to where one answers"


def connect() -> Any:
    """A client of the package `docker`. Raises NoEngine."""
    address = _address()
    _require_local(os.environ.get("DOCKER_HOST") or "unix://")
    try:
        _require_local(_client(address, version=_ANY_VERSION).api.base_url)
        client = _client(address, version="auto")
        client.ping()
    except (docker.errors.DockerException, requests.RequestException) as error:
        where = address or os.environ.get("DOCKER_HOST") or f"unix://{_USUAL}"
        raise NoEngine(f"no container engine answers at {where} ({_brief(error)}): {_START_ONE}") from error
    return client


def _client(address: str, version: str) -> Any:
    """With the version `auto`, the engine is asked for its own at once."""
    if address:
        return docker.DockerClient(base_url=address, version=version, timeout=TIMEOUT_SECONDS)
    return docker.from_env(version=version, timeout=TIMEOUT_SECONDS)


def credentials(registry: str) -> dict[str, str] | None:
    """The name and password that Docker has for the registry, or a token in the place of both, in the form
    that the engine takes. Raises EngineError when they cannot be read.
    """
    try:
        found: dict[str, str] | None = docker.auth.load_config().resolve_authconfig(registry)
    except (docker.errors.DockerException, ValueError) as error:
        raise EngineError(
            f"Docker's credentials for {registry} cannot be read ({_brief(error)}): docker login {registry}"
        ) from error
    return found


def _address() -> str:
    """Where podman answers, if nothing is said about an engine and Docker has none; else empty."""
    if os.environ.get("DOCKER_HOST") or os.environ.get("DOCKER_CONTEXT") or _USUAL.exists():
        return ""
    return next((f"unix://{socket}" for socket in _podmans() if socket.exists()), "")


def _podmans() -> Iterator[Path]:
    if runtime := os.environ.get("XDG_RUNTIME_DIR"):
        yield Path(runtime, "podman", "podman.sock")
    yield Path("/run/podman/podman.sock")


def _require_local(address: str) -> None:
    """Raises NoEngine. The package has a name of its own for a socket of this machine."""
    if address.startswith(("unix://", "http+unix://", "/")) or address == "http+docker://localhost":
        return
    host = urlsplit(address).hostname or ""
    if not _is_loopback(host):
        raise NoEngine(
            f"the container engine at {address} is on another machine: the emulator mounts folders of this "
            "one and asks ports of 127.0.0.1, so it needs an engine here (DOCKER_HOST, docker context use)"
        )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _brief(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
