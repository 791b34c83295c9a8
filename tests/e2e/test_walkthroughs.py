"""The two walkthroughs, end to end: manifests, plan, apply, signed requests of the walkthroughs' own clients
to a real Triton, each answer beside the same computed without it.
"""

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from tests.support.external_data import write_adding
from tests.support.workspace import CHECKOUT, Workspace, make, stop, wait_until

sys.path.insert(0, str(CHECKOUT / "manifests"))
import reference

TOLERANCE = 1e-4


LABELLED = """    - name: labelled
      backend: onnxruntime
      versions: {"1": labelled/net.onnx}
      config:
        input: [{name: x, data_type: TYPE_FP32, dims: [3]}]
        output: [{name: y, data_type: TYPE_FP32, dims: [3], label_filename: names/labels.txt}]
      files: {names: labelled/names}
"""


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    workspace = replace(make(tmp_path_factory.mktemp("walkthroughs")), own_cloud=True)
    shutil.copytree(
        CHECKOUT / "manifests", workspace.root / "manifests", ignore=shutil.ignore_patterns("__pycache__")
    )
    vision = (CHECKOUT / "manifests/vision.yaml").read_text()
    workspace.write("manifests/vision.yaml", vision.replace("  server:\n", f"{LABELLED}  server:\n"))
    write_adding(workspace.root / "manifests/labelled/net.onnx")
    workspace.write("manifests/labelled/names/labels.txt", "cat\ndog\nbird\n")
    workspace.run("apply", "--yes")
    yield workspace
    stop(workspace)


REQUESTS = reference.requests()


@pytest.mark.parametrize("request_", REQUESTS, ids=[request.model for request in REQUESTS])
def test_the_walkthroughs_client_gets_what_the_model_computes_without_triton(
    deployed: Workspace, request_: reference.Request
) -> None:
    endpoint = deployed.endpoint(request_.deployment)
    inference_output = deployed.ask(endpoint, request_.model, request_.body).json()["outputs"][0]["data"]
    wanted = reference.expected(request_.model)
    if isinstance(wanted, str):
        assert inference_output[:5] == [wanted]
    else:
        assert inference_output == pytest.approx(wanted, abs=TOLERANCE)


def test_what_a_model_file_and_a_configuration_refer_to_is_there(deployed: Workspace) -> None:
    """The weights that lie beside the model file, and the labels of a classification."""
    body = json.dumps(
        {
            "inputs": [{"name": "x", "shape": [3], "datatype": "FP32", "data": [10.0, 5.0, 7.0]}],
            "outputs": [{"name": "y", "parameters": {"classification": 2}}],
        }
    )
    answer = deployed.ask(deployed.endpoint("vision"), "labelled", body).json()
    assert answer["outputs"][0]["data"] == ["11.000000:0:cat", "10.000000:2:bird"]


def test_the_plan_after_apply_is_empty(deployed: Workspace) -> None:
    assert {item["action"] for item in deployed.plan().values()} == {"nothing"}
    deployed.run("plan", "--detailed-exitcode", code=0)


def test_status_tells_versions_endpoint_and_health(deployed: Workspace) -> None:
    rows = {row["name"]: row for row in deployed.run("status", "--format", "json").json["deployments"]}
    assert {name: row["state"] for name, row in rows.items()} == {"vision": "ACTIVE", "falcon": "ACTIVE"}
    assert "densenet_onnx" in json.dumps(rows["vision"])
    text = deployed.run("status").out
    assert "densenet_onnx" in text
    assert deployed.endpoint("vision") in text


def test_the_cli_predicts_too(deployed: Workspace) -> None:
    body = reference.requests()[2].body
    answer = deployed.run("predict", "falcon", "--model", "ensemble", "--input", "-", stdin=body).json
    assert answer["outputs"][0]["data"] == [reference.expected("ensemble")]


def test_a_file_of_the_same_content_and_another_time_changes_nothing(deployed: Workspace) -> None:
    before = len(deployed.catalog())
    (deployed.root / "manifests/vision/resnet/model.pt").touch()
    assert {item["action"] for item in deployed.plan().values()} == {"nothing"}
    deployed.run("apply", "--yes")
    assert len(deployed.catalog()) == before


def test_a_request_that_is_not_signed_right_gets_401(deployed: Workspace, tmp_path: Path) -> None:
    endpoint = deployed.endpoint("falcon")
    body = reference.requests()[2].body
    headers = {"model_name": "ensemble", "model_version": "1"}
    assert requests.post(endpoint, data=body, headers=headers, timeout=60).status_code == 401

    signed = requests.Request("POST", endpoint, data=body, headers=headers, auth=deployed.signer()).prepare()
    signed.body = body.replace(b"Cloud", b"clouD")
    assert requests.Session().send(signed, timeout=60).status_code == 401

    key = tmp_path / "other.pem"
    key.write_bytes(other_key())
    stranger = deployed.signer(key_file=str(key))
    answer = requests.post(endpoint, data=body, headers=headers, auth=stranger, timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (401, "NotAuthenticated")


def other_key() -> bytes:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def test_an_unknown_model_gets_tritons_own_error(deployed: Workspace) -> None:
    answer = deployed.ask(deployed.endpoint("vision"), "nobody", b'{"inputs": []}')
    assert answer.status_code in {400, 404}
    assert "nobody" in answer.json()["error"]
    failed = deployed.run(
        "predict", "vision", "--model", "nobody", "--input", "-", stdin=b'{"inputs": []}', code=1
    )
    assert "nobody" in failed.err


def test_killed_and_started_again_the_deployments_answer(deployed: Workspace) -> None:
    """SIGKILL of the emulator; the next command starts it, and it brings its deployments back."""
    deployed.kill_emulator()
    deployed.run("emulator", "start")
    for request in reference.requests():
        endpoint = deployed.endpoint(request.deployment)
        wait_until(
            lambda e=endpoint, r=request: deployed.ask(e, r.model, r.body).status_code == 200,
            f"{request.model} answers again",
        )
