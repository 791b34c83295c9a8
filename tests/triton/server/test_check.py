"""What is wrong with a command, beside its repository. The real server is asked what it would refuse."""

from pathlib import Path

import pytest

from reconciler.core.model.findings import Severity
from reconciler.triton.server.check import MOUNT, CommandFault, check_command, loads_all
from reconciler.triton.server.command import read_command
from tests.triton.server.conftest import Server

GOOD = ["tritonserver", f"--model-repository={MOUNT}"]
MODELS = {"mark": True, "bare": False}


def faults(*words: str, port: int = 8000, health_port: int | None = None) -> list[CommandFault]:
    command = read_command(words)
    assert command is not None
    return list(check_command(command, port, health_port, MODELS))


@pytest.mark.parametrize(
    ("words", "port"),
    [
        (GOOD, 8000),
        ([*GOOD, "--http-port=9000"], 9000),
        ([*GOOD, "--model-control-mode=explicit", "--load-model=mark", "--load-model=bare"], 8000),
        ([*GOOD, "--model-control-mode=EXPLICIT", "--load-model=*"], 8000),
        ([*GOOD, "--model-control-mode=poll"], 8000),
        (["tritonserver", f"--model-store={MOUNT}/"], 8000),
        ([*GOOD, "--strict-model-config=false", "--exit-on-error=1"], 8000),
    ],
    ids=str,
)
def test_nothing_is_wrong_with_it(words: list[str], port: int) -> None:
    assert faults(*words, port=port) == []


REFUSED = {
    (
        "--load-model=mark",
    ): "--load-model goes with --model-control-mode=explicit alone: the server would not start",
    (
        "--model-control-mode=poll",
        "--load-model=mark",
    ): "--load-model goes with --model-control-mode=explicit alone: the server would not start",
    ("--model-control-mode=some",): "--model-control-mode is one of none, poll, explicit, not 'some'",
    (
        "--model-control-mode=explicit",
        "--load-model=*",
        "--load-model=mark",
    ): "--load-model=* cannot stand beside another --load-model",
    ("--model-control-mode=explicit", "--load-model=mrak"): "--load-model: there is no model 'mrak'",
    (
        "--disable-auto-complete-config",
    ): "with --disable-auto-complete-config a model without a configuration does not load: bare",
    (
        "--strict-model-config=1",
    ): "with --strict-model-config a model without a configuration does not load: bare",
}


@pytest.mark.parametrize("words", REFUSED, ids=" ".join)
def test_what_the_server_refuses(words: tuple[str, ...], server: Server, repository: Path) -> None:
    assert [fault.what for fault in faults(*GOOD, *words)] == [REFUSED[words]]
    printed = server(f"--model-repository={repository}", *words, "--http-port=0")
    assert "Started HTTPService" not in printed


def test_without_a_repository(server: Server) -> None:
    assert [fault.what for fault in faults("tritonserver")] == ["tritonserver gets no model repository"]
    assert "--model-repository must be specified" in server("--http-port=0")


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (
            ["tritonserver", "--model-repository=/models"],
            "the model repository '/models' is not in what is mounted",
        ),
        (
            ["tritonserver", f"--model-repository={MOUNT}/mark"],
            f"the model repository '{MOUNT}/mark' is not in the artifact",
        ),
        (
            ["tritonserver", f"--model-repository={MOUNT}/../other"],
            f"the model repository '{MOUNT}/../other' is not in what is mounted",
        ),
        (
            [*GOOD, "--http-port=9000"],
            "tritonserver listens on 9000, and the service asks on 8000 (port)",
        ),
        ([*GOOD, "--allow-http=false"], "--allow-http turns off the only protocol that the service speaks"),
        (
            [*GOOD, "--model-control-mode=explicit"],
            "in the mode explicit nothing is served without --load-model",
        ),
    ],
    ids=str,
)
def test_what_would_serve_nothing(words: list[str], what: str) -> None:
    assert [(fault.what, fault.severity) for fault in faults(*words)] == [(what, Severity.ERROR)]


def test_where_the_members_of_a_model_group_lie_nobody_knows() -> None:
    command = read_command(["tritonserver", "--model-repository=/opt/models"])
    assert command is not None
    assert list(check_command(command, 8000, None, MODELS, anywhere=True)) == []


def test_a_health_port_on_which_nothing_listens() -> None:
    assert [(fault.what, fault.advice) for fault in faults(*GOOD, health_port=8080)] == [
        (
            "tritonserver listens on 8000, and the service asks on 8080 (healthPort)",
            "It tells its health on the same port: leave healthPort out.",
        )
    ]


@pytest.mark.parametrize("name", ["exit-on-error", "strict-readiness"])
def test_what_hides_a_broken_model_is_a_danger(name: str) -> None:
    (fault,) = faults(*GOOD, f"--{name}=false")
    assert fault.severity is Severity.DANGER
    assert fault.word == 2
    assert fault.advice.startswith("Leave it out: a broken update may look healthy")


def test_an_option_of_another_release_is_a_warning_and_a_misspelt_one_an_error() -> None:
    other, misspelt = (
        faults(*GOOD, "--quantum-mode"),
        faults(*GOOD, "--strict-readines=true", "--http-prot=1"),
    )
    assert [fault.severity for fault in other] == [Severity.WARNING]
    assert [(fault.severity, fault.advice) for fault in misspelt] == [
        (Severity.ERROR, "Did you mean '--http-port'?"),
    ]


@pytest.mark.parametrize(
    ("words", "all_of_them"),
    [
        ((), True),
        (GOOD, True),
        (("/opt/nvidia/nvidia_entrypoint.sh", *GOOD, "--model-control-mode=poll"), True),
        ((*GOOD, "--model-control-mode=EXPLICIT", "--load-model=*"), True),
        ((*GOOD, "--model-control-mode=explicit", "--load-model=mark"), False),
        ((*GOOD, "--model-config-name=small"), False),
        (("sh", "-c", "tritonserver"), False),
    ],
    ids=str,
)
def test_whether_every_model_is_loaded(words: tuple[str, ...], all_of_them: bool) -> None:
    assert loads_all(words) is all_of_them


def test_one_mistake_is_one_message() -> None:
    assert len(faults(*GOOD, "--http-port=http")) == 1
