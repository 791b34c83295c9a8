"""What a checkout may have put in the place of a file is neither read nor waited for."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

NOTE = {
    "endpoint": "http://127.0.0.1:1", "pid": os.getpid(), "config_file": "HOME/oci/config", "region": "r",
    "tenancy": "t", "user": "u", "compartment": "c", "version": "1", "readings": {},
    "progression": "immediate",
    "latency": 0, "control": False, "ephemeral": False, "servers": "local",
}  # fmt: skip


def endless(file: Path) -> None:
    file.symlink_to("/dev/zero")


def large(file: Path) -> None:
    file.write_text(json.dumps(NOTE).replace("HOME", str(file.parent)) + " " * (64 << 10))


def linked(file: Path) -> None:
    real = file.with_name("real")
    real.write_text(json.dumps({**NOTE, "port": None}).replace("HOME", str(file.parent)))
    file.symlink_to(real)


def unread(file: Path) -> None:
    """Whoever opens it waits until somebody writes."""
    os.mkfifo(file)


READ = """
import resource, sys
from pathlib import Path
from reconciler.adapters.emulator import options, process, running
running._answers = lambda _: True
size = 1 << 30
resource.setrlimit(resource.RLIMIT_AS, (size, size))
home = Path(sys.argv[1])
assert running.read_note(home) is None
assert running.status(home) is None
assert options.kept(home) == options.USUAL
assert not running.held(home)
process.with_end_of_log("it died", home, process.size_of_log(home))
"""


@pytest.mark.parametrize("kind", [endless, large, linked, unread], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize(
    "name", ["emulator.json", "options.json", "ephemeral/options.json", "lock", "logs/emulator.log"]
)
def test_only_what_is_a_small_file_of_its_own_is_read(tmp_path: Path, kind: object, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    kind(tmp_path / name)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, "-c", READ, str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert done.stderr == ""
    assert done.returncode == 0
