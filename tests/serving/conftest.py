"""Tiny models made on the fly, and fleets of real tritonserver processes that run them."""

import asyncio
import json
import os
import shutil
import threading
import time
import warnings
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import onnx
import pytest
import torch

from reconciler.emulator.serving import Fleet, Reply, Revision

T = TypeVar("T")
DENSENET = Path(onnx.__file__).parent / "backend/test/data/light/light_densenet121.onnx"

# The first seed's file to the letter, its commas included.
RESNET_CONFIG = """name: "resnet"
platform: "pytorch_libtorch"
max_batch_size: 1

input [
{
name: "input",
data_type: TYPE_FP32,
dims: [ 3, 224, 224 ]
}
]

output [
{
name: "output",
data_type: TYPE_FP32,
dims: [ 1000 ]
}
]

instance_group [
{
kind: KIND_CPU
}
]
"""

RENAMED_CONFIG = """backend: "onnxruntime"
default_model_filename: "net.onnx"
max_batch_size: 8
input [ { name: "x" data_type: TYPE_FP32 dims: [ 3 ] } ]
instance_group [ { kind: KIND_CPU count: 1 } ]
"""

INDEXED_CONFIG = """platform: "pytorch_libtorch"
max_batch_size: 0
input [
  { name: "INPUT__1" data_type: TYPE_FP32 dims: [ 2 ] },
  { name: "INPUT__0" data_type: TYPE_FP32 dims: [ 2 ] }
]
output [ { name: "OUTPUT__0" data_type: TYPE_FP32 dims: [ 2 ] } ]
instance_group [ { kind: KIND_CPU count: 1 } ]
"""

UPPER_CONFIG = """backend: "python"
max_batch_size: 0
input [
  { name: "TEXT" data_type: TYPE_STRING dims: [ -1 ] },
  { name: "COUNT" data_type: TYPE_INT32 dims: [ 1 ] }
]
output [ { name: "UPPER" data_type: TYPE_STRING dims: [ -1 ] } ]
instance_group [ { kind: KIND_CPU count: 1 } ]
"""

UPPER_MODEL = """import numpy as np
import triton_python_backend_utils as pb_utils

class TritonPythonModel:
    def execute(self, requests):
        return [self.answer(request) for request in requests]

    def answer(self, request):
        text = pb_utils.get_input_tensor_by_name(request, "TEXT").as_numpy().reshape(-1)
        count = pb_utils.get_input_tensor_by_name(request, "COUNT").as_numpy()[0]
        upper = np.array([value.upper()[:count] for value in text], dtype=object)
        return pb_utils.InferenceResponse([pb_utils.Tensor("UPPER", upper)])
"""

ENSEMBLE_CONFIG = """platform: "ensemble"
max_batch_size: 0
input [
  { name: "text_input" data_type: TYPE_STRING dims: [ -1 ] },
  { name: "max_tokens" data_type: TYPE_INT32 dims: [ 1 ] }
]
output [ { name: "text_output" data_type: TYPE_STRING dims: [ -1 ] } ]
ensemble_scheduling { step [ {
  model_name: "upper" model_version: -1
  input_map { key: "TEXT" value: "text_input" }
  input_map { key: "COUNT" value: "max_tokens" }
  output_map { key: "UPPER" value: "text_output" }
} ] }
"""

MARK_CONFIG = """backend: "python"
max_batch_size: 0
input [ { name: "X" data_type: TYPE_FP32 dims: [ -1 ] } ]
output [
  { name: "MARK" data_type: TYPE_INT32 dims: [ 1 ] },
  { name: "SUM" data_type: TYPE_FP32 dims: [ 1 ] }
]
instance_group [ { kind: KIND_CPU count: 1 } ]
"""

MARK_MODEL = """import os
import time
import numpy as np
import triton_python_backend_utils as pb_utils

class TritonPythonModel:
    def execute(self, requests):
        time.sleep(0.02)
        return [self.answer(request) for request in requests]

    def answer(self, request):
        x = pb_utils.get_input_tensor_by_name(request, "X").as_numpy()
        mark = np.array([int(os.environ.get("MARK", {mark}))], dtype=np.int32)
        total = np.array([x.sum(dtype=np.float64)], dtype=np.float32)
        return pb_utils.InferenceResponse([pb_utils.Tensor("MARK", mark), pb_utils.Tensor("SUM", total)])
"""


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def mark_repository(folder: Path, mark: int) -> Path:
    """One Python model that answers `mark` and the sum of its input."""
    write(folder / "mark" / "config.pbtxt", MARK_CONFIG)
    write(folder / "mark" / "1" / "model.py", MARK_MODEL.replace("{mark}", str(mark)))
    return folder


