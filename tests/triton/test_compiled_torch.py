"""Programs that torch has compiled ahead of time (`platform: "torch_aoti"`) are no TorchScript."""

from pathlib import Path

import pytest

from reconciler.core.model.findings import Location
from reconciler.triton.repository_folder import layout_of_folder
from tests.support.torchscript_files import exported

PLATFORM = 'platform: "torch_aoti"\n'
TENSORS = """input { name: "ARGS[0]" data_type: TYPE_FP32 dims: [ -1, 3 ] }
output { name: "RETS" data_type: TYPE_FP32 dims: [ -1, 3 ] }
"""


def said(root: Path, config: str, file: str) -> tuple[list[str], list[tuple[str, str]]]:
    (root / "m" / "1").mkdir(parents=True)
    (root / "m" / "config.pbtxt").write_text(config + TENSORS)
    (root / "m" / "1" / file).write_bytes(exported())
    layout, findings = layout_of_folder(root, Location("m.yaml", 1, 1))
    fields = [field for need in layout.needs for field in need.fields] if layout else []
    return [finding.what for finding in findings], fields


@pytest.mark.parametrize(
    ("config", "file"),
    [
        (PLATFORM, "model.pt2"),
        (PLATFORM + 'backend: "pytorch"\n', "model.pt2"),
        (PLATFORM + 'default_model_filename: "net.pt2"\n', "net.pt2"),
    ],
)
def test_it_is_taken_and_needs_a_release_that_knows_it(tmp_path: Path, config: str, file: str) -> None:
    found, fields = said(tmp_path, config, file)
    assert found == []
    assert fields == [('platform "torch_aoti" in its configuration', "2.67.0")]


def test_its_file_must_be_there(tmp_path: Path) -> None:
    found, _ = said(tmp_path, PLATFORM, "model.pt")
    assert found == ["version 1 of 'm' does not hold model.pt2, which its backend looks for"]


def test_another_backend_does_not_take_it(tmp_path: Path) -> None:
    found, _ = said(tmp_path, PLATFORM + 'backend: "onnxruntime"\n', "model.onnx")
    assert found[0] == "backend 'onnxruntime' and platform 'torch_aoti' do not belong together"
