"""Fleets of real tritonserver processes: what they are asked, and what is left of them."""

import asyncio
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

import numpy as np
import oci
import requests
from oci.data_science import models as m

from datascience_emulator.triton import Reply, Revision
from tests.support.emulator import configuration, group_details, sdk, signer
from tests.support.waiting import wait_for

T = TypeVar("T")
SHARED_MEMORY = Path("/dev/shm")


def revision(model_dir: Path, **changes: Any) -> Revision:
    usual = {"environment": {}, "server_port": 8000, "instances": 1}
    return Revision(**{"model_dir": model_dir, **usual, **changes})


def headers(model: str, version: str | None = "1") -> dict[str, str]:
    return {"model_name": model} | ({"model_version": version} if version else {})


def tensor(name: str, array: Any, datatype: str) -> dict[str, Any]:
    return {
        "name": name,
        "shape": list(array.shape),
        "datatype": datatype,
        "data": array.reshape(-1).tolist(),
    }


def infer_body(*tensors: dict[str, Any]) -> bytes:
    return json.dumps({"inputs": list(tensors)}).encode()


def mark_body() -> bytes:
    return infer_body(tensor("X", np.ones(2, dtype=np.float32), "FP32"))


def outputs(reply: Reply) -> dict[str, Any]:
    assert reply.status == 200, reply.body
    return {output["name"]: output for output in json.loads(reply.body)["outputs"]}


def processes_in(folder: Path) -> dict[int, str]:
    """Command lines of the processes that work in `folder` or below it, by process id.

    A watchdog, its server and all below them work where the server's log is.
    """
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").readlink().is_relative_to(folder):
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ")
                found[int(entry.name)] = command.decode(errors="replace")
        except OSError:
            continue  # it has ended, or it is not ours
    return found


def servers_in(folder: Path) -> list[int]:
    """The process ids of the tritonservers that work below `folder`."""
    commands = processes_in(folder).items()
    return [pid for pid, command in commands if Path(command.partition(" ")[0]).name == "tritonserver"]


def left_of(name: str) -> list[Path]:
    """Shared memory and links of the server that marks its own with `name`."""
    return [*SHARED_MEMORY.glob(f"{name}*"), *Path(tempfile.gettempdir()).glob(f"{name}*")]


def name_in(commands: str) -> str:
    """What the server in these command lines marks its own with."""
    found = re.search(r"shm-region-prefix-name=(triton-\w+)-", commands)
    assert found, commands
    return found[1]


class Loop:
    """An event loop in a thread, as the emulator has one; `run` waits for a coroutine's result."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout=120)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


class Client:
    def __init__(self, note: dict[str, Any]) -> None:
        self.compartment = note["compartment"]
        config = oci.config.from_file(note["config_file"])
        self.endpoint, self.auth = note["endpoint"], signer(config)
        self.sdk = sdk(config, note["endpoint"])

    def project(self) -> str:
        details = m.CreateProjectDetails(compartment_id=self.compartment)
        return str(self.sdk.create_project(details).data.id)

    def model(self, project: str, content: bytes) -> str:
        details = m.CreateModelDetails(compartment_id=self.compartment, project_id=project)
        model = self.sdk.create_model(details).data.id
        self.sdk.create_model_artifact(model, content)
        return str(model)

    def group(self, project: str, named: Mapping[str, str]) -> str:
        details = group_details(self.compartment, project, named)
        return str(self.sdk.create_model_group(details).data.id)

    def create(self, project: str, configured: Any) -> str:
        details = m.CreateModelDeploymentDetails(
            compartment_id=self.compartment,
            project_id=project,
            model_deployment_configuration_details=configured,
        )
        return str(self.sdk.create_model_deployment(details).data.id)

    def deploy(self, content: bytes, **changes: Any) -> str:
        project = self.project()
        return self.create(project, configuration(self.model(project, content), **changes))

    def update(self, deployment: str, configured: Any) -> str:
        """The OCID of the work request."""
        details = m.UpdateModelDeploymentDetails(model_deployment_configuration_details=configured)
        answer = self.sdk.update_model_deployment(deployment, details)
        return str(answer.headers["opc-work-request-id"])

    def get(self, deployment: str) -> Any:
        return self.sdk.get_model_deployment(deployment).data

    def logged(self, work: str) -> list[str]:
        return [one.message for one in self.sdk.list_work_request_logs(work).data]

    def finished(self, work: str, seconds: float = 60) -> Any:
        def over() -> Any:
            found = self.sdk.get_work_request(work).data
            return found if found.time_finished else None

        return wait_for(over, seconds)

    def predict(
        self, deployment: str, model: str = "mark", session: requests.Session | None = None
    ) -> requests.Response:
        url = f"{self.endpoint}/{deployment}/predict"
        ask = session or requests
        return ask.post(url, data=mark_body(), auth=self.auth, headers={"model_name": model}, timeout=60)

    def mark(self, deployment: str, model: str = "mark") -> int:
        (answer,) = self.predict(deployment, model).json()["outputs"][:1]
        assert answer["name"] == "MARK"
        return int(answer["data"][0])


@contextmanager
def emulator_process(
    home: Path, *options: str, stderr: IO[str] | None = None
) -> Iterator[tuple["subprocess.Popen[bytes]", Client]]:
    command = [sys.executable, "-m", "datascience_emulator", "serve", "--home", str(home), *options]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, env=environment, stderr=stderr) as process:
        try:
            yield process, Client(wait_for(lambda: note_of(home, process.pid)))
        finally:
            process.terminate()


def note_of(home: Path, pid: int) -> Any:
    path = home / "emulator.json"
    note = json.loads(path.read_text()) if path.exists() else {}
    return note if note.get("pid") == pid else None


def packed(folder: Path) -> bytes:
    """A zip of what lies below `folder`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file in sorted(folder.rglob("*.*")):
            archive.write(file, file.relative_to(folder))
    return buffer.getvalue()
