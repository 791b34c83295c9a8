"""The other files that hold tensors of an ONNX model are found wherever the model names them."""

from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

from reconciler.core.model.artifact import LocalFile
from reconciler.triton.files.local_files import LocalFiles
from reconciler.triton.model_files.onnx_external_data import external_data
from reconciler.triton.model_files.wire_format import MOST_NESTED, NotReadable
from tests.support.onnx_models import field, identity, model, value, with_weight


def elsewhere(location: str, name: str = "w") -> TensorProto:
    tensor = TensorProto(dims=[4], data_type=TensorProto.FLOAT, name=name)
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    return tensor


def found(content: bytes, folder: Path) -> tuple[str, ...]:
    (folder / "model.onnx").write_bytes(content)
    return external_data(LocalFiles({"m": LocalFile(str(folder / "model.onnx"))}), "m")


def subgraph(tensor: TensorProto) -> onnx.GraphProto:
    return helper.make_graph([], "inner", [], [], [tensor])


def initializer(made: onnx.ModelProto) -> None:
    made.graph.initializer.append(elsewhere("here"))


def sparse_values(made: onnx.ModelProto) -> None:
    made.graph.sparse_initializer.add().values.CopyFrom(elsewhere("here"))


def sparse_places(made: onnx.ModelProto) -> None:
    made.graph.sparse_initializer.add().indices.CopyFrom(elsewhere("here"))


def constant(made: onnx.ModelProto) -> None:
    made.graph.node.append(helper.make_node("Constant", [], ["c"], value=elsewhere("here")))


def in_subgraph(made: onnx.ModelProto) -> None:
    branch = subgraph(elsewhere("here"))
    made.graph.node.append(helper.make_node("If", ["x"], ["c"], then_branch=branch, else_branch=branch))


def in_function(made: onnx.ModelProto) -> None:
    node = helper.make_node("Constant", [], ["c"], value=elsewhere("here"))
    made.functions.add(name="f", domain="d").node.append(node)


@pytest.mark.parametrize(
    "put", [initializer, sparse_values, sparse_places, constant, in_subgraph, in_function]
)
def test_wherever_it_is_named(put: Callable[[onnx.ModelProto], None], tmp_path: Path) -> None:
    made = identity(["n", 3])
    put(made)
    made.graph.initializer.extend([elsewhere("z", "v"), elsewhere("../a", "u")])
    assert found(made.SerializeToString(), tmp_path) == ("../a", "here", "z")


def test_as_the_package_saves_it(tmp_path: Path) -> None:
    large = helper.make_tensor("large", TensorProto.UINT8, [16], bytes(16), raw=True)
    made = with_weight(listed=False, weights=[large])
    path = tmp_path / "model.onnx"
    onnx.save_model(made, path, save_as_external_data=True, location="weights", size_threshold=0)
    assert found(path.read_bytes(), tmp_path) == ("weights",)


def test_not_what_is_in_the_file_itself(tmp_path: Path) -> None:
    kept = elsewhere("not-there")
    kept.data_location = TensorProto.DEFAULT
    made = model([], [value("x", ["n"])], [], [kept])
    assert found(made.SerializeToString(), tmp_path) == ()


def test_a_tensor_without_a_location_names_no_file(tmp_path: Path) -> None:
    made = model([], [value("x", ["n"])], [], [TensorProto(name="w", data_location=TensorProto.EXTERNAL)])
    assert found(made.SerializeToString(), tmp_path) == ()


def test_what_is_no_model_is_not_readable(tmp_path: Path) -> None:
    nested = b""
    for _ in range(MOST_NESTED):  # a graph in an attribute of a node of a graph …
        for number in (6, 5, 1):
            nested = field(number, len(nested)) + nested
    for content in (b"<html>", identity(["n"]).SerializeToString()[:-3], field(7, len(nested)) + nested):
        with pytest.raises(NotReadable):
            found(content, tmp_path)


def test_an_absent_file_is_the_callers(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        external_data(LocalFiles({"m": LocalFile(str(tmp_path / "absent"))}), "m")
