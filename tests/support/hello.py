"""The smallest deployment there is: a Python model that multiplies, on a real Triton when it is applied."""

import json
import shutil

from support.workspace import Workspace

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
