"""An emulator that is killed leaves no container: its watchdog removes them, or else its next start does."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

from tests.support.containers.docker_cloud import LEFT_SOCKETS, Yard
from tests.support.serving import Client, emulator_process
from tests.support.waiting import wait_for

pytestmark = LEFT_SOCKETS
OPTIONS = ("--servers", "docker")


def watchdogs_of(pid: int) -> list[int]:
    """The children of the emulator that watch over its containers."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children if b"watchdog.py" in Path(f"/proc/{child}/cmdline").read_bytes()]


def deployed(client: Client, yard: Yard, content: bytes) -> str:
    deployment = client.deploy(content, image=yard.plain.name)
    wait_for(lambda: client.predict(deployment).status_code == 200, 60)
    return deployment


def test_killed_it_leaves_no_container_and_its_deployments_come_back(
    yard: Yard, marked: Callable[..., bytes], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    with yard.around(), emulator_process(home, *OPTIONS) as (process, client):
        deployment = deployed(client, yard, marked(mark=5))
        assert len(yard.containers(deployment, running=True)) == 1
        process.kill()
        process.wait()
        wait_for(lambda: not yard.containers(deployment), 60)

    with yard.around(), emulator_process(home, *OPTIONS) as (process, client):
        wait_for(lambda: client.predict(deployment).status_code == 200, 60)
        (left,) = yard.containers(deployment, running=True)
        (watchdog,) = watchdogs_of(process.pid)
        os.kill(watchdog, signal.SIGKILL)
        process.kill()
        process.wait()
        assert yard.containers(deployment, running=True) == [left]

    with yard.around(), emulator_process(home, *OPTIONS) as (process, client):
        wait_for(lambda: client.predict(deployment).status_code == 200, 60)
        assert left not in yard.containers(deployment)
        process.terminate()
        process.wait(60)
    assert yard.containers(deployment) == []
