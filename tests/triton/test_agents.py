"""An agent of the model repository may give the server other files than those of the model's folder."""

from pathlib import Path

import pytest

from reconciler.core.model.findings import Location, Severity
from reconciler.triton.repository_folder import layout_of_folder

AGENT = 'model_repository_agents { agents { name: "%s" } }\n'
TENSORS = (
    'input { name: "x" data_type: TYPE_FP32 dims: 3 }\noutput { name: "y" data_type: TYPE_FP32 dims: 3 }\n'
)
LABELS = 'output { name: "y" data_type: TYPE_FP32 dims: 3 label_filename: "labels.txt" }\n'


def errors(root: Path, config: str, files: dict[str, bytes]) -> list[str]:
    for path, content in {"m/config.pbtxt": config.encode(), **files}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    _, findings = layout_of_folder(root, Location("m.yaml", 1, 1))
    return [finding.what for finding in findings if finding.severity is Severity.ERROR]


@pytest.mark.parametrize(
    ("config", "files"),
    [
        ('backend: "onnxruntime"\n' + TENSORS, {"m/1/model.onnx": b"Salted__ and encrypted"}),
        ('backend: "python"\n' + TENSORS, {"m/1/model.py": b"Salted__ (and encrypted"}),
        ('platform: "pytorch_libtorch"\n' + TENSORS, {"m/1/model.pt": b"Salted__ and encrypted"}),
        ('backend: "onnxruntime"\n' + TENSORS, {"m/1/model.onnx.enc": b"Salted__"}),
        ('backend: "onnxruntime"\n' + TENSORS, {"m/fetched_from.txt": b"elsewhere"}),
        ("", {"m/fetched_from.txt": b"elsewhere"}),
        ('backend: "onnxruntime"\n' + LABELS, {"m/fetched_from.txt": b"elsewhere"}),
    ],
)
def test_files_that_an_agent_may_change_are_not_judged(
    tmp_path: Path, config: str, files: dict[str, bytes]
) -> None:
    assert errors(tmp_path / "decrypted", AGENT % "decryption" + config, files) == []
    assert errors(tmp_path / "plain", config, files) != []


def test_the_configuration_is_judged_all_the_same(tmp_path: Path) -> None:
    config = AGENT % "decryption" + 'backend: "onnxruntime"\nmax_batch_size: -1\n'
    assert len(errors(tmp_path, config, {"m/1/model.onnx": b"Salted__"})) == 1


def test_the_agent_checksum_changes_no_file(tmp_path: Path) -> None:
    config = AGENT % "checksum" + 'backend: "onnxruntime"\n' + TENSORS
    assert len(errors(tmp_path, config, {"m/1/model.onnx": b"Salted__ and encrypted"})) == 1
