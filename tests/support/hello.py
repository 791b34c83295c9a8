"""The smallest deployment there is: a Python model that multiplies, on a real Triton when it is applied."""

import json
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import oci
import yaml

from tests.support.load import Load, Question
from tests.support.workspace import Workspace, wait_until

MANIFEST = """\
apiVersion: reconciler.oci/v1
kind: ModelDeployment
metadata: {name: hello, description: DESCRIPTION, labels: {team: a}}
spec:
  image: {repository: iad.ocir.io/acme/triton, tag: "1"}
  modelRepository: hello
  instance: {shape: VM.Standard.E4.Flex, ocpus: 1, memoryGBs: 8}
"""

CONFIG = """\
backend: "python"
input [ { name: "x", data_type: TYPE_FP32, dims: [ 1 ] } ]
output [ { name: "y", data_type: TYPE_FP32, dims: [ 1 ] } ]
instance_group [ { kind: KIND_CPU, count: 1 } ]
"""

MODEL = """\
import triton_python_backend_utils as pb


class TritonPythonModel:
    def execute(self, requests):
        answers = []
        for request in requests:
            x = pb.get_input_tensor_by_name(request, "x").as_numpy()
            answers.append(pb.InferenceResponse([pb.Tensor("y", x * FACTOR)]))
        return answers
"""

BODY = json.dumps({"inputs": [{"name": "x", "shape": [1], "datatype": "FP32", "data": [7.0]}]})


def write_hello(workspace: Workspace, factor: int = 2, description: str = "one", version: str = "1") -> None:
    """Its manifest and model repository, in place of those that are there."""
    workspace.write("manifests/hello.yaml", MANIFEST.replace("DESCRIPTION", description))
    shutil.rmtree(workspace.root / "manifests/hello", ignore_errors=True)
    workspace.write("manifests/hello/m/config.pbtxt", CONFIG)
    workspace.write(f"manifests/hello/m/{version}/model.py", MODEL.replace("FACTOR", str(factor)))


ASKED = 7.0
"""What `BODY` sends."""

SHIFTED = """\
import os
import time

import triton_python_backend_utils as pb


class TritonPythonModel:
    def execute(self, requests):
        time.sleep(0.02)
        answers = []
        for request in requests:
            x = pb.get_input_tensor_by_name(request, "x").as_numpy()
            shifted = x * FACTOR + float(os.environ.get("SHIFT", "0"))
            answers.append(pb.InferenceResponse([pb.Tensor("y", shifted.astype("float32"))]))
        return answers
"""
"""A variable of the container shifts its answers. It takes a while, so that requests are under way whenever a
server goes.
"""

LOG = {"group": "ocid1.loggroup.oc1.iad.0000", "log": "ocid1.log.oc1.iad.0000"}
LOGS = {"access": LOG, "predict": LOG}


def ask_for(
    workspace: Workspace,
    factor: float = 2,
    code: str = SHIFTED,
    others: Mapping[str, float] | None = None,
    **spec: Any,
) -> None:
    """The manifest of hello with these parts of its spec (None: without), and the repository of its model
    `m`, and of `others` (name: factor), in place of what is there.
    """
    manifest = yaml.safe_load(MANIFEST)
    given = {**manifest["spec"], **spec}
    manifest["spec"] = {name: part for name, part in given.items() if part is not None}
    workspace.write("manifests/hello.yaml", json.dumps(manifest))
    shutil.rmtree(workspace.root / "manifests/hello", ignore_errors=True)
    for model, its in {"m": factor, **(others or {})}.items():
        workspace.write(f"manifests/hello/{model}/config.pbtxt", CONFIG)
        workspace.write(f"manifests/hello/{model}/1/model.py", code.replace("FACTOR", str(its)))


def live_of(workspace: Workspace) -> list[Any]:
    """The deployments of this name that are not deleted, as a GET tells them."""
    client = workspace.sdk()
    listed = client.list_model_deployments(workspace.note["compartment"], display_name="hello").data
    there = [one for one in listed if one.lifecycle_state != "DELETED"]
    return [client.get_model_deployment(one.id).data for one in there]


def the(workspace: Workspace) -> Any:
    """Hello, of which there is one."""
    (live,) = live_of(workspace)
    return live


def instances_of(live: Any) -> int:
    """How many instances a deployment is configured to have."""
    policy = live.model_deployment_configuration_details.model_configuration_details.scaling_policy
    return int(policy.instance_count)


def scale(workspace: Workspace, instances: int) -> None:
    """Somebody else asks for so many instances of hello."""
    models, live = oci.data_science.models, the(workspace)
    now = live.model_deployment_configuration_details.model_configuration_details
    model = models.UpdateModelConfigurationDetails(
        model_id=now.model_id,
        instance_configuration=now.instance_configuration,
        scaling_policy=models.FixedSizeScalingPolicy(instance_count=instances),
        bandwidth_mbps=now.bandwidth_mbps,
    )
    configuration = models.UpdateSingleModelDeploymentConfigurationDetails(model_configuration_details=model)
    details = models.UpdateModelDeploymentDetails(model_deployment_configuration_details=configuration)
    workspace.sdk().update_model_deployment(live.id, details)


def probe(workspace: Workspace, answer: float, **more: Any) -> dict[str, Any]:
    """A probe of `m` that expects this answer to `BODY`, or with `more` something else."""
    outputs = [{"name": "y", "datatype": "FP32", "shape": [1], "data": [answer]}]
    workspace.write("manifests/probe.json", BODY)
    workspace.write("manifests/answer.json", json.dumps({"outputs": outputs}))
    return {"model": "m", "input": "probe.json", "expect": "answer.json", **more}


def asking(workspace: Workspace, *answers: float, models: Sequence[str] = ("m",)) -> Load:
    """Clients that ask version 1 of the models, of which each may give any of these answers."""
    right = {answer: str(answer) for answer in answers}

    def judge(answer: Any) -> str | None:
        (value,) = answer["outputs"][0]["data"]
        return right.get(value)

    questions = [Question(model, "1", BODY.encode(), judge) for model in models]
    return Load(workspace.endpoint("hello"), workspace.signer, questions)


@contextmanager
def served(workspace: Workspace, *answers: float, models: Sequence[str] = ("m",)) -> Iterator[Load]:
    """`asking`, from before to after what is done inside: none may fail, nor get another answer."""
    with asking(workspace, *answers, models=models) as load:
        wait_until(lambda: len(load.asked) >= AROUND, "the load runs")
        yield load
        ended = time.time()
        wait_until(lambda: len(load.since(ended)) >= AROUND, "it goes on")
    assert load.failures == ()


AROUND = 10
"""Requests at least that are answered before something is done, and after it."""


def answers_since(load: Load, moment: float) -> set[str | None]:
    """What those got who asked after this moment."""
    return {one.content for one in load.since(moment)}
