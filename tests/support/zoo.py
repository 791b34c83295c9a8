"""A model repository for a real Triton with a model of every kind, DenseNet among them, made on the fly.

It imports onnx and torch, which takes seconds: tests import it where they use it.
"""

import shutil
import warnings
from pathlib import Path
from typing import Any

import onnx
import torch

from tests.support.tiny_models import mark_repository, write

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
input [
  { name: "x" data_type: TYPE_FP32 dims: [ 3 ] },
  { name: "s" data_type: TYPE_STRING dims: [ 1 ] }
]
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
