"""A model repository made from the `models:` of a manifest."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from reconciler.core.model.artifact import Inline, LocalFile, Remote
from reconciler.core.model.configuration import Json
from reconciler.core.model.findings import Finding, Location
from reconciler.triton.declared_files import DeclaredVersion, RemoteFile
from reconciler.triton.declared_models import DeclaredModel, layout_of_models
from reconciler.triton.repository_layout import Layout, LayoutFile
from tests.support.model_contents import ONNX, PYTHON, TORCH

WHERE = Location("manifests/vision.yaml", 7, 5)
TENSORS: dict[str, Json] = {
    "input": [{"name": "in", "data_type": "TYPE_FP32", "dims": [3, 224, 224]}],
    "output": [{"name": "out", "data_type": "TYPE_FP32", "dims": [1000]}],
}


def model(
    content: Path | RemoteFile,
    backend: str | None = None,
    config: Path | Mapping[str, Json] | None = None,
    name: str = "net",
    numbers: tuple[int, ...] = (1,),
) -> DeclaredModel:
    versions = tuple(DeclaredVersion(number, content, WHERE) for number in numbers)
    return DeclaredModel(name, backend, config, versions, WHERE)


def laid_out(*models: DeclaredModel) -> Layout:
    layout, problems = layout_of_models(models)
    assert problems == []
    assert layout is not None
    return layout


def only_problem(*models: DeclaredModel) -> Finding:
    layout, problems = layout_of_models(models)
    assert layout is None
    assert len(problems) == 1, problems
    return problems[0]


CONTENTS = {".onnx": ONNX, ".py": PYTHON, ".pt": TORCH}


def file(tmp_path: Path, name: str, content: str | bytes | None = None) -> Path:
    """Without a content it has the smallest that a server takes under such a name."""
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    content = CONTENTS.get(path.suffix, "x") if content is None else content
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("backend", "name", "config"),
    [
        ("onnxruntime", "model.onnx", None),
        ("python", "model.py", None),
        ("openvino", "model.xml", None),
        ("tensorrt", "model.plan", None),
        ("pytorch", "model.pt", TENSORS),
        ("pytorch_libtorch", "model.pt", TENSORS),
        ("tensorflow", "model.graphdef", TENSORS),
        ("my_backend", "weights.bin", TENSORS),
        ("onnxruntime", "net.onnx", {"default_model_filename": "net.onnx"}),
    ],
)
def test_a_file_goes_where_its_backend_looks(
    tmp_path: Path, backend: str, name: str, config: Mapping[str, Json] | None
) -> None:
    source = file(tmp_path, "weights.bin", CONTENTS.get(Path(name).suffix))
    layout = laid_out(model(source, backend, config, numbers=(1, 3)))
    content = {entry.path: entry.source for entry in layout.files if entry.path != "net/config.pbtxt"}
    assert content == {f"net/{number}/{name}": LocalFile(str(source)) for number in (1, 3)}
    assert layout.versions == {("net", 3)}


def test_without_a_backend_a_file_keeps_its_name(tmp_path: Path) -> None:
    assert [one.path for one in laid_out(model(file(tmp_path, "model.onnx"))).files] == ["net/1/model.onnx"]


def test_a_folder_is_taken_whole(tmp_path: Path) -> None:
    file(tmp_path, "v/model.py")
    file(tmp_path, "v/deep/tokens.json")
    (tmp_path / "v/empty").mkdir()
    found = [one.path for one in laid_out(model(tmp_path / "v", "python")).files]
    assert found == ["net/1/deep/tokens.json", "net/1/empty/", "net/1/model.py"]


def test_a_remote_file_is_named_by_its_digest_and_not_fetched() -> None:
    remote = RemoteFile("https://models.example.com/x/net.onnx?sig=1", "AB" * 32)
    found = laid_out(model(remote, "onnxruntime")).files
    assert found == (LayoutFile("net/1/model.onnx", Remote(remote.url), "ab" * 32),)


def test_a_given_configuration_is_taken_byte_for_byte(tmp_path: Path) -> None:
    tensor = '[ { name: "a", data_type: TYPE_FP32, dims: 1 } ]'
    text = f'# mine\nplatform: "pytorch_libtorch"\ninput {tensor}\noutput {tensor}'
    config = file(tmp_path, "config.pbtxt", text)
    layout = laid_out(model(file(tmp_path, "resnet.pt"), "pytorch", config))
    assert layout.files[-1] == LayoutFile("net/config.pbtxt", LocalFile(str(config)))


def test_fields_are_written_as_the_server_reads_them(tmp_path: Path) -> None:
    layout = laid_out(
        model(
            file(tmp_path, "resnet.pt"),
            "pytorch",
            {
                **TENSORS,
                "max_batch_size": 1,
                "instance_group": [{"kind": "KIND_CPU", "count": 1}],
                "version_policy": {"all": {}},
                "parameters": {"FLAG": {"string_value": "on"}},
            },
            numbers=(1, 2),
        )
    )
    source = layout.files[-1].source
    assert isinstance(source, Inline)
    assert source.text.startswith(
        'name: "net"\nversion_policy {\n  all {\n  }\n}\nmax_batch_size: 1\ninput {'
    )
    assert 'backend: "pytorch"' in source.text
    assert layout.versions == {("net", 1), ("net", 2)}


def test_the_least_configuration_where_triton_cannot_pick_the_backend(tmp_path: Path) -> None:
    source = laid_out(model(file(tmp_path, "model.bin"), "my_backend")).files[-1].source
    assert source == Inline('name: "net"\nbackend: "my_backend"\n')


@pytest.mark.parametrize(
    ("config", "what", "advice"),
    [
        ({"max_batch_sise": 1}, "config: unknown field max_batch_sise", "Did you mean 'max_batch_size'?"),
        ({"input": [{"nam": "a"}]}, "config: unknown field input.nam", "Did you mean 'name'?"),
        (
            {"input": [{"data_type": "TYPE_FP3"}]},
            "config: input.data_type cannot be TYPE_FP3",
            "Did you mean 'TYPE_FP32'?",
        ),
        ({"parameters": {"A": {"string": "x"}}}, "config: unknown field parameters.A.string", "string_value"),
        ({"max_batch_size": "many"}, "max_batch_size", ""),
        ({"input": "x"}, "input", ""),
        ({"name": "other"}, "named 'other', the model 'net'", "same name"),
        (
            {"backend": "python"},
            "has backend 'onnxruntime', and its configuration 'python'",
            "Give both the same",
        ),
    ],
)
def test_fields_that_are_wrong(tmp_path: Path, config: Mapping[str, Json], what: str, advice: str) -> None:
    problem = only_problem(model(file(tmp_path, "model.onnx"), "onnxruntime", config))
    assert problem.where == WHERE
    assert what in problem.what
    assert advice in problem.advice


def test_models_that_are_wrong(tmp_path: Path) -> None:
    onnx = file(tmp_path, "model.onnx")
    assert "no such file or folder" in only_problem(model(tmp_path / "gone", "onnxruntime")).what
    assert "a second model 'net'" in only_problem(model(onnx), model(onnx)).what
    assert "cannot be a version" in only_problem(model(onnx, numbers=(0,))).what
    assert "has no version" in only_problem(model(onnx, numbers=())).what
    assert (
        "Triton cannot tell its tensors" in only_problem(model(file(tmp_path, "resnet.pt"), "pytorch")).what
    )
    assert "Triton cannot tell its backend" in only_problem(model(file(tmp_path, "net.bin"))).what
    assert "'res net' cannot be a model's name" in only_problem(model(onnx, name="res net")).what
    assert "one name where case" in only_problem(model(onnx, name="net"), model(onnx, name="Net")).what
    assert "is there twice" in only_problem(model(onnx, numbers=(1, 1))).what
    assert (
        "leaves the model" in only_problem(model(onnx, "python", {"default_model_filename": "../x.py"})).what
    )
    bad = only_problem(model(onnx, config=file(tmp_path, "config.pbtxt", "name 'x'")))
    assert (bad.where.line, bad.where.column) == (1, 1)


def test_a_problem_of_one_model_does_not_hide_those_of_others(tmp_path: Path) -> None:
    layout, problems = layout_of_models(
        [model(tmp_path / "gone", name="a"), model(file(tmp_path, "b.pt"), "pytorch", name="b")]
    )
    assert layout is None
    assert len(problems) == 2
