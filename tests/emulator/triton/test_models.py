"""Models of every kind answer on a real Triton as their frameworks do in this process.

The frameworks take seconds to import, so each is imported by the test that uses it.
"""

import json

import numpy as np
import pytest

from datascience_emulator.triton import Fleet
from tests.support.serving import Loop, headers, infer_body, outputs, tensor


def image() -> np.ndarray:
    return np.random.default_rng(3).standard_normal((1, 3, 224, 224)).astype(np.float32)


def test_densenet_without_a_config_equals_onnxruntime(loop: Loop, zoo: Fleet) -> None:
    import onnxruntime

    from tests.support.zoo import DENSENET

    session = onnxruntime.InferenceSession(str(DENSENET), providers=["CPUExecutionProvider"])
    (expected,) = session.run(["fc6_1"], {"data_0": image()})
    request = {"inputs": [tensor("data_0", image(), "FP32")], "outputs": [{"name": "fc6_1"}]}
    reply = loop.run(zoo.predict(headers("densenet_onnx"), json.dumps(request).encode()))
    answer = outputs(reply)["fc6_1"]
    assert answer["shape"] == [1, 1000, 1, 1]
    np.testing.assert_allclose(answer["data"], expected.reshape(-1), rtol=0, atol=1e-4)


def test_a_free_first_dimension_batches_and_text_passes(loop: Loop, zoo: Fleet) -> None:
    numbers = np.arange(6, dtype=np.float32).reshape(2, 3)
    texts = {"name": "s", "shape": [2, 1], "datatype": "BYTES", "data": ["grün", "blau"]}
    answer = outputs(
        loop.run(zoo.predict(headers("free", None), infer_body(tensor("x", numbers, "FP32"), texts)))
    )
    assert answer["y"]["data"] == [1, 2, 3, 4, 5, 6]
    assert answer["t"]["data"] == ["grün", "blau"]


def test_what_a_config_says_is_kept_and_the_rest_completed(loop: Loop, zoo: Fleet) -> None:
    numbers = tensor("x", np.zeros((8, 3), dtype=np.float32), "FP32")
    texts = {"name": "s", "shape": [8, 1], "datatype": "BYTES", "data": ["a"] * 8}
    body = json.dumps({"inputs": [numbers, texts], "outputs": [{"name": "y"}]}).encode()
    answer = outputs(loop.run(zoo.predict(headers("renamed"), body)))
    assert list(answer) == ["y"]
    assert answer["y"]["shape"] == [8, 3]


def test_torchscript_under_the_seeds_config_equals_torch(loop: Loop, zoo: Fleet) -> None:
    import torch

    from tests.support.zoo import resnet

    with torch.inference_mode():
        expected = resnet()(torch.from_numpy(image())).numpy()
    body = {"inputs": [tensor("input", image(), "FP32")], "outputs": [{"name": "output", "shape": [1, 1000]}]}
    answer = outputs(loop.run(zoo.predict(headers("resnet"), json.dumps(body).encode())))["output"]
    np.testing.assert_allclose(answer["data"], expected.reshape(-1), rtol=0, atol=1e-4)


def test_torchscript_inputs_may_be_named_by_their_index(loop: Loop, zoo: Fleet) -> None:
    left = tensor("INPUT__0", np.array([5, 7], dtype=np.float32), "FP32")
    right = tensor("INPUT__1", np.array([1, 2], dtype=np.float32), "FP32")
    answer = outputs(loop.run(zoo.predict(headers("indexed"), infer_body(right, left))))
    assert answer["OUTPUT__0"]["data"] == [4, 5]


def test_the_second_seeds_request_reads_outputs(loop: Loop, zoo: Fleet) -> None:
    body = json.dumps({"text_input": "explain cloud", "max_tokens": 7}).encode()
    reply = loop.run(zoo.predict({"Model-Name": "ensemble", "model-version": "1"}, body))
    value = json.loads(reply.body)
    assert value["outputs"][0]["data"][:5] == ["EXPLAIN"]
    assert value["text_output"] == "EXPLAIN"
    assert value["model_name"] == "ensemble"


def test_an_ensemble_takes_an_inference_request_as_well(loop: Loop, zoo: Fleet) -> None:
    text = {"name": "text_input", "shape": [2], "datatype": "BYTES", "data": ["one", "two"]}
    count = {"name": "max_tokens", "shape": [1], "datatype": "INT32", "data": [2]}
    answer = outputs(loop.run(zoo.predict(headers("ensemble"), infer_body(text, count))))
    assert answer["text_output"]["data"] == ["ON", "TW"]


def test_a_body_of_ten_megabytes(loop: Loop, zoo: Fleet) -> None:
    numbers = np.full(1_400_000, 0.125, dtype=np.float32)
    body = infer_body(tensor("X", numbers, "FP32"))
    assert len(body) > 9_000_000
    answer = outputs(loop.run(zoo.predict(headers("mark"), body)))
    assert answer["SUM"]["data"] == [175_000]


@pytest.mark.parametrize(
    ("model", "version", "body", "status", "message"),
    [
        ("nowhere", "1", b"{}", 404, "Request for unknown model: 'nowhere' is not found"),
        ("mark", "7", b"{}", 404, "Request for unknown model: 'mark' version 7 is not found"),
        ("mark", "1", b"{", 500, "failed to parse the request JSON buffer"),
        ("ensemble", "1", b'{"text_input": "x"}', 400, "missing required input(s) ['max_tokens']"),
    ],
)
def test_tritons_own_errors_pass(
    loop: Loop, zoo: Fleet, model: str, version: str, body: bytes, status: int, message: str
) -> None:
    reply = loop.run(zoo.predict(headers(model, version), body))
    assert reply.status == status
    assert message in json.loads(reply.body)["error"]


def test_a_request_without_a_model_is_refused(loop: Loop, zoo: Fleet) -> None:
    reply = loop.run(zoo.predict({}, b"{}"))
    assert reply.status == 400
    assert json.loads(reply.body)["code"] == "InvalidParameter"
