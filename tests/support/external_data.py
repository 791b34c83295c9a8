"""ONNX models that keep their tensors in other files."""

import struct
from pathlib import Path

import onnx
from onnx import TensorProto, helper

from tests.support.onnx_models import model, value, with_weight


def tensor_in(location: str) -> onnx.TensorProto:
    """A weight of three numbers, which is said to be in this file."""
    tensor = TensorProto(dims=[3], data_type=TensorProto.FLOAT, name=f"in {location}")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    return tensor


def write_model(path: Path, *locations: str) -> Path:
    """A model with a weight in each of these files; none of them is written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    weights = [tensor_in(location) for location in locations]
    path.write_bytes(with_weight(False, weights=weights).SerializeToString())
    return path


def write_adding(path: Path) -> Path:
    """y = x + [1, 2, 3], of three numbers each; these three are in `w.bin` beside it."""
    nodes = [helper.make_node("Add", ["x", "in w.bin"], ["y"])]
    made = model(nodes, [value("x", [3])], [value("y", [3])], [tensor_in("w.bin")])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(made.SerializeToString())
    (path.parent / "w.bin").write_bytes(struct.pack("<3f", 1, 2, 3))
    return path
