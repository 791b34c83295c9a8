"""What of an ONNX file not every release of Triton loads is among what the model needs."""

from pathlib import Path

import pytest
from onnx import TensorProto, helper

from reconciler.core.model.findings import Location
from reconciler.core.model.images.image import ImageNeeds
from reconciler.core.planning.images.fit import missing
from reconciler.triton.repository_folder import layout_of_folder
from tests.support.onnx_models import identity


@pytest.mark.parametrize(
    ("opset", "ir_version", "kind", "needs"),
    [
        (17, 8, TensorProto.FLOAT, {}),
        (22, 8, TensorProto.FLOAT, {"version 22 of the operators of ONNX in 1/model.onnx": "2.56.0"}),
        (17, 11, TensorProto.FLOAT, {"version 11 of ONNX's file format in 1/model.onnx": "2.60.0"}),
        (17, 8, TensorProto.BFLOAT16, {"BF16 tensors in 1/model.onnx": "2.67.0"}),
    ],
)
def test_what_is_newer_is_needed(
    opset: int, ir_version: int, kind: int, needs: dict[str, str], tmp_path: Path
) -> None:
    made = identity(["n"], kind=kind)
    made.ir_version = ir_version
    del made.opset_import[:]
    made.opset_import.append(helper.make_opsetid("", opset))
    (tmp_path / "m/1").mkdir(parents=True)
    (tmp_path / "m/1/model.onnx").write_bytes(made.SerializeToString())
    layout, findings = layout_of_folder(tmp_path, Location("a.yaml"))
    assert (findings, layout is None) == ([], False)
    assert layout is not None
    (need,) = layout.needs
    assert dict(need.fields) == needs
    image = [ImageNeeds(need.name, need.backend, need.agents, need.fields)]
    lacks = [lack.what for lack in missing(image, "2.51.0", None, None)]
    assert lacks == [f"'m' has {what}, which Triton knows from {since} on" for what, since in needs.items()]
    assert list(missing(image, "2.67.0", None, None)) == []
