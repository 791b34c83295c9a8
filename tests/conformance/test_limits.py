"""The limits of the service are read twice, by the loader and by the emulator: here they meet.

At a limit both take a manifest; one past it, both refuse it. What goes to the emulator's validator is the
body that the adapter would send: past a limit, the accepted body with that one value changed.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import oci
import pytest

from datascience_emulator.data_science.deployments.documents import create
from datascience_emulator.wire.errors import ServiceError
from reconciler.adapters.oci.conversion.requests import create_details
from reconciler.core.model.configuration import Configuration
from reconciler.core.model.errors import InvalidManifests
from reconciler.core.model.live import Marks
from reconciler.manifests.loading import load_manifests

MARKS = Marks("o" * 63, "n" * 200, "sha256:" + "0" * 64, "0" * 40)
MOST = 2**31 - 1
DIGEST = "sha256:" + "0" * 64
CONFIGURATION = "modelDeploymentConfigurationDetails"
MODEL = f"{CONFIGURATION}.modelConfigurationDetails"
CONTAINER = f"{CONFIGURATION}.environmentConfigurationDetails"
SIZE = f"{MODEL}.instanceConfiguration.modelDeploymentInstanceShapeConfigDetails"
POLICY = f"{MODEL}.scalingPolicy.autoScalingPolicies.0"
THRESHOLDS = f"{POLICY}.rules.0"

GOOD: dict[str, Any] = {
    "apiVersion": "reconciler.oci/v1",
    "kind": "ModelDeployment",
    "metadata": {"name": "vision"},
    "spec": {
        "image": {"repository": "iad.ocir.io/acme/triton", "tag": "1.0.0"},
        "instance": {"shape": "VM.Standard.E4.Flex", "ocpus": 4, "memoryGBs": 64},
        "models": [
            {
                "name": "m",
                "backend": "onnxruntime",
                "versions": {"1": {"url": "https://example.com/m", "sha256": "0" * 64}},
            }
        ],
    },
}


CLIENT = oci.base_client.BaseClient.__new__(oci.base_client.BaseClient)
"""Never connects; it has the SDK's way of writing JSON, which needs no more than the types."""
CLIENT.complex_type_mappings = oci.data_science.models.data_science_type_mapping


class Refusal(Exception):
    """One of the two said no."""


def changed(tree: Any, path: str, value: Any) -> Any:
    """The tree with one value put in at a path of keys and indexes."""
    first, _, rest = path.partition(".")
    if isinstance(tree, list):
        index = int(first)
        return [changed(item, rest, value) if at == index else item for at, item in enumerate(tree)]
    new = changed(tree.get(first, {}), rest, value) if rest else value
    return {**tree, first: new}


def manifest(values: Mapping[str, Any]) -> Any:
    made: Any = GOOD
    for path, value in values.items():
        made = changed(made, path, value)
    return made


def loaded(root: Path, values: Mapping[str, Any]) -> Configuration:
    """What the loader makes of the manifest."""
    folder = root / "manifests"
    folder.mkdir(exist_ok=True)
    (folder / "m.yaml").write_text(json.dumps(manifest(values), ensure_ascii=False), encoding="utf-8")
    try:
        (draft,) = load_manifests([], root, {}).drafts
    except InvalidManifests as error:
        raise Refusal(str(error)) from None
    return draft.configuration


def body_of(configuration: Configuration) -> Any:
    """The body that the adapter would send."""
    details = create_details(
        configuration, "ocid1.m.oc1..m", MARKS, "ocid1.p.oc1..p", "ocid1.compartment.oc1..c"
    )
    body: Any = CLIENT.sanitize_for_serialization(details)
    return body


def sent(body: Any) -> None:
    """The emulator's word on a body."""
    try:
        create(body, "")
    except ServiceError as error:
        raise Refusal(str(error)) from None


