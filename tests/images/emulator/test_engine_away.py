"""An engine that is started anew, or stays away, while its containers serve."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.containers.docker_cloud import LEFT_SOCKETS, DockerEmulator, Yard, answered, deployed
from tests.support.containers.relay import Relay, relaying
from tests.support.waiting import wait_for

Marked = Callable[..., bytes]

pytestmark = LEFT_SOCKETS


@pytest.fixture
def relay(yard: Yard, tmp_path: Path) -> Iterator[Relay]:
    with relaying(tmp_path, yard.address) as relay:
        yield relay


@pytest.fixture
def emulator(yard: Yard, relay: Relay, tmp_path: Path) -> Iterator[DockerEmulator]:
    """One that reaches its engine through the relay."""
    with yard.around(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_HOST", relay.address)
        emulator = DockerEmulator(tmp_path / "home")
        yield emulator
        emulator.close()


def test_the_container_serves_on_and_is_known_again(
    emulator: DockerEmulator, relay: Relay, yard: Yard, marked: Marked, caplog: pytest.LogCaptureFixture
) -> None:
    deployment = deployed(emulator, marked(mark=3), image=yard.plain.name)
    before = yard.containers(deployment, running=True)
    relay.cut()
    wait_for(lambda: relay.refused)
    assert answered(emulator, deployment)["mark"] == 3
    relay.mend()
    yard.engine.api.kill(before[0])
    wait_for(lambda: yard.containers(deployment, running=True) not in ([], before))
    wait_for(lambda: emulator.predict(deployment, model_name="mark").status_code == 200)
    assert "the container exited with status 137" in caplog.text


def test_what_is_stopped_meanwhile_is_removed_when_it_answers_again(
    emulator: DockerEmulator, relay: Relay, yard: Yard, marked: Marked
) -> None:
    deployment = deployed(emulator, marked(mark=3), image=yard.plain.name)
    relay.cut()
    assert emulator.finished(emulator.client.deactivate_model_deployment(deployment)).status == "SUCCEEDED"
    assert len(yard.containers(deployment, running=True)) == 1
    relay.mend()
    wait_for(lambda: not yard.containers(deployment))


def test_an_emulator_that_ends_meanwhile_leaves_it_to_the_watchdog(
    emulator: DockerEmulator, relay: Relay, yard: Yard, marked: Marked
) -> None:
    deployment = deployed(emulator, marked(mark=3), image=yard.plain.name)
    relay.cut()
    emulator.close()
    assert len(yard.containers(deployment, running=True)) == 1
    relay.mend()
    wait_for(lambda: not yard.containers(deployment))
