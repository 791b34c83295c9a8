"""Fleets of real tritonserver processes for every test that asks for one."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from datascience_emulator.triton import Fleet
from datascience_emulator.triton import new_fleet as fleet_of_processes
from tests.support.serving import Loop, revision


@pytest.fixture(scope="session")
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


@pytest.fixture(scope="session")
def work_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


@pytest.fixture
def new_fleet(loop: Loop, work_dir: Path, tmp_path: Path) -> Iterator[Callable[[], Fleet]]:
    made: list[Fleet] = []

    def new() -> Fleet:
        made.append(fleet_of_processes(f"fleet-{len(made)}", work_dir, tmp_path / f"logs-{len(made)}"))
        return made[-1]

    yield new
    for fleet in made:
        loop.run(fleet.stop())


@pytest.fixture(scope="session")
def zoo(loop: Loop, work_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """One server with every model, in a folder below the artifact, started by the first seed's command."""
    from tests.support.zoo import zoo_repository

    folder = tmp_path_factory.mktemp("zoo")
    zoo_repository(folder / "models")
    fleet = fleet_of_processes("zoo", work_dir, folder / "logs")
    command = (
        "/opt/nvidia/nvidia_entrypoint.sh",
        "tritonserver",
        "--model-repository=/opt/ds/model/deployed_model/models",
    )
    loop.run(fleet.roll(revision(folder, cmd=command), print))
    yield fleet
    loop.run(fleet.stop())
