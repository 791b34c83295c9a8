"""pip installs the wheel without extras into an empty environment, from the registry that it knows: what it
brings is enough for plan and validate, and has nothing of the local servers.
"""

import subprocess
import venv
from dataclasses import replace
from pathlib import Path

from tests.support.hello import write_hello
from tests.support.wheels import build_wheel
from tests.support.workspace import make, stop

LOCAL_SERVERS_ALONE = ("starlette", "uvicorn", "onnxruntime", "torch", "nvidia-pytriton")


def test_what_pip_installs_is_enough(tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path / "dist")
    venv.create(tmp_path / "env", with_pip=True)
    pip = [tmp_path / "env/bin/python", "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--quiet", wheel], check=True)
    listed = subprocess.run([*pip, "list"], check=True, capture_output=True, text=True).stdout.split()
    assert not set(LOCAL_SERVERS_ALONE) & set(listed)

    workspace = make(tmp_path / "repository")
    write_hello(workspace)
    workspace.run("emulator", "start")
    try:
        there = replace(workspace, command=tmp_path / "env/bin/reconcile")
        assert there.run("validate").out == "1 manifest valid\n"
        assert there.plan()["hello"]["action"] == "create"
    finally:
        stop(workspace)
