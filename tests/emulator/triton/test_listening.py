"""A server that would never answer the service is refused with a reason, whatever its port here answers."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from datascience_emulator.triton import Fleet, ServerFailed
from datascience_emulator.triton.command import LocalResources, server_options
from datascience_emulator.triton.command_line.options import NAMES, WITHOUT_VALUE
from datascience_emulator.triton.runtime import prepare
from datascience_emulator.triton.values import Container
from tests.support.serving import Loop, revision
from tests.support.tiny_models import mark_repository

PLACE = LocalResources(41234, Path("/backends"), Path("/caches"), "triton-abc-")
REPOSITORY = "--model-repository=/opt/ds/model/deployed_model"


def refusal(*words: str, port: int = 8000, health: int | None = None) -> str:
    try:
        server_options(("tritonserver", REPOSITORY, *words), Path("/models"), port, PLACE, health_port=health)
    except ServerFailed as failure:
        return failure.reason
    return ""


@pytest.mark.parametrize(
    ("words", "port"),
    [
        ((), 8000),
        (("--http-port=8000",), 8000),
        (("--http-port=9000", "--http-port", "8000"), 8000),
        (("--http-p=9000",), 9000),
        (("--http-po", "9000"), 9000),
        (("--allow-http=off", "--allow-http=TRUE"), 8000),
        (("--http-address=0.0.0.0",), 8000),
        (("--http-port=8001", "--allow-grpc=false"), 8001),
        (("--http-port=8001", "--grpc-port=9001"), 8001),
        (("--http-port=8001", "--grpc-a=127.0.0.1"), 8001),
        (("--http-port=8002", "--allow-met=0"), 8002),
        (("--http-port=8080",), 8080),
    ],
)
def test_a_server_that_answers_there_is_taken(words: tuple[str, ...], port: int) -> None:
    assert refusal(*words, port=port) == ""


SAME = "The server cannot listen to HTTP requests and {} requests at the same address and port 0.0.0.0:{}"


@pytest.mark.parametrize(
    ("words", "port", "reason"),
    [
        (("--allow-http=false",), 8000, "turns off the only protocol that the service speaks"),
        (("--allow-ht=0",), 8000, "turns off the only protocol that the service speaks"),
        (("--allow-http=true", "--allow-http", "Off"), 8000, "turns off the only protocol"),
        (
            ("--http-port=8000", "--http-port", "9000"),
            8000,
            "Triton listens on port 9000 and the deployment's",
        ),
        (("--http-p=9000",), 8000, "Triton listens on port 9000 and the deployment's"),
        ((), 9000, "Triton listens on port 8000 and the deployment's"),
        (("--http-address=127.0.0.1",), 8000, "Triton listens on the address 127.0.0.1 alone"),
        (("--http-add", "10.0.0.9"), 8000, "Triton listens on the address 10.0.0.9 alone"),
        (("--http-port=8001",), 8001, SAME.format("GRPC", 8001)),
        (("--http-port=8002",), 8002, SAME.format("metrics", 8002)),
        (("--http-port=8080", "--allow-sagemaker=true"), 8080, SAME.format("SageMaker", 8080)),
        (("--http-port=8080", "--allow-vertex-ai=1"), 8080, SAME.format("Vertex AI", 8080)),
        (("--http-port",), 8000, "option '--http-port' requires an argument"),
        (("--http-port=",), 8000, "Invalid option value. Got "),
        (("--http-port=80x",), 8000, "Invalid option value. Got 80x"),
        (("--grpc-port=99999999999",), 8000, "Provided option value is out of bound. Got 99999999999"),
        (("--allow-grpc=maybe",), 8000, "invalid value for bool option: maybe"),
    ],
)
def test_a_server_that_would_not_answer_there_is_refused(
    words: tuple[str, ...], port: int, reason: str
) -> None:
    assert reason in refusal(*words, port=port)


def test_the_health_is_asked_where_triton_tells_it() -> None:
    assert refusal(health=8000) == ""
    assert "the deployment's health check port is 8002" in refusal(health=8002)


def test_the_options_are_those_of_the_server(tmp_path: Path) -> None:
    runtime = prepare(tmp_path)
    told = subprocess.run(
        [runtime.server, "--help"], env=runtime.environment({}), capture_output=True, text=True, check=False
    )
    options = re.findall(r"^ +(--[a-z0-9-]+)( <)?", told.stdout + told.stderr, re.MULTILINE)
    assert {name for name, _ in options} == NAMES
    assert {name for name, value in options if not value} == WITHOUT_VALUE


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--nonsense=1",), "unrecognized option '--nonsense=1'"),
        (("--http=8000",), "option '--http=8000' is ambiguous"),
        (("--log-info=maybe",), "invalid value for bool option: maybe"),
        (("--load-model=mark",), "Use of '--load-model' requires setting '--model-control-mode=explicit'"),
    ],
)
def test_a_server_that_refuses_its_options_says_which(
    words: tuple[str, ...], reason: str, loop: Loop, new_fleet: Callable[[], Fleet], tmp_path: Path
) -> None:
    command = ("tritonserver", REPOSITORY, *words)
    with pytest.raises(ServerFailed) as failure:
        loop.run(new_fleet().roll(revision(mark_repository(tmp_path / "m", 1), cmd=command), print))
    assert reason in failure.value.reason


@pytest.mark.parametrize("path", ["/nowhere", "/a\x01b", "x" * 70_000])
def test_a_health_path_that_nothing_answers_ends_in_time(
    path: str, loop: Loop, new_fleet: Callable[[], Fleet], tmp_path: Path
) -> None:
    environment = {"DEPLOYMENT_TIMEOUT_IN_MINUTES": "0.01", "MODEL_DEPLOY_HEALTH_ENDPOINT": path}
    late = revision(mark_repository(tmp_path / "m", 1), environment=environment)
    with pytest.raises(ServerFailed, match=r"^Workflow timed out\. Maximum runtime was: 0\.01 minutes\."):
        loop.run(new_fleet().roll(late, print))


def test_another_health_check_port_than_tritons_starts_nothing(
    loop: Loop, new_fleet: Callable[[], Fleet], tmp_path: Path
) -> None:
    container = Container("localhost/m", None, 8002, "VM.Standard.E4.Flex", "amd64")
    fleet = new_fleet()
    with pytest.raises(ServerFailed, match="health check port is 8002"):
        loop.run(fleet.roll(revision(mark_repository(tmp_path / "m", 1), container=container), print))
    assert not fleet.instances
