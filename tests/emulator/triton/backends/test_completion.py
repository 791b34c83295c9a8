"""The local onnxruntime backend completes a configuration as NVIDIA's does."""

from pathlib import Path
from typing import Any

import pytest

from datascience_emulator.triton.local_process import MAX_BATCH_SIZE_VARIABLE
from tests.support.backend_cases.case import Files, control, entry, sequence
from tests.support.backend_cases.in_process import Refused, imported, parsed
from tests.support.backend_cases.onnx_files import BATCH, FIXED, FREE, ONE, PAIR, WEIGHT, graph

OUTPUT_OF_ONE = graph("identity", ["n", 3], [1, 3])
CONTROLLED = graph("two_pairs", ["n", 3], ["n", 1], kind=1)


class Configuration:
    def __init__(self, config: dict[str, Any]) -> None:
        self.as_dict = lambda: config


def completed(files: Files, text: str, folder: Path) -> dict[str, Any]:
    for path, content in files().items():
        (folder / path).write_bytes(content)
    config = parsed(f'backend: "onnxruntime" {text}', "m")
    with imported("onnxruntime", folder, config) as model:
        found: dict[str, Any] = model.TritonPythonModel.auto_complete_config(Configuration(config)).as_dict()
    return found


def told(config: dict[str, Any], kind: str) -> dict[str, Any]:
    return {
        entry["name"]: [entry["data_type"], *map(int, entry["dims"]), *(["[]"] if "reshape" in entry else [])]
        for entry in config[kind]
    }


@pytest.mark.parametrize(
    ("files", "text", "batch", "dynamic", "inputs"),
    [
        (FIXED, "", 0, False, {"x": ["TYPE_FP32", 3]}),
        (ONE, "", 0, False, {"x": ["TYPE_FP32", 1]}),
        (OUTPUT_OF_ONE, "", 0, False, {"x": ["TYPE_FP32", -1, 3]}),
        (BATCH, "", 4, True, {"x": ["TYPE_FP32", 3]}),
        (BATCH, "max_batch_size: 8", 8, True, {"x": ["TYPE_FP32", 3]}),
        (BATCH, "max_batch_size: 1", 1, False, {"x": ["TYPE_FP32", 3]}),
        (BATCH, f"input [ {entry('x', dims='7')} ]", 4, True, {"x": ["TYPE_FP32", 7]}),
        (FREE, "", 4, True, {"x": ["TYPE_FP32", 1, "[]"]}),
        (WEIGHT, "", 4, True, {"x": ["TYPE_FP32", 3]}),
        (PAIR, "", 0, False, {"x": ["TYPE_FP32", 3], "s": ["TYPE_INT64", 3]}),
        (
            CONTROLLED,
            "max_batch_size: 4 " + sequence(control("s", "fp32_false_true: [ 0, 1 ]")),
            4,
            False,
            {"x": ["TYPE_FP32", 3], "s": ["TYPE_FP32", 1]},
        ),
    ],
)
def test_what_is_left_out_comes_from_the_file(
    files: Files, text: str, batch: int, dynamic: bool, inputs: dict[str, Any], tmp_path: Path
) -> None:
    config = completed(files, text, tmp_path)
    assert (config["max_batch_size"], "dynamic_batching" in config) == (batch, dynamic)
    assert told(config, "input") == inputs


@pytest.mark.parametrize("files", [FIXED, ONE, OUTPUT_OF_ONE])
def test_a_batch_needs_free_first_dimensions(files: Files, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="autofill failed for model 'm': model does not support batching while"):
        completed(files, "max_batch_size: 8", tmp_path)


def test_what_is_complete_is_left_alone(tmp_path: Path) -> None:
    text = f"input [ {entry('a')} ] output [ {entry('b')} ]"
    assert completed(FIXED, text, tmp_path)["max_batch_size"] == 0


@pytest.mark.parametrize(("size", "batch", "dims"), [("8", 8, [3]), ("0", 0, [-1, 3]), ("-1", 0, [-1, 3])])
def test_the_command_may_say_another_largest_batch(
    size: str, batch: int, dims: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MAX_BATCH_SIZE_VARIABLE, size)
    config = completed(BATCH, "", tmp_path)
    assert config["max_batch_size"] == batch
    assert told(config, "input") == {"x": ["TYPE_FP32", *dims]}


def test_a_largest_batch_that_is_no_number_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MAX_BATCH_SIZE_VARIABLE, "many")
    with pytest.raises(Refused, match="failed to convert 'many' to integral number"):
        completed(BATCH, "", tmp_path)
