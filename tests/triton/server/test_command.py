"""The words of a command are read as tritonserver reads them. The real binary is asked about each."""

import re

import pytest

from reconciler.triton.server.command import Option, ServerCommand, read_command
from reconciler.triton.server.options import OPTIONS, RELEASE, Takes
from tests.triton.server.conftest import Server

NOWHERE = "--model-repository=/nowhere"
"""With this the real server ends soon, whatever else it gets."""

KINDS = {None: Takes.NOTHING, "<boolean>": Takes.BOOLEAN, "<integer>": Takes.INTEGER}


def test_the_options_are_those_of_the_release(server: Server) -> None:
    listed = re.findall(r"^  --([a-z0-9-]+)(?: (<.*>))?$", server("--help"), re.MULTILINE)
    assert {name: KINDS.get(value or None, Takes.TEXT) for name, value in listed} == OPTIONS


FINE: dict[tuple[str, ...], tuple[Option, ...]] = {
    ("--http-port=8080",): (Option("http-port", "8080", 1),),
    ("--http-port", "8080"): (Option("http-port", "8080", 1),),
    ("--http-po=8080",): (Option("http-port", "8080", 1),),
    ("--log-verbose=-1",): (Option("log-verbose", "-1", 1),),
    ("--disable-auto-complete-config",): (Option("disable-auto-complete-config", "true", 1),),
    ("--strict-readiness=TRUE", "--log-info", "0"): (
        Option("strict-readiness", "TRUE", 1),
        Option("log-info", "0", 2),
    ),
    ("--id", "--http-port"): (Option("id", "--http-port", 1),),
    ("--id=",): (Option("id", "", 1),),
}


@pytest.mark.parametrize("words", FINE, ids=" ".join)
def test_what_is_taken(words: tuple[str, ...], server: Server) -> None:
    assert read_command(["tritonserver", *words]) == ServerCommand(FINE[words])
    assert "Usage: tritonserver" not in server(*words, NOWHERE)


REFUSED = {
    ("--http-prot=8080",): f"tritonserver {RELEASE} has no option --http-prot",
    ("--nonsense", "value"): f"tritonserver {RELEASE} has no option --nonsense",
    ("--log=true",): "--log is the beginning of several options: --log-error, --log-file, --log-format, "
    "--log-info, --log-verbose, --log-warning",
    ("-http-port=8080",): "'-http-port=8080' is no option of tritonserver: its options begin with two dashes",
    ("8080",): "'8080' is no option of tritonserver: its options begin with two dashes",
    ("--disable-auto-complete-config=true",): "--disable-auto-complete-config takes no value",
    ("--strict-readiness=yes",): "--strict-readiness is one of true, 1, false, 0, not 'yes'",
    ("--strict-readiness=",): "--strict-readiness is one of true, 1, false, 0, not ''",
    ("--http-port=http",): "--http-port is a whole number, not 'http'",
}


@pytest.mark.parametrize("words", REFUSED, ids=" ".join)
def test_what_is_refused(words: tuple[str, ...], server: Server) -> None:
    read = read_command(["tritonserver", *words])
    assert read is not None
    assert [refused.what for refused in read.refused] == [REFUSED[words]]
    assert "Usage: tritonserver" in server(*words, NOWHERE)


def test_a_value_that_is_missing() -> None:
    read = read_command(["tritonserver", "--http-port"])
    assert read is not None
    assert [refused.what for refused in read.refused] == ["--http-port takes a value, and none follows"]


@pytest.mark.parametrize("program", ["tritonserver", "/opt/tritonserver/bin/tritonserver"])
@pytest.mark.parametrize("before", [(), ("/opt/nvidia/nvidia_entrypoint.sh",)])
def test_what_plainly_runs_it(program: str, before: tuple[str, ...]) -> None:
    read = read_command([*before, program, "--id=x"])
    assert read is not None
    assert read.value("id", "") == "x"


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["/opt/nvidia/nvidia_entrypoint.sh"],
        ["sh", "-c", "tritonserver --id=x"],
        ["mpirun", "-n", "1", "tritonserver"],
        ["python3", "/opt/scripts/launch_triton_server.py"],
        ["/opt/start.sh"],
    ],
    ids=" ".join,
)
def test_what_nobody_knows(words: list[str]) -> None:
    assert read_command(words) is None


def test_one_text_in_place_of_words() -> None:
    read = read_command(["tritonserver --id=x"])
    assert read is not None
    assert [refused.word for refused in read.refused] == [0]


def test_the_last_one_counts_and_several_are_kept() -> None:
    read = read_command(["tritonserver", "--load-model=a", "--load-model=b", "--log-info=0", "--log-info=1"])
    assert read is not None
    assert [option.value for option in read.given("load-model")] == ["a", "b"]
    assert read.is_on("log-info", False)
    assert read.is_on("exit-on-error", True)
    assert not read.is_on("exit-on-error", False)
