"""A real Triton with the local backends: its words for a model that it refuses, and its answers."""

from typing import Any

import pytest

from tests.emulator.triton.backends.conftest import Loaded


def numbers(name: str, shape: list[int], *values: float) -> dict[str, Any]:
    return {"name": name, "shape": shape, "datatype": "FP32", "data": list(values)}


X = numbers("x", [3], 1, 2, 3)


def test_the_server_says_what_the_backend_says(loaded: Loaded) -> None:
    expected = {
        model: case.refusal.format(name=model, version=loaded.models / model / "1")
        for model, case in loaded.cases.items()
        if case.refusal
    }
    assert loaded.refusals.keys() == expected.keys()
    assert [model for model, words in expected.items() if words not in loaded.refusals[model]] == []


def test_a_scalar_has_the_dimensions_of_the_configuration(loaded: Loaded) -> None:
    assert loaded.outputs("onnxruntime.scalar", numbers("x", [1], 5)) == {"y": ([1, 1], [5])}


def test_a_ragged_input_is_flat(loaded: Loaded) -> None:
    assert loaded.outputs("onnxruntime.ragged", numbers("x", [2], 5, 6)) == {"y": ([2], [5, 6])}


def test_a_weight_may_be_sent(loaded: Loaded) -> None:
    x, w = numbers("x", [1, 3], 1, 2, 3), numbers("w", [1], 10)
    assert loaded.outputs("onnxruntime.weight", x) == {"y": ([1, 3], [2, 3, 4])}
    assert loaded.outputs("onnxruntime.weight", x, w) == {"y": ([1, 3], [11, 12, 13])}


@pytest.mark.parametrize("model", ["folder", "named-below"])
def test_a_file_in_a_folder_answers(loaded: Loaded, model: str) -> None:
    added = [1, 2, 3] if model == "folder" else [0, 0, 0]
    answer = [x + more for x, more in zip([1, 2, 3], added, strict=True)]
    assert loaded.outputs(f"onnxruntime.{model}", X) == {"y": ([3], answer)}


@pytest.mark.parametrize(
    ("model", "given", "made"), [("onnxruntime.state", "x", "y"), ("pytorch.state", "i__0", "o__0")]
)
def test_a_sequence_keeps_its_state(loaded: Loaded, model: str, given: str, made: str) -> None:
    """The sums of two sequences, by turns; the first one begins again."""
    turns = [
        (7, True, False),
        (8, True, False),
        (7, False, False),
        (8, False, True),
        (7, False, True),
        (7, True, True),
    ]
    sums = [
        loaded.outputs(
            model,
            numbers(given, [1, 3], 1, 2, 3),
            sequence_id=number,
            sequence_start=first,
            sequence_end=last,
        )[made][1][2]
        for number, first, last in turns
    ]
    assert sums == [3, 3, 6, 6, 9, 3]


def test_texts_are_lists(loaded: Loaded) -> None:
    texts = {"name": "x", "shape": [2], "datatype": "BYTES", "data": ["grün", ""]}
    assert loaded.outputs("pytorch.texts", texts) == {"y": ([2], ["grün", ""])}