def words(size: int, count: int = 2) -> list[str]:
    """So many words that are so many bytes together."""
    return ["x" * (size // count)] * (count - 1) + ["x" * (size - size // count * (count - 1))]


def env(size: int) -> dict[str, str]:
    """Variables of so many bytes, together with CONTAINER_TYPE=TRITON."""
    return {"KEY": "x" * (size - len("KEYCONTAINER_TYPETRITON"))}


AUTO = {
    "spec.scaling.min": 1,
    "spec.scaling.max": 2,
    "spec.scaling.cpu.out": 70,
    "spec.scaling.cpu.in": 30,
}


def flex(shape: str, **size: float) -> dict[str, Any]:
    return {
        "spec.instance.shape": shape,
        **{f"spec.instance.{field}": value for field, value in size.items()},
    }


def labels(count: int) -> dict[str, str]:
    return {f"key{number}": "x" for number in range(count)}


OCID = "ocid1.{kind}.oc1.iad.{fill}"


def ocid(kind: str, length: int) -> str:
    fill = "a" * (length - len(OCID.format(kind=kind, fill="")))
    return OCID.format(kind=kind, fill=fill)


def logs(group: str, log: str) -> dict[str, Any]:
    return {"spec.logs.access": {"group": group, "log": log}}


GROUP, LOG = ocid("loggroup", 80), ocid("log", 80)
Case = tuple[dict[str, Any], dict[str, Any], dict[str, Any]]
"""What the manifest says at the limit, what past it, and what that is in the body."""

CASES: dict[str, Case] = {
    "description": (
        {"metadata.description": "é" * 400},
        {"metadata.description": "é" * 401},
        {"description": "é" * 401},
    ),
    "labels": (
        {"metadata.labels": labels(5)},
        {"metadata.labels": labels(6)},
        {"freeformTags": labels(11)},
    ),
    "label key": (
        {"metadata.labels": {"k" * 100: "x"}},
        {"metadata.labels": {"k" * 101: "x"}},
        {"freeformTags": {"k" * 101: "x"}},
    ),
    "label value": (
        {"metadata.labels": {"k": "é" * 256}},
        {"metadata.labels": {"k": "é" * 257}},
        {"freeformTags": {"k": "é" * 257}},
    ),
    "tags in all": (
        {"metadata.labels": {f"k{n}": "\U0001f600" * 210 for n in range(5)}},
        {"metadata.labels": {f"k{n}": "\U0001f600" * 250 for n in range(5)}},
        {"freeformTags": {f"k{n}": "\U0001f600" * 220 for n in range(6)}},
    ),
    "port, least": (
        {"spec.server.port": 1024},
        {"spec.server.port": 1023},
        {f"{CONTAINER}.serverPort": 1023},
    ),
    "port, most": (
        {"spec.server.port": 65535},
        {"spec.server.port": 65536},
        {f"{CONTAINER}.serverPort": 65536},
    ),
    "port, taken": (
        {"spec.server.port": 8445},
        {"spec.server.port": 8446},
        {f"{CONTAINER}.serverPort": 8446},
    ),
    "health port, taken": (
        {"spec.server.healthPort": 24223},
        {"spec.server.healthPort": 24224},
        {f"{CONTAINER}.healthCheckPort": 24224},
    ),
    "command": (
        {"spec.server.command": words(2047)},
        {"spec.server.command": words(2048)},
        {f"{CONTAINER}.cmd": words(2048)},
    ),
    "command and entrypoint": (
        {"spec.server.command": words(1000), "spec.server.entrypoint": words(1047)},
        {"spec.server.command": words(1000), "spec.server.entrypoint": words(1048)},
        {f"{CONTAINER}.cmd": words(1000), f"{CONTAINER}.entrypoint": words(1048)},
    ),
    "variables": (
        {"spec.server.env": env(2047)},
        {"spec.server.env": env(2048)},
        {f"{CONTAINER}.environmentVariables": {"CONTAINER_TYPE": "TRITON", **env(2048)}},
    ),
    "variable name, most": (
        {"spec.server.env": {"K" * 31: "x"}},
        {"spec.server.env": {"K" * 32: "x"}},
        {f"{CONTAINER}.environmentVariables": {"K" * 32: "x"}},
    ),
    "variable name, least": (
        {"spec.server.env": {"KK": "x"}},
        {"spec.server.env": {"K": "x"}},
        {f"{CONTAINER}.environmentVariables": {"K": "x"}},
    ),
    "image by tag": (
        {"spec.image.repository": "r/" + "x" * 2040},
        {"spec.image.repository": "r/" + "x" * 2041},
        {f"{CONTAINER}.image": "r/" + "x" * 2041 + ":1.0.0"},
    ),
    "image by digest": (
        {"spec.image": {"repository": "r/" + "x" * 1974, "digest": DIGEST}},
        {"spec.image": {"repository": "r/" + "x" * 1975, "digest": DIGEST}},
        {f"{CONTAINER}.image": "r/" + "x" * 1975 + "@" + DIGEST},
    ),
    "instances, least": (
        {"spec.scaling.instances": 1},
        {"spec.scaling.instances": 0},
        {f"{MODEL}.scalingPolicy.instanceCount": 0},
    ),
    "instances, most": (
        {"spec.scaling.instances": MOST},
        {"spec.scaling.instances": MOST + 1},
        {f"{MODEL}.scalingPolicy.instanceCount": MOST + 1},
    ),
    "autoscaling, least": (
        AUTO,
        {**AUTO, "spec.scaling.min": 0},
        {f"{POLICY}.minimumInstanceCount": 0},
    ),
    "autoscaling, most": (
        {**AUTO, "spec.scaling.max": MOST},
        {**AUTO, "spec.scaling.max": MOST + 1},
        {f"{POLICY}.maximumInstanceCount": MOST + 1},
    ),
    "autoscaling, most below least": (
        {**AUTO, "spec.scaling.min": 2},
        {**AUTO, "spec.scaling.min": 3},
        {f"{POLICY}.minimumInstanceCount": 3},
    ),
    "threshold, most": (
        {**AUTO, "spec.scaling.cpu.out": 100},
        {**AUTO, "spec.scaling.cpu.out": 101},
        {f"{THRESHOLDS}.scaleOutConfiguration.threshold": 101},
    ),
    "threshold, least": (
        {**AUTO, "spec.scaling.cpu.in": 1},
        {**AUTO, "spec.scaling.cpu.in": 0},
        {f"{THRESHOLDS}.scaleInConfiguration.threshold": 0},
    ),
    "cool-down, least": (
        {**AUTO, "spec.scaling.coolDown": "300s"},
        {**AUTO, "spec.scaling.coolDown": "299s"},
        {f"{MODEL}.scalingPolicy.coolDownInSeconds": 299},
    ),
    "cool-down, most": (
        {**AUTO, "spec.scaling.coolDown": "596523h"},
        {**AUTO, "spec.scaling.coolDown": "596524h"},
        {f"{MODEL}.scalingPolicy.coolDownInSeconds": 596524 * 3600},
    ),
    "bandwidth, least": (
        {"spec.bandwidthMbps.min": 1},
        {"spec.bandwidthMbps.min": 0},
        {f"{MODEL}.bandwidthMbps": -1},  # 0 is what other clients send for none
    ),
    "bandwidth, most": (
        {"spec.bandwidthMbps.min": MOST},
        {"spec.bandwidthMbps.min": MOST + 1},
        {f"{MODEL}.bandwidthMbps": MOST + 1},
    ),
    "bandwidth, twice": (
        {"spec.bandwidthMbps": {"min": 10, "max": 20}},
        {"spec.bandwidthMbps": {"min": 10, "max": 21}},
        {f"{MODEL}.maximumBandwidthMbps": 21},
    ),
    "bandwidth, the same": (
        {"spec.bandwidthMbps": {"min": 10, "max": 10}},
        {"spec.bandwidthMbps": {"min": 10, "max": 9}},
        {f"{MODEL}.maximumBandwidthMbps": 9},
    ),
    "OCPUs, least": (
        flex("VM.Standard.E4.Flex", ocpus=1, memoryGBs=16),
        flex("VM.Standard.E4.Flex", ocpus=0.5, memoryGBs=16),
        {f"{SIZE}.ocpus": 0.5},
    ),
    "GB per OCPU, least": (
        flex("VM.Standard.E4.Flex", ocpus=4, memoryGBs=24),
        flex("VM.Standard.E4.Flex", ocpus=4, memoryGBs=23),
        {f"{SIZE}.memoryInGBs": 23},
    ),
    "GB per OCPU, most": (
        flex("VM.Standard.E4.Flex", ocpus=4, memoryGBs=256),
        flex("VM.Standard.E4.Flex", ocpus=4, memoryGBs=257),
        {f"{SIZE}.memoryInGBs": 257},
    ),
    "log": (
        logs(GROUP, ocid("log", 255)),
        logs(GROUP, ocid("log", 256)),
        {"categoryLogDetails.access": {"logId": ocid("log", 256), "logGroupId": GROUP}},
    ),
    "log group": (
        logs(ocid("loggroup", 255), LOG),
        logs(ocid("loggroup", 256), LOG),
        {"categoryLogDetails.access": {"logId": LOG, "logGroupId": ocid("loggroup", 256)}},
    ),
    "log without realm": (
        logs(GROUP, "ocid1.log.oc1..a"),
        logs(GROUP, "ocid1.log.oc1.a"),
        {"categoryLogDetails.access": {"logId": "ocid1.log.oc1.a", "logGroupId": GROUP}},
    ),
    "shape": (
        {"spec.instance": {"shape": "VM.GPU.A10.1"}},
        {"spec.instance": {"shape": "VM.GPU.A10.1."}},
        {f"{MODEL}.instanceConfiguration.instanceShapeName": "VM.GPU.A10.1."},
    ),
}

LARGEST = {
    "VM.Standard.E3.Flex": (64, 1024),
    "VM.Standard.E4.Flex": (64, 1024),
    "VM.Standard.E5.Flex": (94, 1049),
    "VM.Standard3.Flex": (32, 512),
    "VM.Optimized3.Flex": (18, 256),
    "VM.Standard.A1.Flex": (80, 512),
    "VM.Standard.A2.Flex": (78, 946),
}
for shape, (ocpus, memory) in LARGEST.items():
    CASES[f"OCPUs of {shape}"] = (
        flex(shape, ocpus=ocpus, memoryGBs=memory),
        flex(shape, ocpus=ocpus + 1, memoryGBs=memory),
        {f"{SIZE}.ocpus": ocpus + 1},
    )
    CASES[f"GB of {shape}"] = (
        flex(shape, ocpus=ocpus, memoryGBs=memory),
        flex(shape, ocpus=ocpus, memoryGBs=memory + 1),
        {f"{SIZE}.memoryInGBs": memory + 1},
    )


@pytest.mark.parametrize("case", CASES)
def test_a_limit_is_the_same_for_both(case: str, tmp_path: Path) -> None:
    at_it, past_it, past_it_sent = CASES[case]
    body = body_of(loaded(tmp_path, at_it))
    sent(body)
    with pytest.raises(Refusal):
        loaded(tmp_path, past_it)
    for path, value in past_it_sent.items():
        body = changed(body, path, value)
    with pytest.raises(Refusal):
        sent(body)


def test_names_are_shorter_than_the_service_allows(tmp_path: Path) -> None:
    """Because NAME.zip has to be a file's name."""
    sent(body_of(loaded(tmp_path, {"metadata.name": "n" * 200})))
    with pytest.raises(Refusal, match=r"NAME\.zip"):
        loaded(tmp_path, {"metadata.name": "n" * 201})


def test_the_least_manifest_is_taken(tmp_path: Path) -> None:
    sent(body_of(loaded(tmp_path, {})))
