"""Fleets of real tritonserver processes: what they are asked, and what is left of them."""

import asyncio
import json
import re
import tempfile
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from reconciler.emulator.serving import Reply, Revision

T = TypeVar("T")
SHARED_MEMORY = Path("/dev/shm")


def revision(model_dir: Path, **changes: Any) -> Revision:
    usual = {"command": (), "environment": {}, "server_port": 8000, "instances": 1}
    return Revision(**{"model_dir": model_dir, **usual, **changes})


def headers(model: str, version: str | None = "1") -> dict[str, str]:
    return {"model_name": model} | ({"model_version": version} if version else {})


def tensor(name: str, array: Any, datatype: str) -> dict[str, Any]:
    return {
        "name": name,
        "shape": list(array.shape),
        "datatype": datatype,
        "data": array.reshape(-1).tolist(),
    }


def infer_body(*tensors: dict[str, Any]) -> bytes:
    return json.dumps({"inputs": list(tensors)}).encode()


def mark_body() -> bytes:
    return infer_body(tensor("X", np.ones(2, dtype=np.float32), "FP32"))


def outputs(reply: Reply) -> dict[str, Any]:
    assert reply.status == 200, reply.body
    return {output["name"]: output for output in json.loads(reply.body)["outputs"]}


def processes_in(folder: Path) -> dict[int, str]:
    """Command lines of the processes that work in `folder` or below it, by process id.

    A keeper, its server and all below them work where the server's log is.
    """
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").readlink().is_relative_to(folder):
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ")
                found[int(entry.name)] = command.decode(errors="replace")
        except OSError:
            continue  # it has ended, or it is not ours
    return found


def servers_in(folder: Path) -> list[int]:
    """The process ids of the tritonservers that work below `folder`."""
    commands = processes_in(folder).items()
    return [pid for pid, command in commands if Path(command.partition(" ")[0]).name == "tritonserver"]


def left_of(name: str) -> list[Path]:
    """Shared memory and links of the server that marks its own with `name`."""
    return [*SHARED_MEMORY.glob(f"{name}*"), *Path(tempfile.gettempdir()).glob(f"{name}*")]


def name_in(commands: str) -> str:
    """What the server in these command lines marks its own with."""
    found = re.search(r"shm-region-prefix-name=(triton-\w+)-", commands)
    assert found, commands
    return found[1]


class Loop:
    """An event loop in a thread, as the emulator has one; `run` waits for a coroutine's result."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout=120)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()
