"""The emulator as a process with real Triton servers: SIGKILL leaves nothing, and the next start serves."""

import threading
from pathlib import Path

import pytest
import requests

from tests.support.emulator import configuration
from tests.support.serving import Client, emulator_process, left_of, name_in, packed, processes_in, servers_in
from tests.support.tiny_models import mark_repository
from tests.support.waiting import wait_for

# Answers only while the file that WAIT names is absent, and the same for getting ready and START.
COUNTED = ("--reading", "system-data=all")
"""Tells how many servers there are."""

WAITING = """

def wait(name):
    while os.environ.get(name) and os.path.exists(os.environ[name]):
        time.sleep(0.05)


class Waiting(TritonPythonModel):
    def initialize(self, arguments):
        wait("START")

    def execute(self, requests):
        wait("WAIT")
        return super().execute(requests)


TritonPythonModel = Waiting
"""


@pytest.fixture
def artifact(tmp_path: Path) -> bytes:
    folder = mark_repository(tmp_path / "models", 5)
    with (folder / "mark" / "1" / "model.py").open("a") as model:
        model.write(WAITING)
    return packed(folder)


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    gate = tmp_path / "gate"
    gate.touch()
    return gate


def changed(client: Client, deployment: str, variables: dict[str, str]) -> str:
    config = client.get(deployment).model_deployment_configuration_details
    model = config.model_configuration_details.model_id
    return client.update(deployment, configuration(model, update=True, variables=variables))


def serving(client: Client, deployment: str) -> None:
    wait_for(lambda: client.predict(deployment).status_code == 200)


def test_a_killed_emulator_leaves_nothing_and_its_deployments_come_back(
    tmp_path: Path, artifact: bytes
) -> None:
    home = tmp_path / "my home"
    with emulator_process(home) as (process, client):
        deployment = client.deploy(artifact)
        serving(client, deployment)
        commands = " ".join(processes_in(home).values())
        assert "triton_python_backend_stub" in commands
        name = name_in(commands)
        assert left_of(name)
        process.kill()
        process.wait()
        wait_for(lambda: not processes_in(home))
    assert left_of(name) == []

    with emulator_process(home) as (_, client):
        serving(client, deployment)
        assert client.mark(deployment) == 5
    wait_for(lambda: not processes_in(home))


def test_an_update_right_after_a_restart_starts_from_what_came_back(tmp_path: Path, artifact: bytes) -> None:
    home = tmp_path / "home"
    with emulator_process(home) as (process, client):
        deployment = client.deploy(artifact)
        serving(client, deployment)
        process.terminate()
        process.wait()

    with emulator_process(home) as (_, client):
        work = changed(client, deployment, {"MARK": "6"})
        assert client.finished(work).status == "SUCCEEDED", client.logged(work)
        assert (client.mark(deployment), client.get(deployment).lifecycle_state) == (6, "ACTIVE")
        wait_for(lambda: len(servers_in(home)) == 1)


def test_killed_while_new_servers_start_it_serves_the_old_ones_and_goes_on(
    tmp_path: Path, artifact: bytes, gate: Path
) -> None:
    home = tmp_path / "home"
    with emulator_process(home) as (process, client):
        deployment = client.deploy(artifact)
        serving(client, deployment)
        work = changed(client, deployment, {"MARK": "6", "START": str(gate)})
        wait_for(lambda: len(servers_in(home)) == 2)
        assert (client.mark(deployment), client.get(deployment).lifecycle_state) == (5, "UPDATING")
        process.kill()
        process.wait()
        wait_for(lambda: not processes_in(home))

    with emulator_process(home, *COUNTED) as (_, client):
        serving(client, deployment)
        found = client.get(deployment)
        assert (client.mark(deployment), found.lifecycle_state) == (5, "UPDATING")
        assert found.model_deployment_system_data.current_instance_count == 1
        wait_for(lambda: len(servers_in(home)) == 2)
        gate.unlink()
        assert client.finished(work).status == "SUCCEEDED"
        assert (client.mark(deployment), client.get(deployment).lifecycle_state) == (6, "ACTIVE")


def test_killed_while_an_old_server_drains_it_goes_on(tmp_path: Path, artifact: bytes, gate: Path) -> None:
    home = tmp_path / "home"
    gate.unlink()
    with emulator_process(home, *COUNTED) as (process, client):
        deployment = client.deploy(artifact, variables={"WAIT": str(gate)})
        serving(client, deployment)
        gate.touch()
        answers: list[object] = []
        request = threading.Thread(target=lambda: answers.append(outcome(client, deployment)))
        request.start()
        work = changed(client, deployment, {"MARK": "6"})
        wait_for(lambda: any("is ready" in line for line in client.logged(work)))
        wait_for(lambda: client.mark(deployment) == 6)
        found = client.get(deployment)
        assert found.lifecycle_state == "UPDATING", "the old server still has a request"
        assert found.model_deployment_system_data.current_instance_count == 1
        assert len(servers_in(home)) == 2
        assert answers == []
        process.kill()
        process.wait()
        request.join()
        gate.unlink()

    with emulator_process(home) as (_, client):
        assert client.finished(work).status == "SUCCEEDED"
        assert (client.mark(deployment), client.get(deployment).lifecycle_state) == (6, "ACTIVE")


def outcome(client: Client, deployment: str) -> object:
    try:
        return client.predict(deployment).status_code
    except requests.ConnectionError as error:
        return error
