"""What a checkout may have put in the place of a file is neither read nor waited for."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
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
for home in map(Path, sys.argv[1:]):
    print("last was", home, flush=True)
    assert running.read_note(home) is None
    assert running.status(home) is None
    assert options.kept(home) == options.USUAL
    assert not running.held(home)
    process.with_end_of_log("it died", home, process.size_of_log(home))
"""


FILES = ("emulator.json", "options.json", "ephemeral/options.json", "lock", "logs/emulator.log")


@pytest.mark.parametrize("kind", [endless, large, linked, unread], ids=lambda kind: kind.__name__)
def test_only_what_is_a_small_file_of_its_own_is_read(tmp_path: Path, kind: Callable[[Path], None]) -> None:
    """Each file in a home of its own; one process looks at all homes."""
    homes = [tmp_path / str(number) for number in range(len(FILES))]
    for home, name in zip(homes, FILES, strict=True):
        (home / name).parent.mkdir(parents=True)
        kind(home / name)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, "-c", READ, *map(str, homes)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stderr, done.returncode) == ("", 0), done.stdout
