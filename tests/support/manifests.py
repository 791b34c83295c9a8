"""Manifests to start from, the files that they name, and how they are read."""

from pathlib import Path

import pytest

from reconciler.core.model.errors import InvalidManifests
from reconciler.manifests.loading import Loaded, load_manifests
from reconciler.manifests.spec_draft import SpecDraft
from tests.support.model_contents import TORCH, tiny_onnx

SMALL = """apiVersion: reconciler.oci/v1
kind: ModelDeployment
metadata: {name: NAME}
spec:
  image: {repository: iad.ocir.io/acme/triton, tag: 1.0.0}
  models:
    - name: resnet
      backend: onnxruntime
      versions: {"1": models/model.onnx}
  instance: {shape: VM.GPU.A10.1}
"""

FULL = """# yaml-language-server: $schema=../schemas/model-deployment.v1.json
apiVersion: reconciler.oci/v1
kind: ModelDeployment
metadata:
  name: vision
  description: "Two models, {{ values.replicas }} instances"
  labels: {team: vision, country: no}
  definedTags: {Operations: {Owner: ml, CostCenter: "42"}, Finance: {Owner: "{{ values.replicas | string }}"}}
spec:
  state: inactive
  image:
    repository: iad.ocir.io/acme/oci-datascience-triton-server/onnx-pytorch-runtime
    tag: 1.0.0
    digest: sha256:DIGEST
    build: {triton: 2.30.0, backends: [onnxruntime, pytorch], repoAgents: [checksum]}
  models:
    - name: densenet_onnx
      backend: onnxruntime
      versions: {"1": models/model.onnx, "2": {url: https://example.com/model.onnx, sha256: DIGEST}}
    - name: resnet
      backend: pytorch
      config: models/config.pbtxt
      versions: {"1": ../common/model.pt}
  server:
    command: [tritonserver, --model-repository=/opt/ds/model/deployed_model]
    entrypoint: [/opt/acme/start.sh]
    port: 8001
    healthPort: 8002
    env: {WEB_CONCURRENCY: "2", HF_TOKEN: "{{ env.HF_TOKEN }}", AUTH: "{{ env.AUTH | default('none') }}"}
  instance:
    shape: VM.Standard.E4.Flex
    ocpus: 4
    memoryGBs: 32
    cpuBaseline: BASELINE_1_2
    capacityReservations: [ocid1.capacityreservation.oc1.iad.a]
  network:
    access: custom
    subnet: ocid1.subnet.oc1.iad.a
    privateEndpoint: ocid1.datascienceprivateendpoint.oc1.iad.a
  scaling: {min: 1, max: "{{ values.replicas }}", cpu: {out: 70, in: 30}, coolDown: 10m}
  bandwidthMbps: {min: 10, max: 20}
  logs:
    access: {group: ocid1.loggroup.oc1..a, log: ocid1.log.oc1..b}
    predict: {group: ocid1.loggroup.oc1..a, log: ocid1.log.oc1..c}
  rollout:
    downtime: allow
    versions: additive
    tensorChanges: [resnet]
    onFailure: stop
    probes:
      - {model: resnet, input: probes/in.json}
      - model: resnet
        version: 1
        input: probes/in.json
        expect: ../common/out.json
        tolerance: 1.0e-4
        latency: 500ms
      - {model: densenet_onnx, input: probes/in.json, status: 400, latency: 2s}
  policy: {paused: true, protect: true, prune: confirm, ignore: [/spec/scaling, /metadata/labels/team]}
""".replace("DIGEST", "0" * 64)

CONFIG = """name: "resnet"
backend: "pytorch"
input [{name: "x" data_type: TYPE_FP32 dims: [1]}]
output [{name: "y" data_type: TYPE_FP32 dims: [1]}]
"""

REQUEST = '{"inputs": [{"name": "x", "shape": [1], "datatype": "FP32", "data": [1.0]}]}'
RESPONSE = '{"outputs": [{"name": "y", "shape": [1], "datatype": "FP32", "data": [2.0]}]}'


def lay_out(root: Path) -> None:
    """The files that the manifests above name."""
    (root / "manifests" / "models").mkdir(parents=True)
    (root / "common").mkdir()
    (root / "manifests" / "models" / "model.onnx").write_text(tiny_onnx(dims=(1,)))
    (root / "manifests" / "models" / "config.pbtxt").write_text(CONFIG)
    (root / "common" / "model.pt").write_bytes(TORCH)
    (root / "manifests" / "probes").mkdir()
    (root / "manifests" / "probes" / "in.json").write_text(REQUEST)
    (root / "common" / "out.json").write_text(RESPONSE)


def write(root: Path, text: str, name: str = "manifests/a.yaml") -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def load(root: Path, *paths: Path) -> tuple[SpecDraft, ...]:
    return loaded(root, *paths).drafts


def loaded(root: Path, *paths: Path) -> Loaded:
    return load_manifests(paths, root, {"replicas": 4})


def refused(root: Path, *paths: Path) -> str:
    with pytest.raises(InvalidManifests) as caught:
        load(root, *paths)
    return str(caught.value)
