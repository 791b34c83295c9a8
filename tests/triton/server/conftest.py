"""The real tritonserver, which is asked about commands."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Server = Callable[..., str]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, emulator_installed: None) -> Server:
    """What the real tritonserver prints when it gets these words, which must make it end soon."""
    from datascience_emulator.triton.runtime import prepare

    runtime = prepare(tmp_path_factory.mktemp("server"))
    fixed = ["--allow-grpc=false", "--allow-metrics=false", f"--backend-directory={runtime.backends}"]

    def run(*words: str) -> str:
        command: list[str | Path] = [runtime.server, *fixed, *words]
        done = subprocess.run(
            command, env=runtime.environment({}), capture_output=True, text=True, timeout=60
        )
        return done.stdout + done.stderr

    return run


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a model `mark` with a configuration, and a model `bare` without."""
    from tests.support.tiny_models import mark_repository, write

    folder = mark_repository(tmp_path_factory.mktemp("repository"), 1)
    write(folder / "bare" / "1" / "model.py", (folder / "mark" / "1" / "model.py").read_text())
    return folder
