"""Two hundred clients at once, failures ordered up, and the emulator killed in the middle of it.

What was acknowledged is there, nothing is there twice, and nothing fails that was not ordered to.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import oci
import pytest
from oci.data_science import DataScienceClient
from oci.data_science import models as m
from support.serving import note_of
from support.waiting import wait_for

CLIENTS, PROGRAMS, SECONDS, ANCHORS = 200, 4, 60, 120
FAULTS = (
    "too-many-requests,times=0,probability=0.02",
    "internal-error,times=0,probability=0.02",
    "unavailable,times=0,probability=0.02",
    "reset-before,times=0,probability=0.01",
    "reset-after,times=0,probability=0.02",
    "slow,times=0,probability=0.01,seconds=0.3",
)
PROGRAM = Path(__file__).with_name("crowd_program.py")
MADE_AS = "made-as"


class Server:
    """The emulator as a process that can be killed and started again, at the same address."""

    def __init__(self, home: Path) -> None:
        self.home, self.log = home, home.parent / "log"
        self.start()

    def start(self, *more: str) -> None:
        faults = [part for fault in FAULTS for part in ("--fault", fault)]
        command = [sys.executable, "-m", "reconciler.emulator", "serve", "--home", str(self.home)]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [*command, "--log-level", "warning", *faults, *more],
                stderr=log,
                env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            )
        self.note = wait_for(lambda: note_of(self.home, self.process.pid), 30)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)

    def client(self, **more: Any) -> DataScienceClient:
        return DataScienceClient(
            oci.config.from_file(self.note["config_file"]),
            service_endpoint=self.note["endpoint"],
            circuit_breaker_strategy=oci.circuit_breaker.NoCircuitBreakerStrategy(),
            **more,
        )


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    running = Server(tmp_path / "home")
    yield running
    running.stop()


def everything(call: Callable[..., oci.Response], compartment: str, limit: int, **order: str) -> list[Any]:
    return list(oci.pagination.list_call_get_all_results(call, compartment, limit=limit, **order).data)


def test_a_crowd(server: Server) -> None:
    client, compartment = server.client(), server.note["compartment"]
    project = client.create_project(m.CreateProjectDetails(compartment_id=compartment)).data.id
    anchors = set()
    for number in range(ANCHORS):
        details = m.CreateModelDetails(
            compartment_id=compartment, project_id=project, display_name=f"anchor-{number}"
        )
        anchors.add(client.create_model(details).data.id)

    with ExitStack() as stack:
        programs = [stack.enter_context(program(server, project, number)) for number in range(PROGRAMS)]
        reader = Reader(client, compartment, anchors)
        for one in programs:
            one.stdin.write("go\n")
            one.stdin.flush()
        reader.start()
        middle = time.monotonic() + SECONDS / 2
        wait_for(lambda: time.monotonic() > middle, SECONDS)
        server.kill()
        server.start()
        told = [json.loads(one.communicate(timeout=SECONDS * 4)[0]) for one in programs]
        reader.stop()

    assert [what for one in told for what in one["wrong"]] == []
    assert reader.wrong == []
    assert reader.lists > 3
    acknowledged = {name: what for one in told for name, what in one["acknowledged"].items()}
    compare(client, compartment, acknowledged, project)
    assert "Traceback" not in server.log.read_text()
    statuses = sum((Counter(one["statuses"]) for one in told), Counter())
    calls = sum(one["calls"] for one in told)
    print(f"{calls} calls, {len(acknowledged)} resources, {reader.lists} lists, {dict(statuses)}")
    assert len(acknowledged) > CLIENTS
    # The faults and the kill were really met, or nothing was shown.
    assert {"429 TooManyRequests", "500 InternalServerError", "503 ServiceUnavailable"} <= statuses.keys()
    assert statuses["ConnectionError"] + statuses["RequestException"] > 0


@contextmanager
def program(server: Server, project: str, number: int) -> Iterator["subprocess.Popen[str]"]:
    asked = {
        "endpoint": server.note["endpoint"],
        "config_file": server.note["config_file"],
        "compartment": server.note["compartment"],
        "project": project,
        "name": f"p{number}",
        "clients": CLIENTS // PROGRAMS,
        "seconds": SECONDS,
    }
    command = [sys.executable, str(PROGRAM), json.dumps(asked)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


class Reader(threading.Thread):
    """Pages through everything while it changes: what stays is seen once in each list, nothing twice."""

    def __init__(self, client: DataScienceClient, compartment: str, anchors: set[str]) -> None:
        super().__init__()
        self._client, self._compartment, self._anchors = client, compartment, anchors
        self._over = threading.Event()
        self.wrong: list[str] = []
        self.lists = 0

    def run(self) -> None:
        while not self._over.is_set():
            for order in ({}, {"sort_by": "displayName", "sort_order": "ASC"}):
                try:
                    self.look(order)
                except oci.exceptions.ServiceError as error:
                    if error.status not in (429, 500, 503):
                        self.wrong.append(str(error))
                except oci.exceptions.RequestException:
                    pass  # killed, or reset

    def look(self, order: dict[str, str]) -> None:
        found = Counter(
            one.id for one in everything(self._client.list_models, self._compartment, 50, **order)
        )
        twice = [ocid for ocid, times in found.items() if times > 1]
        lost = self._anchors - found.keys()
        if twice or lost:
            self.wrong.append(f"{order}: twice {twice}, lost {lost}")
        self.lists += 1

    def stop(self) -> None:
        self._over.set()
        self.join()


def compare(
    client: DataScienceClient, compartment: str, acknowledged: dict[str, list[Any]], project: str
) -> None:
    """What the emulator holds is what it said that it holds."""
    there: dict[str, list[Any]] = {}
    doubled = []
    for kind, call in (("model", client.list_models), ("deployment", client.list_model_deployments)):
        for one in everything(call, compartment, 100):
            made_as = (one.freeform_tags or {}).get(MADE_AS)
            if made_as is None:
                continue
            if made_as in there:
                doubled.append(made_as)
            there[made_as] = [kind, one.id, one.display_name, one.lifecycle_state != "DELETED"]
    assert doubled == []
    assert {name: there.get(name) for name in acknowledged} == acknowledged
