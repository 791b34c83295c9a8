"""The emulator as a process: started once however many ask, found again, stopped; what is said when not."""

import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from reconciler.adapters.connect import connect
from reconciler.adapters.emulator import process
from reconciler.adapters.emulator.options import Options
from reconciler.adapters.emulator.process import with_end_of_log
from reconciler.adapters.emulator.running import status
from reconciler.core.model.errors import SetupError
from reconciler.core.model.target import EmulatorTarget


def quiet(_: str) -> None:
    pass


ENSURE = """
import sys
from pathlib import Path
from reconciler.adapters.emulator.process import ensure
print(ensure(Path(sys.argv[1]), lambda _: None).pid)
"""


ADOPTS = """
import ctypes, subprocess, sys
ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER
subprocess.run(sys.argv[1:], check=True)
sys.stdin.read()
"""


def test_it_has_ended_though_process_1_waits_for_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a container without an init. The stand-in for process 1 adopts whoever has lost its parent."""
    monkeypatch.setattr(process, "STOP_SECONDS", 20.0)
    command = [sys.executable, "-c", ADOPTS, sys.executable, "-c", ENSURE, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as adopting:
        assert adopting.stdout
        pid = int(adopting.stdout.readline())
        assert process.stop(tmp_path)
        os.kill(pid, 0)  # what is left of it is there
        assert status(tmp_path) is None
        adopting.communicate()


@pytest.fixture
def gone() -> int:
    """The number of a process that has just ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def test_one_that_ends_by_itself_meanwhile_is_stopped(
    tmp_path: Path, gone: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "status", lambda home: SimpleNamespace(pid=gone))
    assert process.stop(tmp_path)


def test_one_that_ends_at_the_last_moment_did_not_start(
    tmp_path: Path, gone: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "START_SECONDS", -1.0)
    monkeypatch.setattr(process, "_spawn", lambda *_: gone)
    with pytest.raises(SetupError, match="did not answer"):
        process.start(tmp_path, quiet)


def test_start_find_again_and_stop(tmp_path: Path) -> None:
    told: list[str] = []
    assert status(tmp_path) is None
    running = process.ensure(tmp_path, told.append)
    try:
        assert told
        assert status(tmp_path) == running
        assert process.ensure(tmp_path, told.append).pid == running.pid
        assert process.start(tmp_path, told.append).pid == running.pid
        assert os.getsid(running.pid) == running.pid, "a session of its own: our Ctrl-C is not its"
        assert (tmp_path / "logs" / "emulator.log").read_text()
    finally:
        assert process.stop(tmp_path)
    assert status(tmp_path) is None
    assert not process.stop(tmp_path)
    with pytest.raises(ProcessLookupError):
        os.kill(running.pid, 0)


def test_two_processes_that_start_it_at_once_get_the_same_one(tmp_path: Path) -> None:
    def other_process(_: int) -> int:
        command = [sys.executable, "-c", ENSURE, str(tmp_path)]
        root = str(Path(__file__).parents[3])
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": root}
        )
        return int(done.stdout)

    try:
        with ThreadPoolExecutor(3) as pool:
            pids = set(pool.map(other_process, range(3)))
    finally:
        assert process.stop(tmp_path)
    assert len(pids) == 1


def test_what_was_made_is_there_after_a_restart(tmp_path: Path) -> None:
    target = EmulatorTarget("local", str(tmp_path), "serving")
    try:
        project = connect(target, quiet).cloud.ensure_project("serving", "t")
        process.stop(tmp_path)
        assert connect(target, quiet).cloud.snapshot().project.ocid == project
    finally:
        process.stop(tmp_path)


def test_a_start_that_dies_shows_its_last_words(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SetupError, match=f"port {port} .* is in use"):
            process.start(tmp_path, quiet, Options(port=port))
    assert status(tmp_path) is None


def test_a_missing_extra_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "NEEDED", ("uvicorn", "surely_not_installed"))
    with pytest.raises(
        SetupError, match=r'surely_not_installed: pip install "oci-triton-reconciler\[emulator\]"'
    ):
        process.ensure(tmp_path, quiet)


def mark(home: Path) -> None:
    """As an emulator does that has made it."""
    (home / "emulator-home").touch(mode=0o600)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            Options(readings=("list-filters=none",)),
            "reading list-filters: must be one of many, one, is 'none'",
        ),
        (Options(progression="never"), "argument --progression: progression 'never': use 'immediate'"),
        (Options(faults=("fire",)), "argument --fault: fault 'fire': fault: must be one of capacity"),
        (Options(latency=1e9), "argument --latency: '1000000000.0' is no number of seconds; 0 to 3600"),
    ],
)
def test_what_it_does_not_take_is_told_in_its_own_words(
    tmp_path: Path, options: Options, message: str
) -> None:
    mark(tmp_path)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/emulator.log").write_text("what an earlier one said\n")
    with pytest.raises(SetupError, match=f"^the local emulator did not start: {message}") as refused:
        process.start(tmp_path, quiet, options)
    assert "earlier" not in str(refused.value)


def test_the_end_of_a_large_log_is_told(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    with (tmp_path / "logs" / "emulator.log").open("w") as log:
        log.truncate(8 << 30)
        log.seek(0, os.SEEK_END)
        log.write("\nwhat it said\n")
    assert str(with_end_of_log("it died", tmp_path, 0)).endswith("what it said")
