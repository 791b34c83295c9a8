"""Probes of a manifest: requests and answers in files, and the models and versions that they ask."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from tests.support.manifests import REQUEST, SMALL, load, refused, write
from tests.support.model_contents import ONNX


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


@pytest.mark.parametrize("name", ["in.json", "out.json"])
def test_a_probe_that_holds_a_key_is_refused_and_not_quoted(root: Path, name: str) -> None:
    probe(root, ", expect: probes/out.json")
    files = root / "manifests" / "probes"
    (files / "out.json").write_text('{"outputs": []}')
    key = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo"
    held = {"inputs": [], "outputs": [], "k": f"-----BEGIN RSA PRIVATE KEY-----\n{key}"}
    (files / name).write_text(json.dumps(held))
    said = refused(root)
    assert f"'probes/{name}' holds a private key" in said
    assert key not in said


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
    write(root, ONNX, "manifests/repository/resnet/1/model.onnx")
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
