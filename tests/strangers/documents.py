"""What strangers are given to deploy, as documents and as artifacts, and what `oci` shows of a deployment."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.strangers.command_line import Oci
from tests.support.serving import packed
from tests.support.tiny_models import MARK_CONFIG, MARK_MODEL, write

WAIT: Mapping[str, Any] = {"wait_for_state": "SUCCEEDED", "wait_interval_seconds": 1, "max_wait_seconds": 300}
COMMAND = ["tritonserver", "--model-repository=/opt/ds/model/deployed_model"]


def member(folder: Path, mark: int) -> bytes:
    """The artifact of a member of a group: the folder of one Triton model, which answers with the mark."""
    write(folder / "config.pbtxt", MARK_CONFIG)
    write(folder / "1" / "model.py", MARK_MODEL.replace("{mark}", str(mark)))
    return packed(folder)


def instances(bandwidth: int = 10) -> dict[str, Any]:
    return {
        "bandwidthMbps": bandwidth,
        "instanceConfiguration": {
            "instanceShapeName": "VM.Standard.E4.Flex",
            "modelDeploymentInstanceShapeConfigDetails": {"ocpus": 1, "memoryInGBs": 16},
        },
        "scalingPolicy": {"policyType": "FIXED_SIZE", "instanceCount": 1},
    }


def environment() -> dict[str, Any]:
    return {
        "environmentConfigurationType": "OCIR_CONTAINER",
        "image": "iad.ocir.io/acme/triton:1.0.0",
        "cmd": COMMAND,
        "serverPort": 8000,
        "healthCheckPort": 8000,
        "environmentVariables": {"CONTAINER_TYPE": "TRITON"},
    }


def configuration(model: str, *, bandwidth: int = 10) -> dict[str, Any]:
    return {
        "deploymentType": "SINGLE_MODEL",
        "modelConfigurationDetails": {"modelId": model, **instances(bandwidth)},
        "environmentConfigurationDetails": environment(),
    }


def answer(oci: Oci, deployment: Any, model: str = "mark") -> dict[str, Any]:
    """The tensors that Triton answers with, over a request that the command has signed."""
    said = ask(oci, deployment, model)
    assert said["status"].startswith("200"), said
    return {one["name"]: one["data"] for one in said["data"]["outputs"]}


def ask(oci: Oci, deployment: Any, model: str = "mark") -> Any:
    return oci(
        "raw-request",
        http_method="POST",
        target_uri=f"{deployment['model-deployment-url']}/predict",
        request_headers={"model_name": model, "model_version": "1"},
        request_body={"inputs": [{"name": "X", "shape": [2], "datatype": "FP32", "data": [1, 2]}]},
    )
