"""The models of the README's example, of two kinds, and what they answer, computed here without them.

`iris` (ONNX) gives the probabilities of three species for four lengths; `species` (Python) the name of the
most probable.
"""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnx

from tests.support.onnx_models import model, value

NAMES = ("setosa", "versicolor", "virginica")
WEIGHTS = ((0.4, 0.4, -1.7), (1.3, -0.3, -1.5), (-2.1, -0.2, 2.5), (-1.0, -1.0, 2.4))
BIAS = (0.7, 1.2, -1.9)
FLOWER = (5.1, 3.5, 1.4, 0.2)

SPECIES = """\
import numpy as np
import triton_python_backend_utils as pb

NAMES = {names}


class TritonPythonModel:
    def execute(self, requests):
        return [self.answer(request) for request in requests]

    def answer(self, request):
        probabilities = pb.get_input_tensor_by_name(request, "probabilities").as_numpy()
        name = np.array([NAMES[int(probabilities.argmax())]], dtype=object)
        return pb.InferenceResponse([pb.Tensor("name", name)])
"""

SPECIES_CONFIG = """\
backend: "python"
input [ { name: "probabilities", data_type: TYPE_FP32, dims: [ 3 ] } ]
output [ { name: "name", data_type: TYPE_STRING, dims: [ 1 ] } ]
instance_group [ { kind: KIND_CPU, count: 1 } ]
"""


def write(folder: Path) -> None:
    """The files that the manifest names."""
    folder.mkdir(parents=True)
    onnx.save(iris(), folder / "model.onnx")
    (folder / "species.py").write_text(SPECIES.format(names=NAMES))
    (folder / "species.pbtxt").write_text(SPECIES_CONFIG)
    (folder / "flower.json").write_text(json.dumps(flower()))


def iris(bias: Sequence[float] = BIAS) -> onnx.ModelProto:
    kind = onnx.TensorProto.FLOAT
    weights = [
        onnx.helper.make_tensor("w", kind, (4, 3), [number for row in WEIGHTS for number in row]),
        onnx.helper.make_tensor("b", kind, (3,), list(bias)),
    ]
    nodes = [
        onnx.helper.make_node("MatMul", ["lengths", "w"], ["weighed"]),
        onnx.helper.make_node("Add", ["weighed", "b"], ["sums"]),
        onnx.helper.make_node("Softmax", ["sums"], ["probabilities"]),
    ]
    return model(nodes, [value("lengths", [1, 4])], [value("probabilities", [1, 3])], weights)


def flower() -> dict[str, Any]:
    """A request to `iris`."""
    tensor = {"name": "lengths", "shape": [1, 4], "datatype": "FP32", "data": list(FLOWER)}
    return {"inputs": [tensor]}


def probabilities() -> list[float]:
    """What `iris` answers."""
    sums = [
        sum(length * row[i] for length, row in zip(FLOWER, WEIGHTS, strict=True)) + BIAS[i] for i in range(3)
    ]
    powers = [math.exp(number) for number in sums]
    return [power / sum(powers) for power in powers]


def asked_for_name(given: Sequence[float]) -> dict[str, Any]:
    """A request to `species`."""
    tensor = {"name": "probabilities", "shape": [3], "datatype": "FP32", "data": list(given)}
    return {"inputs": [tensor]}


def name(given: Sequence[float]) -> str:
    """What `species` answers."""
    return NAMES[max(range(3), key=given.__getitem__)]
