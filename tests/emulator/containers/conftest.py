"""One engine and one registry for all tests here, and an emulator whose servers are containers."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from datascience_emulator.wire.limits import Limits
from tests.support.containers.docker_cloud import (
    DockerEmulator,
    Yard,
    collect_sockets,
    running_yard,
    why_no_yard,
)
from tests.support.serving import packed
from tests.support.tiny_models import write


@pytest.fixture(scope="module", autouse=True)
def no_sockets_left() -> Iterator[None]:
    """Tests of other modules would hear of them otherwise."""
    yield
    collect_sockets()


@pytest.fixture(scope="session")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    if why := why_no_yard():
        pytest.skip(why)
    with running_yard(tmp_path_factory.mktemp("yard")) as yard:
        yield yard


@pytest.fixture(scope="session")
def started_cloud(yard: Yard, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DockerEmulator]:
    """With images of at most 100 MB."""
    with yard.around():
        emulator = DockerEmulator(tmp_path_factory.mktemp("home"), limits=Limits(image_bytes=10**8))
    yield emulator
    with yard.around():
        emulator.close()
    assert yard.containers() == []


@pytest.fixture
def cloud(started_cloud: DockerEmulator, yard: Yard) -> Iterator[DockerEmulator]:
    """The one emulator of all tests. What it finds its engine by is there for the test alone."""
    with yard.around():
        yield started_cloud


@pytest.fixture
def marked(tmp_path: Path) -> Callable[..., bytes]:
    """An artifact of models, each with its mark."""

    def make(**marks: int) -> bytes:
        folder = tmp_path / "-".join(f"{name}{mark}" for name, mark in marks.items())
        for name, mark in marks.items():
            write(folder / name / "1" / "mark.txt", str(mark))
        return packed(folder)

    return make
