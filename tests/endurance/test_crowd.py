"""Two hundred clients at once, faults ordered up, and the emulator killed twice while they work.

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
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import oci
import pytest
from oci.data_science import DataScienceClient
from oci.data_science import models as m

from tests.support.serving import note_of
from tests.support.waiting import wait_for

CLIENTS, PROGRAMS, SECONDS, ANCHORS = 200, 4, 60, 60
KILLS = (15, 38)
"""Seconds after the beginning."""
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

    def start(self, faults: Sequence[str] = FAULTS) -> None:
        ordered = [part for fault in faults for part in ("--fault", fault)]
        command = [sys.executable, "-m", "datascience_emulator", "serve", "--home", str(self.home)]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [*command, "--log-level", "warning", *ordered],
                stderr=log,
                env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            )
        self.note = wait_for(lambda: note_of(self.home, self.process.pid))

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
    anchors = anchored(client, compartment, project)
    with ExitStack() as stack:
        programs = [stack.enter_context(program(server, project, number)) for number in range(PROGRAMS)]
        begun = time.monotonic()
        for one in programs:
            one.stdin.write("go\n")
            one.stdin.flush()
        reader = stack.enter_context(Reader(client, compartment, anchors))
        away = [killed(server, begun + moment) for moment in KILLS]
        told = [json.loads(one.communicate(timeout=SECONDS * 5)[0]) for one in programs]

    assert [what for one in told for what in one["wrong"]] == []
    assert reader.wrong == []
    assert "Traceback" not in server.log.read_text()
    server.stop()
    server.start(faults=())  # what is compared is what the disk holds, and no fault is in the way
    acknowledged = {name: what for one in told for name, what in one["acknowledged"].items()}
    assert held(client, compartment) == acknowledged
    turns = {name: times for one in told for name, times in one["turns"].items()}
    statuses = sum((Counter(one["statuses"]) for one in told), Counter())
    print(f"{sum(one['calls'] for one in told)} calls, {sum(turns.values())} turns, at least ", end="")
    print(f"{min(turns.values())} each, {len(acknowledged)} resources, {reader.lists}, {dict(statuses)}")
    assert len(turns) == CLIENTS
    assert min(turns.values()) > 0  # the first turn of each creates, lists, updates and deletes
    assert len(reader.lists) == 4  # each was read to its end while it changed
    # The faults and the kills were really met, or nothing was shown.
    assert {"429 TooManyRequests", "500 InternalServerError", "503 ServiceUnavailable"} <= statuses.keys()
    refused = [moment for one in told for moment in one["refused"]]
    assert statuses["ConnectionError"] + statuses["RequestException"] > len(refused)  # resets
    for gone, back in away:
        assert any(gone <= moment <= back for moment in refused)


def anchored(client: DataScienceClient, compartment: str, project: str) -> dict[str, set[str]]:
    """Models and deployments that stay as they are."""
    here = {"compartment_id": compartment, "project_id": project}
    names = [f"anchor-{number}" for number in range(ANCHORS)]
    models = [client.create_model(m.CreateModelDetails(**here, display_name=name)).data.id for name in names]
    config = m.SingleModelDeploymentConfigurationDetails(
        model_configuration_details=m.ModelConfigurationDetails(
            model_id=models[0],
            instance_configuration=m.InstanceConfiguration(instance_shape_name="VM.Standard2.1"),
        )
    )
    details = [
        m.CreateModelDeploymentDetails(
            **here, display_name=name, model_deployment_configuration_details=config
        )
        for name in names
    ]
    deployments = {client.create_model_deployment(one).data.id for one in details}
    return {"model": set(models), "deployment": deployments}


def killed(server: Server, moment: float) -> tuple[float, float]:
    """From when till when (time.monotonic()) nobody listened."""
    wait_for(lambda: time.monotonic() > moment, SECONDS)
    server.kill()
    gone = time.monotonic()
    server.start()
    return gone, time.monotonic()


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


class Reader:
    """Pages through everything while it changes: what stays is seen once in each list, nothing twice.

    Ordered by name, only what is never renamed can be held to that.
    """

    def __init__(self, client: DataScienceClient, compartment: str, anchors: dict[str, set[str]]) -> None:
        self._client, self._compartment, self._anchors = client, compartment, anchors
        self._over, self._thread = threading.Event(), threading.Thread(target=self._run, daemon=True)
        self.wrong: list[str] = []
        self.lists: Counter[str] = Counter()

    def __enter__(self) -> "Reader":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(SECONDS)
        if self._thread.is_alive():
            self.wrong.append("the reader is stuck")

    def _run(self) -> None:
        while not self._over.is_set():
            for kind in ("model", "deployment"):
                for sort in ("timeCreated", "displayName"):
                    self._try(kind, sort)

    def _try(self, kind: str, sort: str) -> None:
        try:
            self._look(kind, sort)
        except oci.exceptions.ServiceError as error:
            if error.status not in (429, 500, 503):
                self.wrong.append(str(error))
        except oci.exceptions.RequestException:
            pass  # killed, or reset
        except Exception as error:
            self.wrong.append(repr(error))

    def _look(self, kind: str, sort: str) -> None:
        call = {"model": self._client.list_models, "deployment": self._client.list_model_deployments}[kind]
        found = Counter(
            one.id for one in everything(call, self._compartment, 50, sort_by=sort, sort_order="ASC")
        )
        stay = self._anchors[kind]
        twice = {one for one, times in found.items() if times > 1}
        if (kind, sort) == ("deployment", "displayName"):
            twice &= stay
        if twice or not stay <= found.keys():
            self.wrong.append(f"{kind}s by {sort}: twice {twice}, lost {stay - found.keys()}")
        self.lists[f"{kind}s by {sort}"] += 1


def held(client: DataScienceClient, compartment: str) -> dict[str, dict[str, Any]]:
    """What the emulator holds of the crowd's, in the words of the crowd. Lists leave out descriptions."""
    there: dict[str, dict[str, Any]] = {}
    for kind, call, get in (
        ("model", client.list_models, client.get_model),
        ("deployment", client.list_model_deployments, client.get_model_deployment),
    ):
        for one in everything(call, compartment, 100):
            made_as = (one.freeform_tags or {}).get(MADE_AS)
            assert made_as not in there, f"{made_as} is there twice"
            if made_as is not None:
                there[made_as] = {
                    "kind": kind,
                    "id": one.id,
                    "name": one.display_name,
                    "description": get(one.id).data.description,
                    "alive": one.lifecycle_state != "DELETED",
                }
    return there
