"""The question whether a version is served, put to a real tritonserver: what it says for models of every
kind, and that no model runs for it (docs/service.md §4.3).
"""

import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator

import pytest
import requests

from reconciler.core.model.proof.presence import REQUEST, Sight, sight_of
from reconciler.core.model.proof.probes import Answer
from tests.support.tiny_models import MARK_CONFIG, MARK_MODEL, write
from tests.support.waiting import wait_for

BROKEN = f'{MARK_MODEL}\nraise RuntimeError("it does not load")\n'
BATCHED = MARK_CONFIG.replace("max_batch_size: 0", "max_batch_size: 4")
ENSEMBLE = """platform: "ensemble"
input [ { name: "X" data_type: TYPE_FP32 dims: [ -1 ] } ]
output [ { name: "SUM" data_type: TYPE_FP32 dims: [ 1 ] } ]
ensemble_scheduling { step [ {
  model_name: "STEP" model_version: -1
  input_map { key: "X" value: "X" } output_map { key: "SUM" value: "SUM" }
} ] }
"""
CONFIGS = {
    "plain": MARK_CONFIG,
    "newest": MARK_CONFIG,
    "sequence": f"{BATCHED}sequence_batching {{ }}\n",
    "optional": BATCHED.replace("TYPE_FP32 dims: [ -1 ]", "TYPE_FP32 dims: [ -1 ] optional: true", 1),
    "decoupled": f"{MARK_CONFIG}model_transaction_policy {{ decoupled: true }}\n",
    "broken": MARK_CONFIG,
    "ensemble": ENSEMBLE.replace("STEP", "plain"),
    "ensemble_of_broken": ENSEMBLE.replace("STEP", "broken"),
    "empty": MARK_CONFIG,
}
COUNTERS = re.compile(
    r"^nv_inference_(?:exec_count|count|request_success|request_failure)\{.*$", re.MULTILINE
)


class Server:
    """A running tritonserver, which stays up over a model that it cannot load."""

    def __init__(self, ports: tuple[int, int]) -> None:
        self.http, self.metrics = (f"http://127.0.0.1:{port}" for port in ports)

    def ask(self, model: str, version: int) -> Answer:
        url = f"{self.http}/v2/models/{model}/versions/{version}/infer"
        answer = requests.post(url, data=REQUEST, timeout=30)
        return Answer(answer.status_code, answer.content, 1.0)

    def ready(self) -> bool:
        try:
            return requests.get(f"{self.http}/v2/health/live", timeout=30).ok
        except requests.ConnectionError:
            return False

    def counters(self) -> list[str]:
        return sorted(COUNTERS.findall(requests.get(f"{self.metrics}/metrics", timeout=30).text))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, emulator_installed: None) -> Iterator[Server]:
    from datascience_emulator.triton.runtime import prepare

    folder = tmp_path_factory.mktemp("presence")
    for model, config in CONFIGS.items():
        write(folder / "models" / model / "config.pbtxt", config)
        if model != "empty":
            code = BROKEN if model == "broken" else MARK_MODEL.replace("{mark}", "1")
            write(folder / "models" / model / "1" / "model.py", code)
    write(folder / "models/newest/2/model.py", MARK_MODEL.replace("{mark}", "2"))
    runtime, ports = prepare(folder / "runtime"), (free_port(), free_port())
    words = [f"--model-repository={folder / 'models'}", f"--backend-directory={runtime.backends}"]
    words += [f"--http-port={ports[0]}", f"--metrics-port={ports[1]}", "--allow-grpc=false"]
    words += ["--exit-on-error=false", "--http-address=127.0.0.1"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [runtime.server, *words],
            env=runtime.environment({}),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(ports)
    wait_for(lambda: server.ready() or process.poll() is not None, 60)
    yield server
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


FOUND = {
    ("plain", 1): (400, "unexpected inference input 'reconcile.presence' for model 'plain'"),
    ("newest", 2): (400, "unexpected inference input 'reconcile.presence' for model 'newest'"),
    ("sequence", 1): (400, "unexpected inference input 'reconcile.presence' for model 'sequence'"),
    ("optional", 1): (400, "unexpected inference input 'reconcile.presence' for model 'optional'"),
    ("ensemble", 1): (400, "unexpected inference input 'reconcile.presence' for model 'ensemble'"),
    ("decoupled", 1): (501, "HTTP end point doesn't support models with decoupled transaction policy"),
}
NOT_FOUND = {
    ("newest", 1): (404, "Request for unknown model: 'newest' version 1 is not found"),
    ("plain", 7): (404, "Request for unknown model: 'plain' version 7 is not found"),
    ("nobody", 1): (404, "Request for unknown model: 'nobody' is not found"),
    ("empty", 1): (404, "Request for unknown model: 'empty' version 1 is not found"),
    ("ensemble_of_broken", 1): (404, "Request for unknown model: 'ensemble_of_broken' is not found"),
    ("broken", 1): (503, "Request for unknown model: 'broken' version 1 is not at ready state"),
}


def test_what_it_says_of_what_it_serves_and_of_what_not_and_that_nothing_runs(running: Server) -> None:
    before = running.counters()
    assert any("exec_count" in line for line in before)
    assert any('reason="BACKEND"' in line for line in before)
    for (model, version), (status, said) in (FOUND | NOT_FOUND).items():
        answer = running.ask(model, version)
        assert (answer.status, answer.body.decode()) == (status, f'{{"error":"{said}"}}')
        sight = sight_of(answer)
        if (model, version) in FOUND:
            assert sight is Sight.SERVED
        else:
            assert sight is (Sight.MISSING if status == 404 else Sight.NOT_READY)
    assert running.counters() == before
