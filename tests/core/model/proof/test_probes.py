"""What counts as the expected answer of a probe, and what does not."""

import json

import pytest

from reconciler.core.model.proof.probes import Answer, File, Probe, expectation_problem, judge, same_answers

PROBE = Probe("m", File("in.json", "0" * 64))


def response(
    data: list, name: str = "y", shape: tuple[int, ...] | None = None, datatype: str = "FP32"
) -> bytes:
    output = {"name": name, "datatype": datatype, "shape": list(shape or (len(data),)), "data": data}
    return json.dumps({"outputs": [output]}).encode()


def wrong(expected: bytes, actual: bytes, tolerance: float = 1e-6) -> tuple[str, ...]:
    probe = Probe("m", PROBE.input, tolerance=tolerance)
    return judge(probe, Answer(200, actual, 1.0), expected)


@pytest.mark.parametrize(
    ("expected", "actual", "tolerance", "right"),
    [
        (0.5, 0.5 + 0.9e-3, 1e-3, True),
        (0.5, 0.5 + 1.1e-3, 1e-3, False),
        (0.001, 0.0018, 1e-3, True),
        (1000.0, 1000.9, 1e-3, True),
        (1000.0, 1001.1, 1e-3, False),
        (-1000.0, -1000.9, 1e-3, True),
        (1, 1.0, 0.0, True),
        (1, True, 1.0, False),
        (0, None, 1.0, False),
        ("cat", "cat", 0.0, True),
        ("cat", "dog", 1.0, False),
        (1.0, float("nan"), 1.0, False),
    ],
)
def test_a_number_may_differ_by_the_tolerance_absolute_or_above_one_relative(
    expected: object, actual: object, tolerance: float, right: bool
) -> None:
    assert (wrong(response([expected]), response([actual]), tolerance) == ()) is right


def test_a_shape_counts() -> None:
    (line,) = wrong(response([1, 2], shape=(2,)), response([1, 2], shape=(1, 2)))
    assert line == "y: expected shape [2], got [1, 2]"


def test_a_data_type_counts() -> None:
    (line,) = wrong(response([1]), response([1], datatype="FP64"))
    assert line == "y: expected datatype FP32, got FP64"


@pytest.mark.parametrize("actual", [[1], [1, 2, 3]])
def test_the_number_of_values_counts(actual: list[int]) -> None:
    (line,) = wrong(response([1, 2], shape=(2,)), response(actual, shape=(2,)))
    assert line == f"y: expected 2 values, got {len(actual)}"


def test_an_output_that_is_not_there() -> None:
    (line,) = wrong(response([1]), response([1], name="z"))
    assert line == "y: expected, but not in the answer, which has z"


def test_an_output_that_nobody_asked_about_does_not_matter() -> None:
    both = json.loads(response([1]))
    both["outputs"] += json.loads(response([2], name="z"))["outputs"]
    assert wrong(response([1]), json.dumps(both).encode()) == ()


def test_nested_data_are_compared_flat() -> None:
    assert wrong(response([1, 2, 3, 4], shape=(2, 2)), response([[1, 2], [3, 4]], shape=(2, 2))) == ()


def test_only_the_first_wrong_values_are_shown() -> None:
    lines = wrong(response([0] * 10), response([1] * 10))
    assert lines[0] == "y[0]: expected 0, got 1"
    assert lines[-1] == "y: 7 more of 10 values differ"
    assert len(lines) == 4


@pytest.mark.parametrize(("took", "right"), [(10.0, True), (10.1, False)])
def test_the_latency_is_the_most_that_it_may_take(took: float, right: bool) -> None:
    probe = Probe("m", PROBE.input, latency_ms=10.0)
    assert (judge(probe, Answer(200, b"", took), None) == ()) is right


def test_the_status_is_told_before_the_outputs() -> None:
    (line,) = judge(PROBE, Answer(500, b"boom", 1.0), response([1]))
    assert line == "expected status 200, got 500: boom"


def test_a_refusal_can_be_what_is_expected() -> None:
    assert judge(Probe("m", PROBE.input, status=404), Answer(404, b"", 1.0), None) == ()


def test_as_before() -> None:
    one, close, other = (Answer(200, response([value]), 1.0) for value in (1.0, 1.0000001, 2.0))
    assert same_answers(one, close, 1e-6) == ()
    assert same_answers(one, other, 1e-6) == ("y[0]: expected 1.0, got 2.0",)
    gone = Answer(404, b"no such model", 1.0)
    assert same_answers(gone, Answer(404, b"other words", 1.0), 1e-6) == ()
    assert same_answers(one, gone, 1e-6) == ("expected status 200 as before, got 404: no such model",)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"outputs": []}', b'{"outputs": [{"name": "y"}]}'])
def test_what_cannot_be_an_expected_answer(content: bytes) -> None:
    assert expectation_problem(content)
    assert not expectation_problem(response([1]))


HUGE = 10**400
"""JSON has no largest integer; no float holds this one."""


@pytest.mark.parametrize(
    "output",
    [
        {"datatype": ["FP32"]},
        {"datatype": {}},
        {"datatype": 1},
        {"data": [HUGE]},
        {"data": [-HUGE]},
        {"data": [HUGE], "datatype": "BYTES"},
        {"shape": [HUGE]},
        {"shape": [10**300] * 20},
        {"data": [1, 2], "shape": [0.5, 4]},
        {"shape": [1.0]},
        {"shape": [True]},
        {"shape": "1"},
        {"shape": [-1]},
        {"data": "a"},
        {"data": "abc", "datatype": "BYTES", "shape": [3]},
        {"data": {"a": 1}},
        {"data": 1},
    ],
)
def test_an_answer_that_no_server_can_give_is_not_expected(output: dict) -> None:
    good = {"name": "y", "data": [1], "shape": [1], "datatype": "FP32"}
    assert not expectation_problem(json.dumps({"outputs": [good]}).encode())
    assert expectation_problem(json.dumps({"outputs": [good | output]}).encode())


@pytest.mark.parametrize("actual", [HUGE, -HUGE, float("inf"), 1.5e308, [[HUGE]]])
def test_a_number_of_any_size_is_a_wrong_answer_like_others(actual: object) -> None:
    assert wrong(response([1.5]), response([actual])) != ()
    before, after = Answer(200, response([1.5]), 1.0), Answer(200, response([actual]), 1.0)
    assert same_answers(before, after, 1e-6) != ()
    assert same_answers(after, before, 1e-6) != ()
    assert same_answers(after, after, 1e-6) == ()


@pytest.mark.parametrize("data", ["a", {"a": 1}, 1, None])
def test_an_answer_whose_data_are_no_list_is_wrong(data: object) -> None:
    answer = json.dumps({"outputs": [{"name": "y", "datatype": "FP32", "shape": [1], "data": data}]}).encode()
    (line,) = wrong(response([1]), answer)
    assert line.startswith("expected outputs, got: ")