def trace(module: torch.nn.Module, example: Any, path: Path) -> None:
    path.parent.mkdir(parents=True)
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        torch.jit.trace(module.eval(), example).save(str(path))


class Difference(torch.nn.Module):
    def forward(self, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        return left - right


def resnet() -> torch.nn.Module:
    torch.manual_seed(7)
    layers = (torch.nn.AdaptiveAvgPool2d(4), torch.nn.Flatten(), torch.nn.Linear(48, 1000))
    return torch.nn.Sequential(*layers).eval()


def free_batch() -> onnx.ModelProto:
    """y = x + 1 and t = s, over a first dimension that is free."""
    helper, kinds = onnx.helper, onnx.TensorProto
    nodes = [helper.make_node("Add", ["x", "one"], ["y"]), helper.make_node("Identity", ["s"], ["t"])]
    graph = helper.make_graph(
        nodes,
        "free",
        [
            helper.make_tensor_value_info("x", kinds.FLOAT, ["n", 3]),
            helper.make_tensor_value_info("s", kinds.STRING, ["n", 1]),
        ],
        [
            helper.make_tensor_value_info("y", kinds.FLOAT, ["n", 3]),
            helper.make_tensor_value_info("t", kinds.STRING, ["n", 1]),
        ],
        [helper.make_tensor("one", kinds.FLOAT, [1], [1.0])],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def zoo_repository(folder: Path) -> Path:
    """A model of every kind, DenseNet without a config.pbtxt among them."""
    (folder / "densenet_onnx" / "1").mkdir(parents=True)
    shutil.copyfile(DENSENET, folder / "densenet_onnx" / "1" / "model.onnx")
    (folder / "free" / "1").mkdir(parents=True)
    onnx.save(free_batch(), folder / "free" / "1" / "model.onnx")
    (folder / "renamed" / "1").mkdir(parents=True)
    onnx.save(free_batch(), folder / "renamed" / "1" / "net.onnx")
    write(folder / "renamed" / "config.pbtxt", RENAMED_CONFIG)
    trace(resnet(), torch.zeros(1, 3, 224, 224), folder / "resnet" / "1" / "model.pt")
    write(folder / "resnet" / "config.pbtxt", RESNET_CONFIG)
    trace(Difference(), (torch.zeros(2), torch.zeros(2)), folder / "indexed" / "1" / "model.pt")
    write(folder / "indexed" / "config.pbtxt", INDEXED_CONFIG)
    write(folder / "upper" / "config.pbtxt", UPPER_CONFIG)
    write(folder / "upper" / "1" / "model.py", UPPER_MODEL)
    write(folder / "ensemble" / "config.pbtxt", ENSEMBLE_CONFIG)
    (folder / "ensemble" / "1").mkdir()
    return mark_repository(folder, 1)


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


def processes_with(text: str) -> dict[int, str]:
    """Command lines of the processes that mention `text`, by process id."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in command and int(entry.parent.name) != os.getpid():
            found[int(entry.parent.name)] = command
    return found


def wait_until(true: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


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


@pytest.fixture(scope="session")
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


@pytest.fixture(scope="session")
def work_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


@pytest.fixture
def new_fleet(loop: Loop, work_dir: Path, tmp_path: Path) -> Iterator[Callable[[], Fleet]]:
    made: list[Fleet] = []

    def new() -> Fleet:
        made.append(Fleet(f"fleet-{len(made)}", work_dir, tmp_path / f"logs-{len(made)}"))
        return made[-1]

    yield new
    for fleet in made:
        loop.run(fleet.stop())


@pytest.fixture(scope="session")
def zoo(loop: Loop, work_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """One server with every model, in a folder below the artifact, started by the first seed's command."""
    folder = tmp_path_factory.mktemp("zoo")
    zoo_repository(folder / "models")
    fleet = Fleet("zoo", work_dir, folder / "logs")
    command = (
        "/opt/nvidia/nvidia_entrypoint.sh",
        "tritonserver",
        "--model-repository=/opt/ds/model/deployed_model/models",
    )
    loop.run(fleet.roll(revision(folder, command=command), print))
    yield fleet
    loop.run(fleet.stop())
