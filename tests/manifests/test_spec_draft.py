"""Manifests → drafts → specs: every field, defaults, model groups, and which fields can be ignored."""

from hashlib import sha256
from pathlib import Path

import pytest

from reconciler.core.model.artifact import model_group_of
from reconciler.core.model.configuration import (
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
    NetworkAccess,
    QueryRule,
    Scaling,
    Secret,
    ThresholdRule,
)
from reconciler.core.model.proof.probes import File, Probe
from reconciler.core.model.spec import (
    Downtime,
    ModelGroupUpdate,
    OnFailure,
    Policy,
    Prune,
    Rollout,
    VersionChange,
)
from reconciler.core.planning.diff.fields import FIELDS
from reconciler.manifests.spec_draft import specs_of
from tests.support.manifests import FULL, REQUEST, RESPONSE, SMALL, load, refused, write
from tests.support.model_contents import ONNX


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
            entrypoint=("/opt/acme/start.sh",),
            port=8001,
            health_port=8002,
            environment=(
                ("AUTH", Secret("env.AUTH", None, "none")),
                ("CONTAINER_TYPE", "TRITON"),
                ("HF_TOKEN", Secret("env.HF_TOKEN")),
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
            NetworkAccess.CUSTOM, "ocid1.subnet.oc1.iad.a", "ocid1.datascienceprivateendpoint.oc1.iad.a"
        ),
        defined_tags=(("Finance.Owner", "4"), ("Operations.CostCenter", "42"), ("Operations.Owner", "ml")),
    )
    asked = File(str(root / "manifests/probes/in.json"), sha256(REQUEST.encode()).hexdigest())
    answer = File(str(root / "common/out.json"), sha256(RESPONSE.encode()).hexdigest())
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
    write(root, ONNX, "manifests/repository/resnet/1/model.onnx")
    models = SMALL.index("  models:")
    write(root, SMALL[:models] + "  modelRepository: repository\n  instance: {shape: VM.GPU.A10.1}\n")
    (draft,) = load(root)
    assert draft.layout.versions == {("resnet", 1)}


def test_specs_have_the_artifact(root: Path) -> None:
    write(root, SMALL)
    seen: list[tuple[int, int]] = []
    (spec,) = specs_of(load(root), None, lambda done, total: seen.append((done, total)))
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
        ("{access: no-internet}", Network(NetworkAccess.NO_INTERNET)),
        ("{access: internet}", Network(NetworkAccess.INTERNET)),
        (
            "{access: custom, subnet: ocid1.subnet.oc1.iad.a}",
            Network(NetworkAccess.CUSTOM, "ocid1.subnet.oc1.iad.a"),
        ),
    ],
)
def test_networks(root: Path, written: str, expected: Network) -> None:
    write(root, SMALL + f"  network: {written}\n")
    assert load(root)[0].configuration.network == expected


def test_no_reservations_are_not_the_same_as_none_named(root: Path) -> None:
    write(root, SMALL.replace("VM.GPU.A10.1}", "VM.GPU.A10.1, capacityReservations: []}"))
    assert load(root)[0].configuration.instance.reservations == ()


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
    (spec,) = specs_of(load(root), None, lambda done, total: None)
    assert spec.configuration.kind is DeploymentType.MODEL_GROUP
    assert spec.rollout.model_group_update is ModelGroupUpdate.LIVE
    assert [member.key for member in spec.members] == ["densenet", "resnet"]
    densenet, resnet = (member.artifact for member in spec.members)
    assert [entry.path for entry in densenet.entries] == ["1/model.onnx", "3/model.onnx", "config.pbtxt"]
    assert [entry.path for entry in resnet.entries] == ["1/model.onnx"]
    assert densenet.versions == {("densenet", 1), ("densenet", 3)}
    assert resnet.versions == {("resnet", 1)}
    assert spec.artifact == model_group_of(spec.members)
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
    two, other, single = specs_of(load(root), None, lambda done, total: None)
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
    assert "spec.models has 501 models; a model group has at most 500" in refused(root)


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


def test_what_it_was_called_before(root: Path) -> None:
    write(root, SMALL.replace("{name: NAME}", "{name: new, renamedFrom: old}"))
    (draft,) = load(root)
    assert draft.renamed_from == "old"
    (spec,) = specs_of([draft], None, lambda done, total: None)
    write(root, SMALL.replace("{name: NAME}", "{name: new}"))
    (plain,) = specs_of(load(root), None, lambda done, total: None)
    assert (spec.renamed_from, plain.renamed_from) == ("old", "")
    assert spec.applied_mark == plain.applied_mark, "the line can go without a change"
