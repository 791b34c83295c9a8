"""What a configuration makes of a batch reaches the model, and its results have the shapes of the batch."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.backend_cases.case import Case, entry, write
from tests.support.backend_cases.in_process import Request, Tensor, imported, parsed
from tests.support.backend_cases.onnx_files import config, graph

PAIR = graph("two_pairs", ["n"], ["m"], kind=1)
SOURCE = np.arange(6, dtype=np.float32).reshape(2, 3)
SCALAR = "reshape { shape: [ ] }"


def answer(kind: str, folder: Path) -> dict[str, Any]:
    flat = kind != "BATCH_ITEM_SHAPE"
    told = entry("t", dims="1", more=SCALAR if flat else "")
    more = (
        f'batch_input [ {{ kind: {kind} target_name: "s" data_type: TYPE_FP32 source_input: "x" }} ]\n'
        'batch_output [ { target_name: "y" kind: BATCH_SCATTER_WITH_INPUT_SHAPE source_input: "x" } ]'
    )
    ragged = entry("x", dims="-1", more="allow_ragged_batch: true")
    outputs = f"{entry('y', dims='-1')}, {told}"
    case = Case(
        "m", PAIR if flat else graph("two_pairs", ["n"], ["m", 1], kind=1), config(ragged, outputs, 4, more)
    )
    write(case, folder)
    parsed_config = parsed(case.config, "m")
    with imported("onnxruntime", folder / "m" / "1", parsed_config) as model:
        loaded = model.TritonPythonModel()
        loaded.initialize({"model_config": json.dumps(parsed_config)})
        (response,) = loaded.execute([Request([Tensor("x", SOURCE)], ["y", "t"])])
    assert not response.error
    return {name: array.tolist() for name, array in response.outputs.items()}


@pytest.mark.parametrize(
    ("kind", "made"),
    [
        ("BATCH_ELEMENT_COUNT", [6]),
        ("BATCH_ACCUMULATED_ELEMENT_COUNT", [6]),
        ("BATCH_ACCUMULATED_ELEMENT_COUNT_WITH_ZERO", [0, 6]),
        ("BATCH_MAX_ELEMENT_COUNT_AS_SHAPE", [0] * 6),
        ("BATCH_ITEM_SHAPE", [[3], [3]]),
        ("BATCH_ITEM_SHAPE_FLATTEN", [3, 3]),
    ],
)
def test_an_input_tells_about_the_batch(kind: str, made: list[Any], tmp_path: Path) -> None:
    assert answer(kind, tmp_path) == {"y": SOURCE.tolist(), "t": made}
