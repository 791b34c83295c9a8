"""No process and no shared memory outlives the process that holds the fleet, however that ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.serving import left_of, name_in, processes_in
from tests.support.tiny_models import mark_repository
from tests.support.waiting import wait_for

# A model whose child leaves its session and loses its parent: only the watchdog can still find it.
RUNAWAY = """
import subprocess
subprocess.Popen(["/bin/sh", "-c", "sleep 600; :", {mark!r}], start_new_session=True)
"""
OWNER = """
import asyncio, signal, sys
from pathlib import Path
from datascience_emulator.triton import Revision, new_fleet

async def main():
    folder = Path(sys.argv[1])
    fleet = new_fleet("kept", Path(sys.argv[2]), folder / "logs")
    await fleet.roll(Revision(folder / "models", {}, 8000, 1), lambda event: None)
    print("serving", flush=True)
    await asyncio.Event().wait()

# What runs in the background of a shell has inherited that it ignores this one.
signal.signal(signal.SIGINT, signal.default_int_handler)
asyncio.run(main())
"""


@contextmanager
def owner(folder: Path, work_dir: Path) -> Iterator["subprocess.Popen[str]"]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    arguments = [sys.executable, "-c", OWNER, str(folder), str(work_dir)]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=environment)
    with process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "serving\n"
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_nothing_outlives_the_owner(tmp_path: Path, work_dir: Path, number: signal.Signals) -> None:
    model = mark_repository(tmp_path / "models", 1) / "mark" / "1" / "model.py"
    model.write_text(RUNAWAY.format(mark=f"runaway of {tmp_path}") + model.read_text())
    with owner(tmp_path, work_dir) as process:
        running = processes_in(tmp_path)
        names = " ".join(running.values())
        assert "watchdog.py" in names
        assert "triton_python_backend_stub" in names
        assert "runaway of" in names
        name = name_in(names)
        assert len(left_of(name)) >= 2, "shared memory and links"
        process.send_signal(number)
        process.wait()
        wait_for(lambda: not processes_in(tmp_path))
    assert left_of(name) == []


def test_triton_does_not_outlive_its_watchdog(tmp_path: Path, work_dir: Path) -> None:
    mark_repository(tmp_path / "models", 1)
    with owner(tmp_path, work_dir):
        running = processes_in(tmp_path)
        (watchdog,) = (pid for pid, command in running.items() if "watchdog.py" in command)
        os.kill(watchdog, signal.SIGTERM)
        wait_for(lambda: not set(processes_in(tmp_path)) & set(running))
