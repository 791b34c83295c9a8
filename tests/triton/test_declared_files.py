"""What else lies in the folder of a declared model: its `files`, and what comes along by itself."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from reconciler.core.model.artifact import LocalFile, Remote
from reconciler.core.model.findings import Finding, Location
from reconciler.triton.declared_files import DeclaredFile, DeclaredVersion, RemoteFile
from reconciler.triton.declared_models import DeclaredModel, layout_of_models
from reconciler.triton.repository_layout import Layout
from tests.support.external_data import write_model

WHERE = Location("manifests/vision.yaml", 7, 5)
BESIDE = Location("manifests/vision.yaml", 9, 20)
THREE_NUMBERS = "x" * 12


def file(path: Path, text: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def model(
    version: Path | RemoteFile,
    files: Sequence[tuple[str, Path | RemoteFile]] = (),
    numbers: Sequence[int] = (1,),
) -> DeclaredModel:
    return DeclaredModel(
        "net",
        "onnxruntime",
        None,
        tuple(DeclaredVersion(number, version, WHERE) for number in numbers),
        WHERE,
        tuple(DeclaredFile(path, content, BESIDE) for path, content in files),
    )


def laid_out(declared: DeclaredModel) -> Layout:
    layout, problems = layout_of_models([declared])
    assert problems == []
    assert layout is not None
    return layout


def problems(declared: DeclaredModel) -> list[Finding]:
    layout, found = layout_of_models([declared])
    assert layout is None
    return found


def only_problem(declared: DeclaredModel) -> Finding:
    found = problems(declared)
    assert len(found) == 1, found
    return found[0]


def paths(layout: Layout) -> list[str]:
    return [one.path for one in layout.files]


@pytest.fixture
def onnx(tmp_path: Path) -> Path:
    return write_model(tmp_path / "models/net.onnx")


def test_files_and_folders_go_where_they_are_told_to(tmp_path: Path, onnx: Path) -> None:
    labels = file(tmp_path / "labels.txt")
    file(tmp_path / "warm/raw_data")
    (tmp_path / "warm/empty").mkdir()
    remote = RemoteFile("https://models.example.com/env.tar.gz", "AB" * 32)
    declared = model(
        onnx,
        [
            ("labels.txt", labels),
            ("warmup", tmp_path / "warm"),
            ("1/vocab.txt", labels),
            ("env.tar.gz", remote),
        ],
    )
    layout = laid_out(declared)
    assert paths(layout) == [
        "net/1/model.onnx",
        "net/labels.txt",
        "net/warmup/empty/",
        "net/warmup/raw_data",
        "net/1/vocab.txt",
        "net/env.tar.gz",
    ]
    assert layout.files[1].source == LocalFile(str(labels))
    assert (layout.files[-1].source, layout.files[-1].sha256) == (Remote(remote.url), "ab" * 32)
    assert layout.versions == {("net", 1)}


def test_another_configuration_counts_like_that_of_a_folder(tmp_path: Path, onnx: Path) -> None:
    every = file(tmp_path / "every.pbtxt", "version_policy { all { } }")
    [folder] = laid_out(model(onnx, [("configs/every.pbtxt", every)], numbers=(1, 2))).folders
    assert [path for path, _ in folder.configurations] == ["", "configs/every.pbtxt"]
    wrong = file(tmp_path / "wrong.pbtxt", "max_batch_sise: 1")
    problem = only_problem(model(onnx, [("configs/wrong.pbtxt", wrong)]))
    assert problem.where == Location(str(wrong), 1, 1)
    remote = RemoteFile("https://models.example.com/x.pbtxt", "ab" * 32)
    assert "is not on this machine" in only_problem(model(onnx, [("configs/x.pbtxt", remote)])).what


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("../labels.txt", "leaves the model repository"),
        ("a/../b", "leaves the model repository"),
        ("./b", "leaves the model repository"),
        ("/etc/labels.txt", "leaves the model repository"),
        ("a\\b", "backslashes"),
        ("a\nb", "control characters"),
        ("a//b", "a name in it is empty"),
        ("a/", "a name in it is empty"),
        ("", "a name in it is empty"),
        ("x" * 300, "longer than 255"),
        ("config.pbtxt", "is the configuration itself"),
        ("Config.pbtxt", "is the configuration itself"),
        ("1", "would be a version"),
        ("0", "would be a version"),
        ("v2", "would be a version"),
        ("2/labels.txt", "there is no version 2"),
        ("0/labels.txt", "there is no version 0"),
        (".git/config", "'.git' is ever packed"),
        ("a/.gitkeep", "'.gitkeep' is ever packed"),
        (".reconciler", "'.reconciler' is ever packed"),
        ("a/x.pyc", "'x.pyc' is ever packed"),
        ("1/model.onnx", "'1/model.onnx' is in 'net' already"),
        ("1/model.onnx/x", "'1/model.onnx/x' is in 'net' already"),
    ],
)
def test_paths_that_no_other_file_can_have(tmp_path: Path, onnx: Path, path: str, what: str) -> None:
    problem = only_problem(model(onnx, [(path, file(tmp_path / "labels.txt"))]))
    assert problem.where == BESIDE
    assert what in problem.what
    assert problem.advice


def test_no_two_of_them_are_in_each_others_way(tmp_path: Path, onnx: Path) -> None:
    labels, folder = file(tmp_path / "labels.txt"), file(tmp_path / "folder/labels.txt").parent
    assert "'a/b' is in 'net' already" in only_problem(model(onnx, [("a", labels), ("a/b", labels)])).what
    assert "'a' is in 'net' already" in only_problem(model(onnx, [("a/b", labels), ("a", labels)])).what
    assert "already" in only_problem(model(onnx, [("a", folder), ("a/labels.txt", labels)])).what
    for path in ("A", "A/b"):
        assert "one name where case" in only_problem(model(onnx, [("a", labels), (path, labels)])).what
    assert "one name where case" in only_problem(model(onnx, [("a/c", labels), ("A/b", labels)])).what
    assert paths(laid_out(model(onnx, [("a", folder), ("a/b", labels), ("1/a", folder)])))[1:] == [
        "net/a/labels.txt",
        "net/a/b",
        "net/1/a/labels.txt",
    ]


def test_what_is_missing_or_must_not_be_packed(tmp_path: Path, onnx: Path) -> None:
    assert "no such file" in only_problem(model(onnx, [("a", tmp_path / "gone")])).what
    (tmp_path / "out").mkdir()
    (tmp_path / "out/link").symlink_to("/etc/hostname")
    assert "a link that leaves" in only_problem(model(onnx, [("a", tmp_path / "out")])).what
    key = file(tmp_path / "key.pem", "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n")
    assert "a private key" in only_problem(model(onnx, [("a", key)])).what
    assert "the URL" in only_problem(model(onnx, [("a", RemoteFile("https://x:y@z/a", "ab" * 32))])).what


def test_a_version_that_is_wrong_is_not_told_twice(tmp_path: Path) -> None:
    assert "no such file" in only_problem(model(tmp_path / "gone", [("1/a", file(tmp_path / "a"))])).what


def test_the_external_data_of_a_model_file_comes_along(tmp_path: Path) -> None:
    onnx = write_model(tmp_path / "net.onnx", "net.onnx.data", "deep/w.bin", "./other.bin")
    for name in ("net.onnx.data", "deep/w.bin", "other.bin"):
        file(tmp_path / name, THREE_NUMBERS)
    layout = laid_out(model(onnx, [("1/second/net.onnx", onnx)], numbers=(1, 3)))
    content = {one.path: one.source for one in layout.files}
    for place in ("net/1", "net/3", "net/1/second"):
        assert content[f"{place}/deep/w.bin"] == LocalFile(str(tmp_path / "deep/w.bin"))
        assert content[f"{place}/net.onnx.data"] == LocalFile(str(tmp_path / "net.onnx.data"))
        assert content[f"{place}/other.bin"] == LocalFile(str(tmp_path / "other.bin"))
    assert len(content) == 12


def test_it_comes_from_beside_the_file_that_a_link_leads_to(tmp_path: Path) -> None:
    file(tmp_path / "store/w.bin", THREE_NUMBERS)
    write_model(tmp_path / "store/net.onnx", "w.bin")
    (tmp_path / "link.onnx").symlink_to("store/net.onnx")
    layout = laid_out(model(tmp_path / "link.onnx"))
    assert layout.files[1].path == "net/1/w.bin"
    assert layout.files[1].source == LocalFile(str(tmp_path / "store/w.bin"))


@pytest.mark.parametrize("location", ["../w.bin", "/etc/hostname", "a/../../w.bin", "a\\w.bin", "."])
def test_external_data_outside_of_the_folder_is_refused(tmp_path: Path, location: str) -> None:
    file(tmp_path / "w.bin")
    problem = only_problem(model(write_model(tmp_path / "in/net.onnx", location)))
    assert problem.where == WHERE
    assert "cannot come along" in problem.what
    assert repr(location) in problem.what


def test_external_data_that_a_link_fetches_from_elsewhere_is_refused(tmp_path: Path) -> None:
    file(tmp_path / "w.bin")
    onnx = write_model(tmp_path / "in/net.onnx", "w.bin")
    (tmp_path / "in/w.bin").symlink_to("../w.bin")
    assert "a link that leaves" in only_problem(model(onnx)).what


def test_missing_external_data_is_named(tmp_path: Path) -> None:
    onnx = write_model(tmp_path / "net.onnx", *(f"w{number:02}.bin" for number in range(12)))
    file(tmp_path / "w00.bin")
    problem = only_problem(model(onnx))
    assert problem.where == WHERE
    assert problem.what.startswith(
        "net.onnx keeps tensors in files that are not beside it: 'w01.bin', 'w02.bin'"
    )
    assert problem.what.endswith("'w10.bin' and 1 more")


def test_external_data_in_the_way(tmp_path: Path) -> None:
    onnx = write_model(tmp_path / "net.onnx", "model.onnx")
    file(tmp_path / "model.onnx")
    assert "gets that name itself" in only_problem(model(onnx)).what
    onnx = write_model(tmp_path / "net.onnx", "w.bin")
    data = file(tmp_path / "w.bin")
    assert "'1/w.bin' is in 'net' already" in only_problem(model(onnx, [("1/w.bin", data)])).what
