"""ONNX models that keep their tensors in other files."""

from pathlib import Path

import onnx
from onnx import TensorProto

from tests.support.onnx_models import with_weight


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
