"""An artifact of 3 GB: published, served by a real Triton, read back and compared with another, all in flat
memory.
"""

import hashlib
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.hello import BODY, write_hello
from tests.support.workspace import Workspace, make, stop

MB = 10**6
SIZE = 3000 * MB
LIMIT = 150 * MB


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    made = make(tmp_path / "large")
    yield made
    stop(made)


def weights(workspace: Workspace, seed: int) -> None:
    """Bytes that no compression makes smaller, without a source of them on the disk: one block repeated."""
    (config,) = (workspace.root / "manifests").rglob("config.pbtxt")
    block = hashlib.shake_256(bytes([seed])).digest(MB)
    with (config.parent / "1" / "weights.bin").open("wb") as file:
        for number in range(SIZE // MB):
            file.write(number.to_bytes(8, "big") + block[8:])


# A child begins with the peak of the process that it was forked from, so that one is a small one.
MEASURED = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[2:])
with open(sys.argv[1], "w") as file:
    file.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code)
"""


def measured(workspace: Workspace, *arguments: str) -> tuple[int, str]:
    """The most memory (bytes) that the command held, and what it said."""
    peak = workspace.root / "peak.txt"
    command = [sys.executable, "-c", MEASURED, str(peak), str(workspace.command), *arguments]
    ran = subprocess.run(command, cwd=workspace.root, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return int(peak.read_text()) * 1024, ran.stdout + ran.stderr


def peak_of_emulator(workspace: Workspace) -> int:
    status = Path(f"/proc/{workspace.note['pid']}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024


def download(workspace: Workspace, path: Path) -> None:
    (model,) = workspace.catalog()
    stream = workspace.sdk().get_model_artifact_content(model.id).data.raw
    with path.open("wb") as file:
        for chunk in stream.stream(MB, decode_content=False):
            file.write(chunk)


def digest(file: Any) -> str:
    return hashlib.file_digest(file, "sha256").hexdigest()


def test_up_and_down(workspace: Workspace) -> None:
    write_hello(workspace)
    weights(workspace, 1)
    peaks = {"reconcile apply": measured(workspace, "apply", "--yes")[0]}
    reply = workspace.ask(f"{workspace.endpoint('hello')}", "m", BODY)
    assert reply.status_code == 200, reply.text
    assert reply.json()["outputs"][0]["data"] == [14.0]

    download(workspace, workspace.root / "down.zip")
    (source,) = (workspace.root / "manifests").rglob("weights.bin")
    with zipfile.ZipFile(workspace.root / "down.zip") as archive, source.open("rb") as sent:
        (name,) = [name for name in archive.namelist() if name.endswith("weights.bin")]
        assert archive.getinfo(name).file_size == SIZE
        with archive.open(name) as received:
            assert digest(received) == digest(sent)
    (workspace.root / "down.zip").unlink()

    peaks["reconcile plan of the same"], said = measured(workspace, "plan")
    assert "nothing to do" in said.lower()
    weights(workspace, 2)
    peaks["reconcile plan of another"], said = measured(workspace, "plan")  # it reads what is published
    assert "hello will be updated" in said
    peaks["emulator"] = peak_of_emulator(workspace)
    print({what: f"{size / MB:.0f} MB" for what, size in peaks.items()})
    assert {what: size for what, size in peaks.items() if size >= LIMIT} == {}
