"""`datascience-emulator start`, `stop` and `status`, as a user runs them."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import oci
import pytest

from tests.support.workspace import CHECKOUT

Run = Callable[..., subprocess.CompletedProcess[str]]
COMMAND = Path(sys.executable).with_name("datascience-emulator")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(CHECKOUT)}


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Runs the command in a folder of the test's own; what it has started there is stopped in the end."""

    def command(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [COMMAND, *arguments],
            cwd=tmp_path,
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    yield command
    for home in (".datascience-emulator", "other"):
        if (tmp_path / home / "emulator.json").exists():
            command("stop", "--home", home)


def test_start_status_and_stop(run: Run, tmp_path: Path) -> None:
    assert run("status", code=1).stdout == "not running\n"
    shown = run("start").stdout
    home = tmp_path / ".datascience-emulator"
    assert re.fullmatch(
        r"running at http://127\.0\.0\.1:\d+ \(pid \d+\)\n"
        rf"OCI config file: {re.escape(str(home))}/oci/config\n"
        r"profile: DEFAULT \(SESSION signs with a session token\)\n"
        r"compartment: ocid1\.compartment\.oc1\.\.\w+\n",
        shown,
    )
    assert run("status").stdout == shown
    assert run("start").stdout == shown, "the one that runs is used"
    assert run("stop").stdout == "stopped\n"
    assert run("stop").stdout == "it was not running\n"
    assert run("status", code=1).stdout == "not running\n"
    assert not (home / "emulator.json").exists()


def test_json_names_all_that_a_client_needs(run: Run) -> None:
    assert json.loads(run("status", "--format", "json", code=1).stdout) == {"running": False}
    running = json.loads(run("start", "--format", "json").stdout)
    assert running["running"] is True
    config = oci.config.from_file(running["config_file"], running["profile"])
    client = oci.data_science.DataScienceClient(config, service_endpoint=running["endpoint"])
    assert client.list_projects(running["compartment"]).data == []
    assert json.loads(run("status", "--format", "json").stdout) == running
    assert json.loads(run("stop", "--format", "json").stdout) == {"stopped": True}


def test_every_option_reaches_it_and_is_shown(run: Run) -> None:
    fault = "unavailable,operation=list_projects"
    usual = ("--progression", "reads:2", "--latency", "0.01", "--reading", "list-filters=one", "--control")
    usual = (*usual, "--servers", "docker")
    lines = run("start", "--home", "other", *usual, "--fault", fault, "--ephemeral").stdout.splitlines()
    assert lines[4:-2] == [
        "reading: list-filters=one",
        "progression: reads:2",
        "latency: 0.01 s",
        "servers: docker",
    ]
    assert lines[-2].startswith("control API: http://127.0.0.1:")
    assert lines[-1] == "ephemeral: keeps nothing at the end"
    running = json.loads(run("status", "--home", "other", "--format", "json").stdout)
    client = oci.data_science.DataScienceClient(
        oci.config.from_file(running["config_file"]), service_endpoint=running["endpoint"]
    )
    with pytest.raises(oci.exceptions.ServiceError) as refused:
        client.list_projects(running["compartment"], retry_strategy=oci.retry.NoneRetryStrategy())
    assert refused.value.status == 503
    run("start", "--home", "other", *usual)
    differing = run("start", "--home", "other", "--latency", "2", "--port", "1", "--fault", "slow", code=1)
    assert differing.stderr.startswith(
        "error: other: the emulator runs already, and not with --port 1, --latency 2, --fault slow; "
    )


def test_a_reader_that_leaves_changes_nothing(run: Run, tmp_path: Path) -> None:
    started = subprocess.Popen(
        [COMMAND, "start"], cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert started.stdout is not None
    started.stdout.close()
    assert started.stderr is not None
    assert started.stderr.read() == b""
    started.stderr.close()
    assert started.wait() == 0
    assert run("stop").stdout == "stopped\n"


def test_the_state_is_there_after_a_restart(run: Run) -> None:
    before = json.loads(run("start", "--format", "json").stdout)
    run("stop")
    after = json.loads(run("start", "--format", "json").stdout)
    assert after.pop("pid") != before.pop("pid")
    assert after == before


def test_a_folder_of_its_name_in_the_working_directory_is_not_run(run: Run, tmp_path: Path) -> None:
    (tmp_path / "datascience_emulator").mkdir()
    (tmp_path / "datascience_emulator/__init__.py").write_text("raise SystemExit('not the emulator')\n")
    (tmp_path / "datascience_emulator/__main__.py").write_text("")
    assert run("start").stdout.startswith("running at ")


def test_a_start_that_fails_says_why_in_one_line(run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        failed = run("start", "--port", port, code=1)
    assert failed.stderr.startswith(f"error: the emulator did not start: port {port} of 127.0.0.1 is in use")
    assert failed.stderr.count("\n") == 1


def test_a_folder_that_holds_anything_else_is_left_as_it_is(run: Run, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other/thesis.txt").write_text("mine")
    assert "it holds thesis.txt, which no emulator has made" in run("start", "--home", "other", code=1).stderr
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["thesis.txt"]


def test_a_log_that_is_a_link_is_not_written_to(run: Run, tmp_path: Path) -> None:
    run("claim", "--home", "other")
    (tmp_path / "other/logs").mkdir(mode=0o700)
    (tmp_path / "mine").write_text("")
    (tmp_path / "other/logs/emulator.log").symlink_to(tmp_path / "mine")
    assert (
        "logs/emulator.log: the state cannot be kept there" in run("start", "--home", "other", code=1).stderr
    )
    assert (tmp_path / "mine").read_text() == ""


def test_a_note_that_a_killed_one_left_is_not_believed(run: Run, tmp_path: Path) -> None:
    run("start")
    note = tmp_path / ".datascience-emulator/emulator.json"
    text = note.read_text()
    run("stop")
    note.write_text(text)
    assert run("status", code=1).stdout == "not running\n"
    assert run("stop").stdout == "it was not running\n"


def test_it_gets_no_secret_of_whoever_starts_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(ENVIRONMENT, "GITHUB_TOKEN", "hush")
    running = json.loads(run("start", "--format", "json").stdout)
    assert b"hush" not in Path(f"/proc/{running['pid']}/environ").read_bytes()


@pytest.mark.parametrize("verb", ["start", "stop", "status", "serve", "claim"])
def test_without_the_extra_it_says_what_to_install(verb: str, tmp_path: Path) -> None:
    """`-S`: a Python in which nothing is installed."""
    ran = subprocess.run(
        [sys.executable, "-S", "-P", "-m", "datascience_emulator", verb],
        cwd=tmp_path,
        env={"PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == (
        "error: the emulator needs cryptography, httpx, starlette, uvicorn: "
        "pip install 'oci-triton-reconciler[emulator]'\n"
    )
    assert list(tmp_path.iterdir()) == []
