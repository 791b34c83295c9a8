"""Headers select the path of Triton, and cannot select anything else."""

import json

import pytest

from datascience_emulator.triton.routing import (
    FixedRoute,
    ModelRoute,
    Refused,
    TextEnsemble,
    find_route,
    forwarded,
    lacks_inputs,
    text_ensemble,
    with_outputs,
)


@pytest.mark.parametrize(
    ("headers", "path"),
    [
        ({"model_name": "m", "model_version": "1"}, "/v2/models/m/versions/1"),
        ({"model-name": "m", "model-version": "2"}, "/v2/models/m/versions/2"),
        ({"Model_Name": "m", "MODEL-VERSION": "3"}, "/v2/models/m/versions/3"),
        ({"model_name": "densenet_onnx-1.2"}, "/v2/models/densenet_onnx-1.2"),
        ({"model_name": "m", "model_version": ""}, "/v2/models/m"),
    ],
)
@pytest.mark.shows("triton-headers", "header-spelling")
def test_headers_name_the_model(headers: dict[str, str], path: str) -> None:
    route = find_route(headers, {})
    assert isinstance(route, ModelRoute)
    assert route.path == path


@pytest.mark.parametrize("name", ["..", ".", "a/b", "../v2", "a%2fb", "a b", "a?x", "a#", "m\n", "ä"])
def test_a_name_that_could_leave_its_path_is_refused(name: str) -> None:
    assert isinstance(find_route({"model_name": f"x{name}x" if name == "m\n" else name}, {}), Refused)


@pytest.mark.parametrize("version", ["one", "1/../2", "-1", "1.0", "../1", "1" * 20])
def test_a_version_is_a_number(version: str) -> None:
    route = find_route({"model_name": "m", "model_version": version}, {})
    assert isinstance(route, Refused)
    assert "model_version" in route.reason


@pytest.mark.shows("no-model-named")
def test_without_headers_the_message_says_what_to_send() -> None:
    route = find_route({"model_version": "1"}, {})
    assert isinstance(route, Refused)
    assert "model_name" in route.reason
    assert "MODEL_DEPLOY_PREDICT_ENDPOINT" in route.reason


@pytest.mark.shows("fixed-endpoint")
def test_a_fixed_endpoint_takes_every_request() -> None:
    environment = {"MODEL_DEPLOY_PREDICT_ENDPOINT": "/v2/models/ensemble/versions/1/generate"}
    expected = FixedRoute("/v2/models/ensemble/versions/1/generate")
    assert find_route({}, environment) == expected
    assert find_route({"model_name": "other"}, environment) == expected


def test_only_what_belongs_to_the_message_is_forwarded() -> None:
    given = {
        "Authorization": "Signature …",
        "Host": "h",
        "Content-Type": "application/octet-stream",
        "model_name": "m",
    }
    sent = forwarded({**given, "Inference-Header-Content-Length": "12"})
    assert sent == {"content-type": "application/octet-stream", "inference-header-content-length": "12"}
    assert forwarded({}) == {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("body", "lacks"),
    [
        (b'{"text_input": "x"}', True),
        (b'{"inputs": []}', False),
        (b"[]", False),
        (b"\xff{", False),
        (b"", False),
    ],
)
def test_a_body_without_inputs(body: bytes, lacks: bool) -> None:
    assert lacks_inputs(body) is lacks


TEXT = {"name": "text_input", "data_type": "TYPE_STRING"}
NUMBER = {"name": "n", "data_type": "TYPE_INT32"}
SAID = {"name": "text_output", "data_type": "TYPE_STRING"}


@pytest.mark.parametrize(
    ("config", "ensemble"),
    [
        (
            {"platform": "ensemble", "max_batch_size": 0, "input": [TEXT, NUMBER], "output": [SAID, NUMBER]},
            TextEnsemble(("text_output",), False),
        ),
        (
            {"platform": "ensemble", "max_batch_size": 8, "input": [TEXT], "output": [SAID]},
            TextEnsemble(("text_output",), True),
        ),
        ({"platform": "ensemble", "max_batch_size": 0, "input": [NUMBER], "output": [SAID]}, None),
        ({"platform": "", "backend": "python", "input": [TEXT], "output": [SAID]}, None),
    ],
)
def test_which_models_are_text_ensembles(config: dict[str, object], ensemble: TextEnsemble | None) -> None:
    assert text_ensemble(config) == ensemble


@pytest.mark.parametrize(
    ("said", "batched", "shape", "data"),
    [("a", False, [1], ["a"]), (["a", "b"], False, [2], ["a", "b"]), ("a", True, [1, 1], ["a"])],
)
def test_generate_keeps_its_keys_and_gains_outputs(
    said: object, batched: bool, shape: list[int], data: list[str]
) -> None:
    body = json.dumps({"model_name": "e", "text_output": said}).encode()
    reply = json.loads(with_outputs(body, TextEnsemble(("text_output", "absent"), batched)))
    assert reply == {
        "model_name": "e",
        "text_output": said,
        "outputs": [{"name": "text_output", "datatype": "BYTES", "shape": shape, "data": data}],
    }
