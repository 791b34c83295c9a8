"""A tiny model for a real Triton, made on the fly: it answers its mark. `zoo` has models of every kind."""

from pathlib import Path

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
