"""The made files are the same bytes everywhere, and the manifests name files that are there."""

import hashlib
import json
import math
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2

MakeModels = Callable[[Path, Path], str]
ReadConfig = Callable[[Path], Any]


def digests(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_same_bytes_from_scripts_in_another_folder(
    made: Path, manifests: Path, make_models: MakeModels
) -> None:
    """Of the checkout, where they are made before the tests, if not now."""
    if not (manifests / "vision/densenet/model.onnx").exists():
        make_models(manifests, manifests)
    first, second = digests(made), digests(manifests)
    both = first.keys() & second.keys()
    weights = {path for path in first if path.endswith((".pt", ".onnx", ".safetensors"))}
    assert len(weights) >= 3
    assert weights <= both
    assert {path: first[path] for path in both} == {path: second[path] for path in both}


def test_right_files_are_left_alone_and_wrong_ones_mended(
    made: Path, manifests: Path, make_models: MakeModels
) -> None:
    kept, wrong = made / "vision/resnet/model.pt", made / "vision/densenet/model.onnx"
    before, right = kept.stat(), wrong.read_bytes()
    wrong.write_bytes(b"half of a fi")
    printed = make_models(manifests, made).splitlines()
    assert [line.split()[-1] for line in printed if line.startswith("made")] == ["vision/densenet/model.onnx"]
    assert (kept.stat().st_mtime_ns, kept.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    assert wrong.read_bytes() == right


def test_answers_are_sane_numbers(made: Path, reference: ModuleType) -> None:
    for model in ("densenet_onnx", "resnet"):
        answer = reference.expected(model, made)
        assert len(answer) == 1000
        assert all(math.isfinite(x) and abs(x) < 100 for x in answer)
    assert max(answer) - min(answer) > 1


def test_resnet_answers_depend_on_the_input(made: Path, reference: ModuleType) -> None:
    sent = json.loads(next(r.body for r in reference.requests() if r.model == "resnet"))
    first = reference.resnet(sent, made)
    sent["inputs"][0]["data"][0] += 10
    assert max(abs(a - b) for a, b in zip(first, reference.resnet(sent, made), strict=True)) > 1e-4


def test_probe_files_hold_the_requests(made: Path, reference: ModuleType) -> None:
    for request in reference.requests():
        assert (made / request.probe).read_bytes() == request.body


@pytest.mark.parametrize("name", ["vision", "falcon"])
def test_manifests_name_files_that_are_there(made: Path, name: str) -> None:
    document = yaml.safe_load((made / f"{name}.yaml").read_text())
    spec: dict[str, Any] = document["spec"]
    assert document["metadata"]["name"] == name
    paths = [spec.get("modelRepository", ".")]
    for model in spec.get("models", []):
        paths += [*model["versions"].values(), model.get("config", ".")]
    assert [path for path in paths if not (made / path).exists()] == []


def test_resnet_config_says_what_the_walkthrough_says(made: Path, config: ReadConfig) -> None:
    said = """
        name: "resnet" platform: "pytorch_libtorch" max_batch_size: 1
        input { name: "input" data_type: TYPE_FP32 dims: 3 dims: 224 dims: 224 }
        output { name: "output" data_type: TYPE_FP32 dims: 1000 }
        instance_group { kind: KIND_CPU }
    """
    assert config(made / "vision/resnet") == text_format.Parse(said, model_config_pb2.ModelConfig())


def test_falcon_repository_has_the_walkthroughs_models(made: Path, config: ReadConfig) -> None:
    folders = sorted((made / "falcon/model_repository").iterdir())
    assert [folder.name for folder in folders] == [
        "ensemble",
        "postprocessing",
        "preprocessing",
        "tensorrt_llm",
    ]
    for folder in folders:
        assert config(folder).name == folder.name
        assert (folder / "1").is_dir()
