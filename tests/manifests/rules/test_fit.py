"""What the memory of a compute shape is held against, and when nothing is said of machine and image. What is
refused is in `bad/does-not-fit`.
"""

from pathlib import Path

import pytest

from reconciler.core.model.findings import Severity
from tests.support.manifests import loaded, write
from tests.support.model_contents import ONNX, PYTHON, TORCH, write_large
from tests.support.workspace import CHECKOUT

GB = 1 << 30

MANIFEST = """apiVersion: reconciler.oci/v1
kind: ModelDeployment
metadata: {name: large}
spec:
  image: {repository: iad.ocir.io/acme/triton, tag: 1.0.0}
  modelRepository: repository
  instance: {shape: SHAPE}
"""
FLEX = "VM.Standard.E4.Flex, ocpus: 1, memoryGBs: 8"
FILES = {
    "onnxruntime": "model.onnx",
    "pytorch": "model.pt",
    "python": "model.py",
    "tensorrtllm": "rank0.engine",
}


TENSORS = """
input [ { name: "x__0" data_type: TYPE_FP32 dims: 1 } ]
output [ { name: "y__0" data_type: TYPE_FP32 dims: 1 } ]
"""


def model(root: Path, name: str, backend: str, size: int, config: str = "", version: int = 1) -> None:
    """A model with a file of this size, all of which is a hole."""
    folder = root / "manifests" / "repository" / name
    tensors = TENSORS if backend == "pytorch" else ""
    write(folder, f'backend: "{backend}"\n{tensors}{config}', "config.pbtxt")
    write_large(write(folder, "", f"{version}/{FILES[backend]}"), size)
    if backend == "tensorrtllm":
        write(folder, "{}", f"{version}/config.json")


def told(root: Path, shape: str, manifest: str = MANIFEST) -> list[str]:
    write(root, manifest.replace("SHAPE", shape))
    notices = loaded(root).notices
    assert {notice.severity for notice in notices} <= {Severity.WARNING}
    return [notice.what for notice in notices]


def of_memory(field: str, size: str, shape: str, room: str) -> str:
    return f"spec.instance.{field}: the files of the models are {size} GB, and {shape} has {room}"


def test_files_that_are_larger_than_the_memory(root: Path) -> None:
    model(root, "a", "python", 5 * GB)
    model(root, "b", "pytorch", 4 * GB)
    text = of_memory("memoryGBs", "9.0", "VM.Standard.E4.Flex", "8 GB of memory")
    assert told(root, FLEX) == [text]
    assert told(root, "VM.Standard2.1") == []
    model(root, "b", "pytorch", 11 * GB)
    assert told(root, "VM.Standard2.1") == [
        of_memory("shape", "16.0", "VM.Standard2.1", "15 GB of memory"),
    ]
    assert told(root, "VM.Standard9.1") == []


def test_files_that_just_fit(root: Path) -> None:
    model(root, "a", "python", 8 * GB)
    assert told(root, FLEX) == []


def test_a_version_that_is_not_served_is_not_loaded(root: Path) -> None:
    model(root, "a", "python", 9 * GB)
    model(root, "a", "python", 1 * GB, version=2)
    assert told(root, FLEX) == []


@pytest.mark.parametrize(
    ("backend", "config", "size"),
    [
        ("pytorch", "instance_group [{ kind: KIND_CPU count: 3 }]", "9.0"),
        ("onnxruntime", "instance_group [{ kind: KIND_CPU count: 2 }, { kind: KIND_AUTO }]", "9.0"),
        (
            "pytorch",
            "instance_group [{ count: 3 }] "
            'parameters { key: "ENABLE_WEIGHT_SHARING" value { string_value: "true" } }',
            None,
        ),
        ("python", "instance_group [{ count: 3 }]", None),
    ],
)
def test_each_instance_loads_its_own_copy(root: Path, backend: str, config: str, size: str | None) -> None:
    model(root, "a", backend, 3 * GB, config)
    text = of_memory("memoryGBs", str(size), "VM.Standard.E4.Flex", "8 GB of memory")
    assert told(root, FLEX) == ([text] if size else [])


def test_models_on_gpus_are_held_against_their_memory(root: Path) -> None:
    model(root, "a", "tensorrtllm", 20 * GB)
    model(root, "b", "onnxruntime", 9 * GB, "instance_group [{ kind: KIND_GPU count: 2 gpus: [0] }]")
    model(root, "c", "python", 400 * GB)
    assert told(root, "VM.GPU.A10.2") == []
    model(root, "b", "onnxruntime", 9 * GB, "instance_group [{ kind: KIND_GPU count: 2 }]")
    assert told(root, "VM.GPU.A10.2") == [
        of_memory("shape", "56.0", "VM.GPU.A10.2", "48 GB of GPU memory"),
    ]


def test_without_a_gpu_it_is_told_once_that_there_is_none(root: Path) -> None:
    model(root, "a", "tensorrtllm", 20 * GB)
    what = told(root, FLEX, MANIFEST + "  server: {command: [/opt/acme/start.sh]}\n")
    assert [one.partition(",")[0] for one in what] == [
        "spec.instance.shape: VM.Standard.E4.Flex has no GPU",
        "spec.server.command: what it serves is not known",
    ]


def test_a_backend_in_the_models_own_folder_need_not_be_in_the_image(root: Path) -> None:
    folder = root / "manifests" / "repository" / "mine"
    write(folder, 'backend: "mine"', "config.pbtxt")
    write(folder, "", "1/libtriton_mine.so")
    build = "tag: 1.0.0, build: {triton: 2.30.0, backends: [python]}"
    assert told(root, FLEX, MANIFEST.replace("tag: 1.0.0", build)) == []


def test_nothing_is_said_of_the_examples(tmp_path: Path) -> None:
    """Their weights are made by a script, so those that are missing are empty files here."""
    for name in ("vision.yaml", "falcon.yaml"):
        write(tmp_path, (CHECKOUT / "manifests" / name).read_text(), f"manifests/{name}")
    for file in (CHECKOUT / "manifests").rglob("*"):
        inside = file.relative_to(CHECKOUT)
        if file.name in ("config.pbtxt", "model.py"):
            write(tmp_path, file.read_text(), str(inside))
    write(tmp_path, "", "manifests/falcon/model_repository/ensemble/1/.gitkeep")
    write(tmp_path, ONNX, "manifests/vision/densenet/model.onnx")
    write(tmp_path, "", "manifests/vision/resnet/model.pt").write_bytes(TORCH)
    found = loaded(tmp_path)
    assert [draft.name for draft in found.drafts] == ["falcon", "vision"]
    assert found.notices == ()


def test_the_configuration_that_the_command_chooses_is_one(root: Path) -> None:
    write(root / "manifests/repository/m", 'backend: "python"', "configs/small.pbtxt")
    write(root / "manifests/repository/m", PYTHON, "1/model.py")
    words = ("--model-repository=/opt/ds/model/deployed_model", "--disable-auto-complete-config")
    command = ", ".join(("tritonserver", *words, "--model-config-name=small"))
    assert told(root, FLEX, f"{MANIFEST}  server: {{command: [{command}]}}\n") == []
