"""The emulator in the foreground, as a process of its own."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import oci
import pytest
import requests
from oci.data_science import models as m

Start = Callable[..., subprocess.Popen[str]]
PATIENCE = 60.0
"""Seconds until a process that should end is stuck, however busy the machine is."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def run(home: Path) -> Iterator[Start]:
    processes: list[subprocess.Popen[str]] = []

    def one(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "datascience_emulator", "serve", "--home", str(home), *arguments]
        root = str(Path(__file__).parents[3])
        environment = {**os.environ, "PYTHONPATH": root}
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
        processes.append(process)
        return process

    yield one
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.communicate()


def note_of(home: Path, process: subprocess.Popen[str], until: Any) -> dict[str, Any]:
    def read() -> Any:
        assert process.poll() is None, process.stderr and process.stderr.read()
        path = home / "emulator.json"
        found = json.loads(path.read_text()) if path.exists() else {}
        return found if found.get("pid") == process.pid else None

    return dict(until(read))


def client_of(note: dict[str, Any]) -> oci.data_science.DataScienceClient:
    return oci.data_science.DataScienceClient(
        oci.config.from_file(note["config_file"]),
        service_endpoint=note["endpoint"],
        retry_strategy=oci.retry.NoneRetryStrategy(),
        circuit_breaker_strategy=oci.circuit_breaker.NoCircuitBreakerStrategy(),
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_start_and_stop(home: Path, run: Start, until: Any, number: int) -> None:
    process = run()
    note = note_of(home, process, until)
    assert note.keys() == {
        "endpoint", "pid", "config_file", "region", "tenancy", "user", "compartment", "version",
        "readings", "progression", "latency", "control", "ephemeral", "servers",
    }  # fmt: skip
    assert stat.S_IMODE((home / "oci" / "key.pem").stat().st_mode) == 0o600
    assert client_of(note).list_projects(note["compartment"]).data == []
    process.send_signal(number)
    assert process.wait(PATIENCE) == 0
    assert not (home / "emulator.json").exists()


def test_what_was_acknowledged_survives_a_kill(
    home: Path, run: Start, until: Any, make_configuration: Any
) -> None:
    process = run("--progression", "reads:3")
    note = note_of(home, process, until)
    client, compartment = client_of(note), note["compartment"]
    project = client.create_project(m.CreateProjectDetails(compartment_id=compartment)).data.id
    model = client.create_model(m.CreateModelDetails(compartment_id=compartment, project_id=project)).data.id
    client.create_model_artifact(model, b"content" * 1000)
    details = m.CreateModelDeploymentDetails(
        compartment_id=compartment,
        project_id=project,
        model_deployment_configuration_details=make_configuration(model, triton=False),
    )
    created = client.create_model_deployment(details)
    process.kill()
    process.wait()

    again = run()
    second = note_of(home, again, until)
    assert second["endpoint"] == note["endpoint"]  # the port used last
    client = client_of(second)
    assert client.get_model_artifact_content(model).data.content == b"content" * 1000
    assert client.get_project(project).data.id == project
    work = created.headers["opc-work-request-id"]
    until(lambda: client.get_work_request(work).data.status == "SUCCEEDED")
    assert client.get_model_deployment(created.data.id).data.lifecycle_state == "ACTIVE"


def test_the_reading_and_the_control_are_chosen_at_the_start(home: Path, run: Start, until: Any) -> None:
    process = run("--reading", "update-groups=documented", "--control")
    note = note_of(home, process, until)
    assert (note["readings"]["update_groups"], note["control"]) == ("documented", True)
    url = f"{note['endpoint']}/emulator/orders"
    assert requests.get(url, timeout=10).json() == {"orders": [], "held": []}
    process.terminate()
    assert process.wait(PATIENCE) == 0
    note = note_of(home, run(), until)
    assert (note["readings"]["update_groups"], note["control"]) == ("strict", False)
    assert requests.get(f"{note['endpoint']}/emulator/orders", timeout=10).status_code == 404


def test_the_note_follows_the_progression(home: Path, run: Start, until: Any) -> None:
    note = note_of(home, run("--control"), until)
    url = f"{note['endpoint']}/emulator/progression"
    assert requests.put(url, json={"progression": "reads:3"}, timeout=10).status_code == 200
    assert json.loads((home / "emulator.json").read_text()) == {**note, "progression": "reads:3"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--reading", "update-groups=loose"),
            "reading update-groups: must be one of strict, documented, is 'loose'",
        ),
        (("--fault", "fire"), "argument --fault: fault 'fire': fault: must be one of capacity, "),
        (("--latency", "-1"), "argument --latency: '-1' is no number of seconds; 0 to 3600"),
        (("--progression", "never"), "argument --progression: progression 'never': use 'immediate', "),
    ],
)
def test_what_makes_no_sense_is_told_in_one_line(
    run: Start, arguments: tuple[str, str], message: str
) -> None:
    process = run(*arguments)
    assert process.wait(PATIENCE) == 2
    assert process.stderr is not None
    said = process.stderr.read()
    assert said.startswith(f"error: {message}")
    assert said.count("\n") == 1


