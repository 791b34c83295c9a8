"""What a TorchScript file does not tell before it runs, the local pytorch backend tells in the answer."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.backend_cases import torchscript_files
from tests.support.backend_cases.case import write
from tests.support.backend_cases.in_process import Request, Response, Tensor, imported, parsed

pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")
CASES = {case.name: case for case in torchscript_files.CASES}


def answer(name: str, folder: Path, *inputs: tuple[str, list[float]]) -> Response:
    write(CASES[name], folder)
    config: dict[str, Any] = parsed(CASES[name].config, name)
    with imported("pytorch", folder / name / "1", config) as model:
        loaded = model.TritonPythonModel()
        loaded.initialize({"model_config": json.dumps(config)})
        tensors = [Tensor(tensor, np.array(values, np.float32)) for tensor, values in inputs]
        (response,) = loaded.execute([Request(tensors, [entry["name"] for entry in config["output"]])])
    assert isinstance(response, Response)
    return response


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("list", "output must be of type Tensor or List[str]"),
        ("scalar", "output 'y' is a scalar which is not supported"),
        ("far-output", "refers to an output index which doesn't exist. This model has 1 outputs"),
        (
            "output-of-another-type",
            "configuration expects datatype TYPE_INT64 for output 'y', model provides TYPE_FP32",
        ),
    ],
)
def test_a_result_that_does_not_fit_is_an_error(name: str, words: str, tmp_path: Path) -> None:
    assert words in answer(name, tmp_path, ("x", [1, 2, 3])).error


@pytest.mark.parametrize(
    ("name", "first", "second", "outputs"),
    [
        ("arguments", "a", "b", {"y": [4], "z": [6]}),
        ("indices", "i__0", "i__1", {"o__0": [4], "o__1": [6]}),
        # A name of an argument beside an index: the order of config.pbtxt counts, which has "b" first.
        ("mixed", "b", "i__0", {"y": [4]}),
        ("keyed", "a", "b", {"y": [4]}),
    ],
)
def test_tensors_go_where_nvidias_backend_puts_them(
    name: str, first: str, second: str, outputs: dict[str, list[float]], tmp_path: Path
) -> None:
    response = answer(name, tmp_path, (second, [1]), (first, [5]))
    assert {name: array.tolist() for name, array in response.outputs.items()} == outputs, response.error


def test_an_index_that_no_argument_has_is_an_error(tmp_path: Path) -> None:
    assert answer("same-index", tmp_path, ("i__0", [1]), ("j__0", [5])).error
