"""The emulator as a process with real Triton servers: SIGKILL leaves nothing, and the next start serves."""

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import oci
import pytest
import requests
from oci.data_science import models as m
from support.emulator import configuration, sdk, signer
from support.serving import left_of, mark_body, name_in, processes_in
from support.tiny_models import mark_repository
from support.waiting import wait_for


class Client:
    def __init__(self, note: dict[str, Any]) -> None:
        self.compartment = note["compartment"]
        config = oci.config.from_file(note["config_file"])
        self.endpoint, self.auth = note["endpoint"], signer(config)
        self.sdk = sdk(config, note["endpoint"])

    def deploy(self, artifact: bytes) -> str:
        place = {"compartment_id": self.compartment}
        project = self.sdk.create_project(m.CreateProjectDetails(**place)).data.id
        model = self.sdk.create_model(m.CreateModelDetails(**place, project_id=project)).data.id
        self.sdk.create_model_artifact(model, artifact)
        details = m.CreateModelDeploymentDetails(
            **place, project_id=project, model_deployment_configuration_details=configuration(model)
        )
        return str(self.sdk.create_model_deployment(details).data.id)

    def predict(self, deployment: str) -> requests.Response:
        url = f"{self.endpoint}/{deployment}/predict"
        return requests.post(
            url, data=mark_body(), auth=self.auth, headers={"model_name": "mark"}, timeout=30
        )


@contextmanager
def emulator(home: Path) -> Iterator[tuple["subprocess.Popen[bytes]", Client]]:
    command = [sys.executable, "-m", "reconciler.emulator", "serve", "--home", str(home)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, env=environment) as process:
        try:
            yield process, Client(wait_for(lambda: note_of(home, process.pid), 30))
        finally:
            process.terminate()


def note_of(home: Path, pid: int) -> Any:
    path = home / "emulator.json"
    note = json.loads(path.read_text()) if path.exists() else {}
    return note if note.get("pid") == pid else None


@pytest.fixture
def artifact(tmp_path: Path) -> bytes:
    folder = mark_repository(tmp_path / "models", 5)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file in folder.rglob("*.*"):
            archive.write(file, file.relative_to(folder))
    return buffer.getvalue()


def test_a_killed_emulator_leaves_nothing_and_its_deployments_come_back(
    tmp_path: Path, artifact: bytes
) -> None:
    home = tmp_path / "my home"
    with emulator(home) as (process, client):
        deployment = client.deploy(artifact)
        wait_for(lambda: client.predict(deployment).status_code == 200, 60)
        commands = " ".join(processes_in(home).values())
        assert "triton_python_backend_stub" in commands
        name = name_in(commands)
        assert left_of(name)
        process.kill()
        process.wait()
        wait_for(lambda: not processes_in(home))
    assert left_of(name) == []

    with emulator(home) as (_, client):
        wait_for(lambda: client.predict(deployment).status_code == 200, 60)
        (answer,) = client.predict(deployment).json()["outputs"][:1]
        assert (answer["name"], answer["data"]) == ("MARK", [5])
    wait_for(lambda: not processes_in(home))
