"""The emulator's process ends, whoever waits for it, and however soon."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from datascience_emulator.home.home import Home
from datascience_emulator.process import background
from datascience_emulator.process.background import NotStarted
from datascience_emulator.process.emulator_json import Running

START = """
import sys
from pathlib import Path
from datascience_emulator.home.home import Home
from datascience_emulator.process.background import start
print(start(Home(Path(sys.argv[1])), [])[0].pid)
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
    monkeypatch.setattr(background, "STOP_SECONDS", 20.0)
    command = [sys.executable, "-c", ADOPTS, sys.executable, "-c", START, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as adopting:
        assert adopting.stdout
        pid = int(adopting.stdout.readline())
        assert background.stop(Home(tmp_path))
        os.kill(pid, 0)  # what is left of it is there
        assert background.find(Home(tmp_path)) is None
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
    note = Running("", gone, "", "", "", "", "", "", {}, "", 0.0, control=False, ephemeral=False, servers="")
    monkeypatch.setattr(background, "find", lambda home: note)
    assert background.stop(Home(tmp_path))


def test_one_that_ends_at_the_last_moment_did_not_start(
    tmp_path: Path, gone: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "START_SECONDS", -1.0)
    monkeypatch.setattr(background, "_spawn", lambda *_: gone)
    with pytest.raises(NotStarted, match="did not answer"):
        background.start(Home(tmp_path), [])


def test_one_that_hangs_is_told_to_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "START_SECONDS", -1.0)
    with subprocess.Popen(["sleep", "60"]) as hanging:
        monkeypatch.setattr(background, "_spawn", lambda *_: hanging.pid)
        with pytest.raises(NotStarted, match="did not answer"):
            background.start(Home(tmp_path), [])
        assert hanging.wait() == -signal.SIGTERM