def test_faults_and_latency_from_the_start(home: Path, run: Start, until: Any) -> None:
    fault = "unavailable,operation=list_projects,times=2"
    note = note_of(home, run("--fault", fault, "--latency", "0.1", "--progression", "reads:2"), until)
    assert (note["latency"], note["progression"]) == (0.1, "reads:2")
    client = client_of(note)
    for _ in range(2):
        with pytest.raises(oci.exceptions.ServiceError) as refused:
            client.list_projects(note["compartment"])
        assert refused.value.status == 503
    started = time.monotonic()
    assert client.list_projects(note["compartment"]).data == []
    assert time.monotonic() - started >= 0.1


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_an_ephemeral_one_begins_anew_and_leaves_the_other_state_alone(
    home: Path, run: Start, until: Any, end: int
) -> None:
    kept = run()
    note = note_of(home, kept, until)
    details = m.CreateProjectDetails(compartment_id=note["compartment"])
    project = client_of(note).create_project(details).data.id
    kept.terminate()
    kept.wait()
    for _ in range(2):
        ephemeral = run("--ephemeral")
        other = note_of(home, ephemeral, until)
        assert other["ephemeral"]
        assert other["tenancy"] != note["tenancy"]
        assert client_of(other).list_projects(other["compartment"]).data == []
        client_of(other).create_project(m.CreateProjectDetails(compartment_id=other["compartment"]))
        ephemeral.send_signal(end)
        ephemeral.wait()
        assert (home / "ephemeral").exists() == (end == signal.SIGKILL)
    note = note_of(home, run(), until)
    assert client_of(note).get_project(project).data.id == project
    assert not (home / "ephemeral").exists(), "also what a killed one left"


def test_one_emulator_a_home(home: Path, run: Start, until: Any) -> None:
    first = run()
    note = note_of(home, first, until)
    second = run()
    assert second.wait(PATIENCE) == 1
    assert second.stderr is not None
    assert f"another emulator runs here (pid {first.pid}, {note['endpoint']})" in second.stderr.read()
    assert client_of(note).list_projects(note["compartment"]).data == []


def test_a_port_that_is_taken(run: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        process = run("--port", port)
        assert process.wait(PATIENCE) == 1
        assert process.stderr is not None
        message = process.stderr.read()
        assert f"port {port} of 127.0.0.1 is in use" in message
        assert "--port" in message


def test_state_of_a_newer_emulator(home: Path, run: Start) -> None:
    import sqlite3

    home.mkdir(mode=0o700)
    db = sqlite3.connect(home / "state.sqlite")
    db.execute("PRAGMA user_version = 99")
    db.commit()
    db.close()
    (home / "state.sqlite").chmod(0o600)
    process = run()
    assert process.wait(PATIENCE) == 1
    assert process.stderr is not None
    assert "newer emulator" in process.stderr.read()
