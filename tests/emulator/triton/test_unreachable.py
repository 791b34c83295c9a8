"""Clients of a deployment whose server never answers: it is FAILED, and its work request says why, whatever
else goes on in the server.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from datascience_emulator import triton
from datascience_emulator.lifecycle.progression import Immediate
from tests.support.emulator import Emulator
from tests.support.serving import packed, processes_in
from tests.support.tiny_models import MARK_CONFIG, mark_repository, write

SOON = {"DEPLOYMENT_TIMEOUT_IN_MINUTES": "0.02"}
SLOW_MODEL = """import time


class TritonPythonModel:
    def initialize(self, args):
        time.sleep(600)
"""
COMMAND = ("tritonserver", "--model-repository=/opt/ds/model/deployed_model")
LATE = "Workflow timed out. Maximum runtime was: 0.02 minutes. "


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """With real servers."""
    serving: Any = triton
    started = Emulator(tmp_path_factory.mktemp("home"), Immediate(), serving, ephemeral=True)
    yield started
    started.close()


def mark(folder: Path) -> bytes:
    return packed(mark_repository(folder, 1))


def slow(folder: Path) -> bytes:
    write(folder / "slow" / "config.pbtxt", MARK_CONFIG)
    write(folder / "slow" / "1" / "model.py", SLOW_MODEL)
    return packed(folder)


def command(*words: str) -> list[str]:
    return [*COMMAND, *words]


@pytest.mark.parametrize(
    ("content", "given", "reason"),
    [
        (
            mark,
            {"cmd": command("--http-port=9000")},
            "Triton listens on port 9000 and the deployment's server port is 8000",
        ),
        (mark, {"cmd": command("--allow-http=false")}, "--allow-http=false turns off the only protocol"),
        (mark, {"cmd": command("--http-address=127.0.0.1")}, "Triton listens on the address 127.0.0.1 alone"),
        (mark, {"health_check_port": 8002}, "the deployment's health check port is 8002"),
        (
            mark,
            {"variables": {**SOON, "MODEL_DEPLOY_HEALTH_ENDPOINT": "/nowhere"}},
            f"{LATE}GET /nowhere did not answer 200",
        ),
        (slow, {"variables": SOON}, f"{LATE}GET /v2/health/ready did not answer 200"),
    ],
    ids=["other-port", "no-http", "loopback", "other-health-port", "other-path", "blocked-initialize"],
)
def test_a_server_that_never_answers_fails_the_deployment_with_the_reason(
    running: Emulator, tmp_path: Path, content: Any, given: dict[str, Any], reason: str
) -> None:
    project = running.project()
    created = running.create(project, running.model(project, content(tmp_path / "m")), **given)
    work = running.finished(created)
    assert work.status == "FAILED"
    errors = running.client.list_work_request_errors(work.id).data
    logs = running.client.list_work_request_logs(work.id).data
    assert any(reason in error.message for error in errors), errors
    assert any(reason in line.message for line in logs), logs
    failed = running.client.get_model_deployment(created.data.id).data
    assert failed.lifecycle_state == "FAILED"
    assert reason in failed.lifecycle_details
    assert processes_in(running.home) == {}
