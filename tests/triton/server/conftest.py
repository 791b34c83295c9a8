"""The real tritonserver, which is asked about commands."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.tiny_models import mark_repository, write

Server = Callable[..., str]

ENDS = ("Started HTTPService", "error: creating server", "UNAVAILABLE")
"""What it prints when it serves, or has given up. Giving up it may hang, so nobody waits for its end."""


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, emulator_installed: None) -> Server:
    """What the real tritonserver prints when it gets these words, until it serves or has given up."""
    from datascience_emulator.triton.runtime import prepare

    runtime = prepare(tmp_path_factory.mktemp("server"))
    fixed = ["--allow-grpc=false", "--allow-metrics=false", f"--backend-directory={runtime.backends}"]

    def run(*words: str) -> str:
        """What it starts itself may outlive it, so its output is a file, and all of its group is killed."""
        with tempfile.NamedTemporaryFile("r") as told, Path(told.name).open("w") as output:
            server = subprocess.Popen(
                [runtime.server, *fixed, *words],
                env=runtime.environment({}),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            printed = ""
            while server.poll() is None and not any(end in printed for end in ENDS):
                with suppress(subprocess.TimeoutExpired):
                    server.wait(0.05)
                printed += told.read()
            with suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)
            server.wait()
            return printed + told.read()

    return run


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a model `mark` with a configuration, and a model `bare` without."""
    folder = mark_repository(tmp_path_factory.mktemp("repository"), 1)
    write(folder / "bare" / "1" / "model.py", (folder / "mark" / "1" / "model.py").read_text())
    return folder
