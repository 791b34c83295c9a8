"""One engine, one registry and the stand-ins for NVIDIA's images, for all tests of this folder.

What is missing here fails: `make images` has installed it.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest

from tests.images import stand_in
from tests.images.world import World
from tests.support.containers.engine import running_engine, why_no_engine
from tests.support.containers.registry import Registry, running_registry, why_no_registry
from tests.support.workspace import stop

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "oci-triton-reconciler"


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    assert not why_no_registry(), why_no_registry()
    with running_registry(tmp_path_factory.mktemp("registry")) as registry, registry.trusted():
        yield registry


@pytest.fixture(scope="session")
def engine(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A client of the engine. What runs meanwhile uses it, too, and is signed in to the registry."""
    assert not why_no_engine(), why_no_engine()
    with (
        running_engine(tmp_path_factory.mktemp("engine"), trusted=registry.authority) as address,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("DOCKER_HOST", address)
        patch.setenv("DOCKER_CONFIG", str(registry.docker_config(tmp_path_factory.mktemp("signed-in"))))
        client = docker.DockerClient(base_url=address, timeout=600)
        yield client
        client.close()


@pytest.fixture(scope="session")
def nvidias(engine: Any, registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> stand_in.StandIn:
    """The stand-ins, in the registry; the engine has to pull them."""
    made = stand_in.make(engine, CACHE, tmp_path_factory.mktemp("stand-in") / "scratch", registry.host)
    for name in (made.base, made.full):
        for line in engine.images.push(name, auth_config=registry.auth, stream=True, decode=True):
            assert "error" not in line, line
    for image in (made.full, made.base, stand_in.SYSTEM):
        engine.images.remove(image)
    return made


@pytest.fixture(scope="session")
def world(
    engine: Any, registry: Registry, nvidias: stand_in.StandIn, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """The README's example, all of its commands run."""
    world = World.begin(tmp_path_factory.mktemp("world"), engine, registry, nvidias)
    yield world
    stop(world.workspace)
