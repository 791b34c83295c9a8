"""Manifests → drafts → specs: good ones, which files are read, limits; only problems are raised."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.core.artifact import group_of
from reconciler.core.errors import InvalidManifests
from reconciler.core.fields import FIELDS
from reconciler.core.probes import File, Probe
from reconciler.core.spec import Downtime, GroupUpdate, OnFailure, Policy, Prune, Rollout, VersionChange
from reconciler.core.values import (
    Access,
    Autoscaling,
    Bandwidth,
    Configuration,
    Container,
    DeploymentType,
    FixedScaling,
    Instance,
    LogRef,
    Logs,
    Metric,
    Network,
    QueryRule,
    Scaling,
    Secret,
    ThresholdRule,
)
from reconciler.load import Draft, load_manifests, load_settings, resolve

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
      versions: {"1": ../shared/model.pt}
  server:
    command: [tritonserver, --model-repository=/opt/ds/model/deployed_model]
    entrypoint: [/opt/nvidia/nvidia_entrypoint.sh]
    port: 8001
    healthPort: 8002
    env: {WEB_CONCURRENCY: "2", HF_TOKEN: "{{ env.HF_TOKEN }}", AUTH: "Bearer {{ env.HF_TOKEN }}"}
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
        expect: ../shared/out.json
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


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "manifests" / "models").mkdir(parents=True)
    (tmp_path / "shared").mkdir()
    (tmp_path / "manifests" / "models" / "model.onnx").write_bytes(b"onnx")
    (tmp_path / "manifests" / "models" / "config.pbtxt").write_text(CONFIG)
    (tmp_path / "shared" / "model.pt").write_bytes(b"torch")
    (tmp_path / "manifests" / "probes").mkdir()
    (tmp_path / "manifests" / "probes" / "in.json").write_text(REQUEST)
    (tmp_path / "shared" / "out.json").write_text(RESPONSE)
    return tmp_path


def write(root: Path, text: str, name: str = "manifests/a.yaml") -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


ENVIRONMENT = {"HF_TOKEN": "correct-horse", "REGION": "us-secret-1"}


def load(root: Path, *paths: Path) -> tuple[Draft, ...]:
    return load_manifests(paths, root, {"replicas": 4}, ENVIRONMENT)


def refused(root: Path, *paths: Path) -> str:
    with pytest.raises(InvalidManifests) as caught:
        load(root, *paths)
    return str(caught.value)


def test_every_field(root: Path) -> None:
    write(root, FULL)
    (draft,) = load(root)
    assert draft.configuration == Configuration(
        name="vision",
        artifact=None,
        container=Container(
            image="iad.ocir.io/acme/oci-datascience-triton-server/onnx-pytorch-runtime:1.0.0",
            digest="sha256:" + "0" * 64,
            command=("tritonserver", "--model-repository=/opt/ds/model/deployed_model"),
            entrypoint=("/opt/nvidia/nvidia_entrypoint.sh",),
            port=8001,
            health_port=8002,
            environment=(
                ("AUTH", Secret("Bearer env.HF_TOKEN", "Bearer correct-horse")),
                ("CONTAINER_TYPE", "TRITON"),
                ("HF_TOKEN", Secret("env.HF_TOKEN", "correct-horse")),
                ("WEB_CONCURRENCY", "2"),
            ),
        ),
        instance=Instance(
            "VM.Standard.E4.Flex", 4.0, 32.0, "BASELINE_1_2", ("ocid1.capacityreservation.oc1.iad.a",)
        ),
        scaling=Autoscaling(1, 4, ThresholdRule(Metric.CPU, 70, 30), 600),
        description="Two models, 4 instances",
        labels=(("country", "no"), ("team", "vision")),
        bandwidth=Bandwidth(10, 20),
        logs=Logs(
            LogRef("ocid1.loggroup.oc1..a", "ocid1.log.oc1..b"),
            LogRef("ocid1.loggroup.oc1..a", "ocid1.log.oc1..c"),
        ),
        network=Network(
            Access.CUSTOM, "ocid1.subnet.oc1.iad.a", "ocid1.datascienceprivateendpoint.oc1.iad.a"
        ),
        defined_tags=(("Finance.Owner", "4"), ("Operations.CostCenter", "42"), ("Operations.Owner", "ml")),
    )
    asked = File(str(root / "manifests/probes/in.json"), sha256(REQUEST.encode()).hexdigest())
    answer = File(str(root / "shared/out.json"), sha256(RESPONSE.encode()).hexdigest())
    assert draft.rollout == Rollout(
        downtime=Downtime.ALLOW,
        versions=VersionChange.ADDITIVE,
        tensor_changes=("resnet",),
        probes=(
            Probe("resnet", asked),
            Probe("resnet", asked, version=1, expect=answer, tolerance=1e-4, latency_ms=500),
            Probe("densenet_onnx", asked, status=400, latency_ms=2000),
        ),
        on_failure=OnFailure.STOP,
    )
    assert draft.policy == Policy(True, True, Prune.CONFIRM, ("/spec/scaling", "/metadata/labels/team"))
    assert draft.active is False
    assert str(draft.where) == "manifests/a.yaml:2:1"
    assert draft.layout.versions <= {("densenet_onnx", 1), ("densenet_onnx", 2), ("resnet", 1)}
    assert "correct-horse" not in repr(draft)


def test_defaults(root: Path) -> None:
    write(root, SMALL)
    (draft,) = load(root)
    assert draft.configuration == Configuration(
        name="NAME",
        artifact=None,
        container=Container(
            image="iad.ocir.io/acme/triton:1.0.0", environment=(("CONTAINER_TYPE", "TRITON"),)
        ),
        instance=Instance("VM.GPU.A10.1"),
        scaling=FixedScaling(1),
    )
    assert draft.rollout == Rollout()
    assert draft.policy == Policy()
    assert draft.active
    assert draft.members == {}


def test_an_image_by_digest_alone(root: Path) -> None:
    digest = "sha256:" + "a" * 64
    write(root, SMALL.replace("tag: 1.0.0", f"digest: {digest}"))
    (draft,) = load(root)
    assert draft.configuration.container.image == "iad.ocir.io/acme/triton"
    assert draft.configuration.container.digest == digest


def test_the_health_port_follows_the_port(root: Path) -> None:
    write(root, SMALL + "  server: {port: 9000}\n")
    (draft,) = load(root)
    assert draft.configuration.container.health_port == 9000


def test_a_model_repository_as_it_lies(root: Path) -> None:
    write(root, "onnx", "manifests/repository/resnet/1/model.onnx")
    models = SMALL.index("  models:")
    write(root, SMALL[:models] + "  modelRepository: repository\n  instance: {shape: VM.GPU.A10.1}\n")
    (draft,) = load(root)
    assert draft.layout.versions == {("resnet", 1)}


def test_specs_have_the_artifact(root: Path) -> None:
    write(root, SMALL)
    seen: list[tuple[int, int]] = []
    (spec,) = resolve(load(root), None, lambda done, total: seen.append((done, total)))
    assert spec.configuration.artifact == spec.artifact.digest
    assert spec.artifact.digest.startswith("sha256:")
    assert spec.name == "NAME"
    assert spec.artifact.versions == {("resnet", 1)}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{instances: 3}", FixedScaling(3)),
        (
            "{min: 1, max: 4, cpu: {out: 70, in: 30}, coolDown: 10m}",
            Autoscaling(1, 4, ThresholdRule(Metric.CPU, 70, 30), 600),
        ),
        (
            "{min: 1, max: 4, memory: {out: 80, in: 20}, initial: 2, pendingDuration: 1h}",
            Autoscaling(1, 4, ThresholdRule(Metric.MEMORY, 80, 20, 3600), 300, 2),
        ),
        (
            "{min: 2, max: 2, query: {out: 'q[1m].mean() > 1', in: q < 1}, pendingDuration: 240s}",
            Autoscaling(2, 2, QueryRule("q[1m].mean() > 1", "q < 1", 240)),
        ),
    ],
)
def test_scaling(root: Path, written: str, expected: Scaling) -> None:
    write(root, SMALL + f"  scaling: {written}\n")
    assert load(root)[0].configuration.scaling == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{access: no-internet}", Network(Access.NO_INTERNET)),
        ("{access: internet}", Network(Access.INTERNET)),
        (
            "{access: custom, subnet: ocid1.subnet.oc1.iad.a}",
            Network(Access.CUSTOM, "ocid1.subnet.oc1.iad.a"),
        ),
    ],
)
def test_networks(root: Path, written: str, expected: Network) -> None:
    write(root, SMALL + f"  network: {written}\n")
    assert load(root)[0].configuration.network == expected


def test_no_reservations_are_not_the_same_as_none_named(root: Path) -> None:
    write(root, SMALL.replace("VM.GPU.A10.1}", "VM.GPU.A10.1, capacityReservations: []}"))
    assert load(root)[0].configuration.instance.reservations == ()


# Model groups.

TWO = SMALL.replace(
    "  instance:",
    """    - name: densenet
      config: {backend: onnxruntime, version_policy: {all: {}}}
      versions: {"1": models/model.onnx, "3": models/model.onnx}
  deploymentType: MODEL_GROUP
  rollout: {update: live}
  instance:""",
)


def test_a_group_has_a_member_for_each_model(root: Path) -> None:
    write(root, TWO)
    (spec,) = resolve(load(root), None, lambda done, total: None)
    assert spec.configuration.kind is DeploymentType.MODEL_GROUP
    assert spec.rollout.group_update is GroupUpdate.LIVE
    assert [member.key for member in spec.members] == ["densenet", "resnet"]
    densenet, resnet = (member.artifact for member in spec.members)
    assert [entry.path for entry in densenet.entries] == ["1/model.onnx", "3/model.onnx", "config.pbtxt"]
    assert [entry.path for entry in resnet.entries] == ["1/model.onnx"]
    assert densenet.versions == {("densenet", 1), ("densenet", 3)}
    assert resnet.versions == {("resnet", 1)}
    assert spec.artifact == group_of(spec.members)
    assert spec.artifact.versions == {("densenet", 1), ("densenet", 3), ("resnet", 1)}
    assert spec.configuration.artifact == spec.artifact.digest


def test_a_member_has_the_same_digest_in_every_group(root: Path) -> None:
    write(root, TWO.replace("NAME", "two"))
    write(
        root,
        TWO.replace("NAME", "other").replace('"3": models/model.onnx', '"4": models/model.onnx'),
        "manifests/b.yaml",
    )
    write(root, SMALL.replace("NAME", "single"), "manifests/c.yaml")
    two, other, single = resolve(load(root), None, lambda done, total: None)
    assert [member.artifact.digest for member in two.members][1] == other.members[1].artifact.digest
    assert two.members[0].artifact.digest != other.members[0].artifact.digest
    assert two.artifact.digest != other.artifact.digest
    assert single.members == ()
    assert single.artifact.versions == {("resnet", 1)}


def test_a_group_has_500_models_at_most(root: Path) -> None:
    def models(count: int) -> str:
        lines = "".join(
            f'    - {{name: m{number}, versions: {{"1": models/model.onnx}}}}\n' for number in range(count)
        )
        head, tail = SMALL.split("    - name: resnet")
        return f"{head}{lines}{tail[tail.index('  instance') :]}  deploymentType: MODEL_GROUP\n"

    write(root, models(500))
    assert len(load(root)[0].members) == 500
    write(root, models(501))
    assert "spec.models has 501 models, a model group 500 at most" in refused(root)


# Probes.


def probe(root: Path, text: str) -> None:
    write(root, SMALL + f"  rollout: {{probes: [{{model: resnet, input: probes/in.json{text}}}]}}\n")


def test_a_request_of_10_mb_is_the_largest(root: Path) -> None:
    probe(root, "")
    body = root / "manifests" / "probes" / "in.json"
    body.write_bytes(b'{"inputs": []}'.ljust(10_000_000))
    assert load(root)[0].rollout.probes[0].input.sha256 == sha256(body.read_bytes()).hexdigest()
    body.write_bytes(b'{"inputs": []}'.ljust(10_000_001))
    said = refused(root)
    assert "'probes/in.json' is larger than 10 MB" in said
    assert "The service takes no larger request" in said


def test_a_probe_of_a_version_that_the_policy_leaves_out(root: Path) -> None:
    versions = SMALL.replace('{"1": models/model.onnx}', '{"1": models/model.onnx, "2": models/model.onnx}')
    probes = "  rollout: {probes: [{model: resnet, input: probes/in.json, version: 1}]}\n"
    write(root, versions + probes)
    assert "version 1 of 'resnet' is not served" in refused(root)
    write(
        root,
        versions.replace("      versions", "      config: {version_policy: {all: {}}}\n      versions")
        + probes,
    )
    assert load(root)[0].rollout.probes[0].version == 1


def test_probes_and_tensor_changes_of_a_repository_that_is_laid_out(root: Path) -> None:
    write(root, "onnx", "manifests/repository/resnet/1/model.onnx")
    folder = (
        SMALL[: SMALL.index("  models:")]
        + "  modelRepository: repository\n  instance: {shape: VM.GPU.A10.1}\n"
    )
    rollout = "  rollout: {tensorChanges: [NET], probes: [{model: NET, input: probes/in.json}]}\n"
    write(root, folder + rollout.replace("NET", "resnet"))
    assert load(root)[0].rollout.tensor_changes == ("resnet",)
    write(root, folder + rollout.replace("NET", "densenet"))
    said = refused(root)
    assert said.count("there is no model 'densenet'") == 2
    assert said.count("Did you mean 'resnet'?") == 2


def test_a_link_of_a_probe_must_not_leave_the_repository(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = write(tmp_path_factory.mktemp("outside"), REQUEST, "in.json")
    (root / "manifests" / "probes" / "link.json").symlink_to(outside)
    write(root, SMALL + "  rollout: {probes: [{model: resnet, input: probes/link.json}]}\n")
    assert "'probes/link.json' leads out of the repository" in refused(root)


def test_deep_json_is_refused_and_does_no_harm(root: Path) -> None:
    probe(root, ", expect: probes/deep.json")
    for name in ("in", "deep"):
        (root / "manifests" / "probes" / f"{name}.json").write_text("[" * 200_000)
    said = refused(root)
    assert "'probes/in.json' is not JSON" in said
    assert "'probes/deep.json' cannot be expected" in said


def test_a_probe_cannot_come_from_the_environment(root: Path) -> None:
    probe(root, ', expect: "{{ env.REGION }}"')
    assert "cannot come from the environment" in refused(root)


PARTS = ("/spec/network/", "/spec/bandwidthMbps/")
"""Of these objects one part alone makes no sense to the service."""

IGNORABLE = {row.pointer for row in FIELDS if not row.pointer.startswith(PARTS)} - {"/spec/deploymentType"}


@pytest.mark.parametrize("pointer", sorted({row.pointer for row in FIELDS} - IGNORABLE))
def test_half_an_object_and_the_deployment_type_cannot_be_ignored(root: Path, pointer: str) -> None:
    write(root, SMALL + f"  policy: {{ignore: [{pointer}]}}\n")
    assert "no field is at" in refused(root)


@pytest.mark.parametrize("pointer", sorted(IGNORABLE | {part.rstrip("/") for part in PARTS}))
def test_every_other_field_can_be_ignored(root: Path, pointer: str) -> None:
    write(root, SMALL + f"  policy: {{ignore: [{pointer}]}}\n")
    assert load(root)[0].policy.ignore == (pointer,)


@pytest.mark.parametrize(
    "pointer",
    [
        "/spec/state",
        "/spec/server/env/LOG_LEVEL",
        "/metadata/labels",
        "/metadata/labels/a~1b",
        "/metadata/definedTags/Operations",
        "/metadata/definedTags/Operations/Owner",
        "/spec/instance",
        "/spec/bandwidthMbps",
    ],
)
def test_what_lies_above_and_below_fields_can_be_ignored(root: Path, pointer: str) -> None:
    write(root, SMALL + f"  policy: {{ignore: ['{pointer}']}}\n")
    assert load(root)[0].policy.ignore == (pointer,)


# Which files are read.


def test_manifests_are_found_by_what_they_say(root: Path) -> None:
    write(root, SMALL.replace("NAME", "one") + "---\n" + SMALL.replace("NAME", "two"), "manifests/b.yaml")
    write(
        root,
        SMALL.replace("NAME", "three").replace("models/model", "../models/model"),
        "manifests/deep/c.yml",
    )
    write(root, "kind: Deployment\nmetadata: {name: {{ .Values.x }}}\n", "manifests/helm.yaml")
    write(root, "not for us", "manifests/notes.txt")
    write(root, SMALL, "manifests/.hidden/x.yaml")
    write(root, SMALL, "elsewhere/x.yaml")
    assert [draft.name for draft in load(root)] == ["one", "two", "three"]


def test_named_files_and_folders(root: Path) -> None:
    one = write(root, SMALL.replace("NAME", "one"), "manifests/one.yaml")
    write(
        root, SMALL.replace("NAME", "two").replace("models/model", "../models/model"), "manifests/two/m.yaml"
    )
    assert [draft.name for draft in load(root, one)] == ["one"]
    assert [draft.name for draft in load(root, root / "manifests" / "two", one, one)] == ["one", "two"]


def test_a_named_file_has_to_hold_manifests(root: Path) -> None:
    assert "lacks the field 'kind'" in refused(root, write(root, "a: 1\n"))
    assert "holds no document" in refused(root, write(root, "# nothing\n"))


def test_paths_that_are_not_there_or_outside(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = write(tmp_path_factory.mktemp("outside"), SMALL)
    said = refused(root, root / "nothing.yaml", outside)
    assert "nothing.yaml: does not exist" in said
    assert "is outside the repository" in said


def test_no_manifests_at_all(tmp_path: Path) -> None:
    assert load(tmp_path) == ()


# Limits.


def test_a_huge_file_is_not_read(root: Path) -> None:
    path = root / "manifests" / "huge.yaml"
    with path.open("wb") as file:
        file.write(SMALL.encode())
        file.truncate(50 * 1024 * 1024)
    started = time.monotonic()
    assert "manifests/huge.yaml: is larger than 1 MiB" in refused(root)
    assert time.monotonic() - started < 1


def test_large_files_of_others_are_left_alone(root: Path) -> None:
    write(root, "x: " + "x" * (2 << 20), "manifests/models/vocabulary.yaml")
    (root / "manifests" / "models" / "latin.yaml").write_bytes(b"caf\xe9")
    assert load(root) == ()


def test_a_pipe_is_not_waited_for(root: Path) -> None:
    os.mkfifo(root / "manifests" / "pipe.yaml")
    assert "manifests/pipe.yaml: is not a regular file" in refused(root)


def test_links_must_not_leave_the_repository(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "model.onnx").write_bytes(b"x")
    (root / "manifests" / "models" / "model.onnx").unlink()
    (root / "manifests" / "models" / "model.onnx").symlink_to(outside / "model.onnx")
    write(root, SMALL)
    assert "'models/model.onnx' leads out of the repository" in refused(root)
    (root / "manifests" / "models" / "model.onnx").unlink()
    (root / "manifests" / "linked").symlink_to(outside)
    write(root, SMALL.replace("models/model.onnx", "linked/model.onnx"))
    assert "'linked/model.onnx' leads out of the repository" in refused(root)


def test_links_inside_the_repository_are_fine(root: Path) -> None:
    (root / "manifests" / "linked").symlink_to(root / "manifests" / "models")
    write(root, SMALL.replace("models/model.onnx", "linked/model.onnx"))
    assert len(load(root)) == 1


def test_a_root_behind_a_link(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    write(root, SMALL)
    link = tmp_path_factory.mktemp("links") / "root"
    link.symlink_to(root)
    assert len(load(link)) == 1


@pytest.mark.parametrize(
    "path", ["/dev/zero", "\\0", "a\\nb", "x/../../../y", "~/model.onnx", "a" * 5000, "."]
)
def test_strange_paths(root: Path, path: str) -> None:
    write(root, SMALL.replace("models/model.onnx", f'"{path}"'))
    assert refused(root)


# Secrets.


def test_a_secret_is_in_no_message(root: Path) -> None:
    write(
        root,
        SMALL.replace("models/model.onnx", '"{{ env.HF_TOKEN }}"')
        .replace("name: resnet", 'name: "{{ env.HF_TOKEN }}!"')
        .replace("tag: 1.0.0", 'tag: "!{{ env.REGION | upper }}"')
        + '  server: {port: "{{ env.HF_TOKEN }}", command: "{{ env.HF_TOKEN }}"}\n'
        + '  rollout: {downtime: "{{ env.HF_TOKEN }}"}\n',
    )
    said = refused(root)
    assert not any(held in said for held in ("correct-horse", "us-secret-1", "US-SECRET-1"))
    assert said.count("cannot come from the environment") == 5
    assert "not what" in said


PLACES = [
    'metadata: {name: NAME, description: "{{ env.REGION }}"}',
    'metadata: {name: NAME, labels: {where: "{{ env.REGION }}"}}',
    'metadata: {name: "{{ env.REGION }}"}',
]


@pytest.mark.parametrize("place", PLACES)
def test_the_environment_is_for_secrets_of_the_server(root: Path, place: str) -> None:
    write(root, SMALL.replace("metadata: {name: NAME}", place))
    said = refused(root)
    assert "cannot come from the environment" in said
    assert "use {{ values.X }} from the target in reconciler.yaml" in said.lower().replace(
        "values.x", "values.X"
    )
    assert "us-secret-1" not in said


def test_an_image_may_come_from_the_environment(root: Path) -> None:
    write(root, SMALL.replace("iad.ocir.io", '"{{ env.REGION }}.ocir.io').replace("triton,", 'triton",'))
    (draft,) = load(root)
    assert draft.configuration.container.image == "us-secret-1.ocir.io/acme/triton:1.0.0"
    write(root, SMALL.replace("tag: 1.0.0", 'tag: "{{ env.HF_TOKEN }}"'))
    assert "spec.image.tag cannot come from HF_TOKEN, which has the name of a secret" in refused(root)


@pytest.mark.parametrize(
    "name", ["MAX_TOKENS", "TOKENIZER", "TOKENIZERS_PARALLELISM", "PASSWORD_FILE", "SECRET_OCID"]
)
def test_harmless_variables(root: Path, name: str) -> None:
    write(root, SMALL + f"  server: {{env: {{{name}: some-text}}}}\n")
    assert len(load(root)) == 1


# Speed and weight.


def test_a_thousand_manifests(root: Path) -> None:
    write(root, FULL.replace("name: vision\n", "name: v0\n"), "manifests/m0.yaml")
    load(root)  # imports
    for number in range(1, 1000):
        write(root, FULL.replace("name: vision\n", f"name: v{number}\n"), f"manifests/m{number}.yaml")
    started = time.process_time()
    assert len(load(root)) == 1000
    assert time.process_time() - started < 3


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import reconciler.load", "jinja2 jsonschema yaml oci numpy"),
        ("from reconciler.load import load_manifests, load_settings", "jinja2 jsonschema oci numpy"),
    ],
)
def test_imports_are_light(code: str, absent: str) -> None:
    check = f"{code}\nimport sys\nprint([name for name in {absent.split()} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# Nothing but problems is ever raised.

PIECES = st.sampled_from(
    [
        *FULL.splitlines(keepends=True),
        "- ",
        ": ",
        "\t",
        "{{ ",
        " }}",
        "&a ",
        "*a ",
        "|\n",
        "'",
        '"',
        "[",
        "]",
        "{",
        "}",
        "---\n",
        "!!x ",
        "\0",
    ]
)


def unharmed(read: Callable[[], object]) -> None:
    said = "problems"
    try:
        read()
    except InvalidManifests as error:
        said = str(error)
    assert said
    assert "correct-horse" not in said


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    data=st.binary(max_size=200) | st.lists(PIECES, max_size=40).map(lambda pieces: "".join(pieces).encode())
)
def test_any_file_gives_drafts_or_problems(root: Path, data: bytes) -> None:
    path = root / "manifests" / "any.yaml"
    path.write_bytes(data)
    unharmed(lambda: load(root, path))
    (root / "reconciler.yaml").write_bytes(data)
    unharmed(lambda: load_settings(root, {}))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(start=st.integers(0, len(FULL)), length=st.integers(0, 30), new=st.text(max_size=8))
def test_any_damage_gives_drafts_or_problems(root: Path, start: int, length: int, new: str) -> None:
    path = root / "manifests" / "any.yaml"
    path.write_bytes((FULL[:start] + new + FULL[start + length :]).encode("utf-8", "surrogatepass"))
    unharmed(lambda: load(root, path))
