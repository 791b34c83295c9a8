"""A model repository in a folder: its layout, and what is refused."""

from pathlib import Path

import pytest

from reconciler.core.model.artifact import Folder
from reconciler.core.model.findings import Finding, Location, Severity
from reconciler.triton.repository_folder import layout_of_folder
from reconciler.triton.repository_layout import Layout
from tests.support.model_contents import ONNX, PYTHON, TORCH

MANIFEST = Location("manifests/falcon.yaml", 9, 20)
TENSORS = """
input [ { name: "text", data_type: TYPE_STRING, dims: [ -1 ] } ]
output [ { name: "answer", data_type: TYPE_STRING, dims: [ -1 ] } ]
"""
ENSEMBLE = """
platform: "ensemble"
TENSORSensemble_scheduling {
  step [ { model_name: "STEP" model_version: NUMBER
           input_map { key: "text" value: "text" } output_map { key: "answer" value: "answer" } } ]
}
""".replace("TENSORS", TENSORS)
SERVES_ALL = "version_policy { all { } }"


def write(root: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def laid_out(root: Path) -> Layout:
    layout, problems = layout_of_folder(root, MANIFEST)
    assert problems == []
    assert layout is not None
    return layout


def refused(root: Path) -> list[Finding]:
    layout, problems = layout_of_folder(root, MANIFEST)
    assert layout is None
    assert problems
    return problems


def only_problem(root: Path) -> Finding:
    problems = refused(root)
    assert len(problems) == 1, problems
    return problems[0]


def test_a_repository_with_an_ensemble_is_taken_as_it_lies(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "ensemble/config.pbtxt": ENSEMBLE.replace("STEP", "generate").replace("NUMBER", "-1"),
            "ensemble/1/.gitkeep": "",
            "generate/config.pbtxt": f'backend: "python" {TENSORS}',
            "generate/1/model.py": PYTHON,
            "generate/1/weights/a.bin": "a",
            "generate/2/model.py": PYTHON,
            "generate/2/__pycache__/model.cpython-311.pyc": "x",
            "generate/configs/notes.txt": "kept",
            ".gitignore": "*",
            ".DS_Store": "x",
        },
    )
    layout = laid_out(tmp_path)
    assert [file.path for file in layout.files] == [
        "ensemble/1/",
        "ensemble/config.pbtxt",
        "generate/1/model.py",
        "generate/1/weights/a.bin",
        "generate/2/model.py",
        "generate/config.pbtxt",
        "generate/configs/notes.txt",
    ]
    assert layout.files[0].source == Folder()
    assert layout.versions == {("ensemble", 1), ("generate", 2)}


def test_a_model_without_configuration_that_triton_completes(tmp_path: Path) -> None:
    assert laid_out(write(tmp_path, {"densenet/3/model.onnx": ONNX})).versions == {("densenet", 3)}


@pytest.mark.parametrize(
    ("files", "place", "what"),
    [
        ({"a/1/model.onnx": ONNX, "a/v2/model.onnx": ONNX}, "a/v2", "'v2' is not a version"),
        ({"a/1/model.onnx": ONNX, "a/02/model.onnx": ONNX}, "a/02", "'02' is not a version"),
        (
            {"a/1/model.onnx": ONNX, "a/2-old/model.onnx": ONNX},
            "a/2-old",
            "Triton takes '2-old' for version 2",
        ),
        ({"a/1/model.onnx": ONNX, "a/0/model.onnx": ONNX}, "a/0", "'0' is not a version"),
        ({"a/one/model.onnx": ONNX}, "a", "'a' has no version"),
        ({"a/1/model.pt": TORCH}, "a", "Triton cannot tell its tensors"),
        ({"a/1/weights.bin": "x"}, "a", "Triton cannot tell its backend"),
        ({"a b/1/model.onnx": ONNX}, "a b", "'a b' cannot be a model's name"),
        ({"a/1/model.onnx": ONNX, "a/1/x\ny": "x"}, "a/1/x\ny", "control characters"),
        ({"a/1/model.onnx": ONNX, "a/1/x\\y": "x"}, "a/1/x\\y", "backslashes"),
        (
            {"a/1/model.onnx": ONNX, "a/1/Model.ONNX": "x"},
            "a/1/model.onnx",
            "one name where case does not count",
        ),
        ({"a/1/model.onnx": "version https://git-lfs.github.com/spec/v1\noid"}, "a/1/model.onnx", "Git LFS"),
        (
            {"a/config.pbtxt": 'name: "b"', "a/1/model.onnx": ONNX},
            "a/config.pbtxt",
            "named 'b', the model 'a'",
        ),
        ({"a/config.pbtxt": "", "a/1/net.bin": "x"}, "a/config.pbtxt", "nothing says which backend"),
        (
            {"a/config.pbtxt": 'backend: "pytorch"', "a/1/net.pth": "x"},
            "a/1",
            "does not hold model.pt",
        ),
        ({"a/config.pbtxt": b"\xff", "a/1/model.onnx": ONNX}, "a/config.pbtxt", "not UTF-8"),
        (
            {"a/config.pbtxt": "#" * 2**21, "a/1/model.onnx": ONNX},
            "a/config.pbtxt",
            "larger than 1048576 bytes",
        ),
        (
            {"a/config.pbtxt": "version_policy { specific { versions: [1, 7] } }", "a/1/model.onnx": ONNX},
            "a/config.pbtxt",
            "version_policy names version 7",
        ),
        (
            {"a/config.pbtxt": "version_policy { latest { } }", "a/1/model.onnx": ONNX},
            "a/config.pbtxt",
            "serves no version of 'a'",
        ),
        (
            {"e/config.pbtxt": ENSEMBLE.replace("STEP", "gone").replace("NUMBER", "-1"), "e/1/.gitkeep": ""},
            "e/config.pbtxt",
            "'gone', which is not a model here",
        ),
        (
            {
                "e/config.pbtxt": ENSEMBLE.replace("STEP", "a").replace("NUMBER", "1"),
                "e/1/.gitkeep": "",
                "a/config.pbtxt": f'backend: "python" {TENSORS}',
                "a/1/model.py": PYTHON,
                "a/2/model.py": PYTHON,
            },
            "e/config.pbtxt",
            "version 1 of 'a', not served",
        ),
        (
            {"a/config.pbtxt": SERVES_ALL, "a/1/model.onnx": ONNX, "a/2/readme.txt": "x"},
            "a/2",
            "version 2 of 'a' does not hold model.onnx",
        ),
        (
            {"a/config.pbtxt": f'backend: "python" {SERVES_ALL}', "a/1/m.bin": "x", "a/2/model.py": PYTHON},
            "a/1",
            "version 1 of 'a' does not hold model.py",
        ),
        ({"a/1/model.onnx": ONNX, "a/2/readme.txt": "x"}, "a/2", "version 2 of 'a' does not hold model.onnx"),
        (
            {
                "a/config.pbtxt": 'backend: "onnxruntime" default_model_filename: "net.onnx"',
                "a/1/net.onnx": "x",
                "a/2/model.onnx": ONNX,
            },
            "a/2",
            "version 2 of 'a' does not hold net.onnx",
        ),
        (
            {"e/config.pbtxt": ENSEMBLE.replace("STEP", "e").replace("NUMBER", "-1"), "e/1/.gitkeep": ""},
            "e/config.pbtxt",
            "the steps of 'e' lead back to it",
        ),
        (
            {
                "e/config.pbtxt": "max_batch_size: 9 "
                + ENSEMBLE.replace("STEP", "a").replace("NUMBER", "-1"),
                "e/1/.gitkeep": "",
                "a/config.pbtxt": f'backend: "python" max_batch_size: 8 {TENSORS}',
                "a/1/model.py": PYTHON,
            },
            "e/config.pbtxt",
            "'e' takes batches of 9, and its step 'a' of 8 at most",
        ),
    ],
)
def test_one_problem_with_its_place(
    tmp_path: Path, files: dict[str, str | bytes], place: str, what: str
) -> None:
    problem = only_problem(write(tmp_path, files))
    assert problem.where.path == str(tmp_path / place)
    assert what in problem.what
    assert problem.advice


@pytest.mark.parametrize(
    "files",
    [
        {
            "a/config.pbtxt": "version_policy { specific { versions: [1] } }",
            "a/1/model.onnx": ONNX,
            "a/2/x.txt": "",
        },
        {"a/config.pbtxt": 'backend: "onnxruntime" default_model_filename: "n/m.onnx"', "a/1/n/m.onnx": ONNX},
        {"a/config.pbtxt": 'backend: "onnxruntime" default_model_filename: "./m.onnx"', "a/1/m.onnx": ONNX},
        {
            "a/config.pbtxt": f'backend: "pytorch" runtime: "model.py" {SERVES_ALL}',
            "a/1/model.pt": TORCH,
            "a/2/model.py": PYTHON,
        },
        {"a/config.pbtxt": 'platform: "tensorflow_savedmodel"', "a/1/model.savedmodel/saved_model.pb": "x"},
        {"a/config.pbtxt": "", "a/1/model.onnx/model.onnx": ONNX, "a/1/model.onnx/weights": "x"},
        {"a/config.pbtxt": 'backend: "of_our_own" default_model_filename: "shared"', "a/1/x.bin": "x"},
    ],
)
def test_only_what_is_served_needs_the_file_that_its_backend_loads(
    tmp_path: Path, files: dict[str, str | bytes]
) -> None:
    assert laid_out(write(tmp_path, files)).versions


@pytest.mark.parametrize(("whole", "step"), [(8, 8), (4, 8), (0, 8), (8, 0)])
def test_the_batches_of_an_ensemble_fit_its_steps(tmp_path: Path, whole: int, step: int) -> None:
    config = ENSEMBLE.replace("STEP", "a").replace("NUMBER", "-1")
    files: dict[str, str | bytes] = {
        "e/config.pbtxt": f"max_batch_size: {whole} {config}",
        "e/1/.gitkeep": "",
        "a/config.pbtxt": f'backend: "python" max_batch_size: {step} {TENSORS}',
        "a/1/model.py": PYTHON,
    }
    layout, problems = layout_of_folder(write(tmp_path, files), MANIFEST)
    assert layout is not None
    assert [problem.severity for problem in problems] == [Severity.WARNING] * (not step)


def test_ensembles_that_call_each_other_in_a_circle(tmp_path: Path) -> None:
    steps = {"a": "b", "b": "c", "c": "b"}
    for name, step in steps.items():
        config = ENSEMBLE.replace("STEP", step).replace("NUMBER", "-1")
        write(tmp_path, {f"{name}/config.pbtxt": config, f"{name}/1/.gitkeep": ""})
    problems = refused(tmp_path)
    assert [Path(problem.where.path).parent.name for problem in problems] == ["b", "c"]


def test_a_configuration_that_triton_cannot_parse(tmp_path: Path) -> None:
    write(tmp_path, {"a/config.pbtxt": 'name: "a"\nmax_batch_sise: 8\n', "a/1/model.onnx": ONNX})
    problem = only_problem(tmp_path)
    assert problem.where == Location(str(tmp_path / "a/config.pbtxt"), 2, 1)
    assert problem.what == "unknown field max_batch_sise"
    assert problem.advice == "Did you mean 'max_batch_size'?"


@pytest.mark.parametrize(
    ("files", "place", "what"),
    [
        ({"README.md": "x"}, "README.md", "a file beside the models"),
        ({"a/1-old/model.onnx": ONNX}, "a/1-old", "'1-old' is not served"),
        ({"a/2": "x"}, "a/2", "'2' is a file, and no version"),
        ({"a/config.pbtxt": "", "a/1/config.pbtxt": ""}, "a/1/config.pbtxt", "is not read"),
    ],
)
def test_what_triton_ignores_is_a_note(tmp_path: Path, files: dict[str, str], place: str, what: str) -> None:
    write(tmp_path, {"a/1/model.onnx": ONNX, **files})
    layout, (note,) = layout_of_folder(tmp_path, MANIFEST)
    assert layout is not None
    assert layout.versions == {("a", 1)}
    assert all(file.path.startswith("a/") for file in layout.files)
    assert (note.where.path, note.severity) == (str(tmp_path / place), Severity.WARNING)
    assert what in note.what


@pytest.mark.parametrize(
    ("files", "where", "advice"),
    [
        (["models/a/config.pbtxt", "models/a/1/model.py"], "models", "name the folder models instead"),
        (["x/y/a/config.pbtxt", "x/y/a/1/model.py"], "x", "name the folder x/y instead"),
        (["x/a/1/model.onnx"], "x", "name the folder x instead"),
        (["config.pbtxt", "1/model.onnx", "2/model.onnx"], "", "name the folder above it"),
        (["a/model.onnx"], "a", "Add a folder a/1"),
        (["docs/readme.txt"], "docs", "move this one away"),
        (["__MACOSX/a/._x"], "__MACOSX", "remove it"),
        ([".ipynb_checkpoints/x"], ".ipynb_checkpoints", "remove it"),
        (["a/v1/model.onnx"], "a/v1", "rename it"),
        (["a/1/net/model.onnx", "a/config.pbtxt"], "a/1", "It is in the folder 1/net: move it up"),
        (["a/1/net.onnx", "a/config.pbtxt"], "a/1", "Rename net.onnx"),
        (["a/1/", "a/config.pbtxt"], "a/1", "The folder is empty"),
        (["a/1/model.onnx", "a/Config.pbtxt"], "a/Config.pbtxt", "Rename it to config.pbtxt"),
        (["a/1/model.onnx", "a/1/config.pbtxt"], "a/1/config.pbtxt", "Move it to a/config.pbtxt"),
        (["a/1/model.onnx", "a/config.pbtxt/x"], "a/config.pbtxt", "Rename it"),
        (["a/0x/x", "a/1/model.onnx", "a/.x/y"], "a", "Triton looks into the folder '.x' alone"),
    ],
)
def test_one_remedy_that_fits(tmp_path: Path, files: list[str], where: str, advice: str) -> None:
    for path in files:
        if path.endswith("/"):
            (tmp_path / path).mkdir(parents=True)
        else:
            write(tmp_path, {path: 'backend: "onnxruntime"' if path.endswith("config.pbtxt") else ONNX})
    layout, found = layout_of_folder(tmp_path, MANIFEST)
    assert layout is None
    (error,) = (finding for finding in found if finding.severity is Severity.ERROR)
    assert error.where.path in {str(tmp_path / where), MANIFEST.path}
    assert advice in error.advice


def test_every_problem_is_found_at_once(tmp_path: Path) -> None:
    write(tmp_path, {"x.txt": "x", "a/one/model.onnx": ONNX, "b/config.pbtxt": "{", "b/1/model.onnx": ONNX})
    assert len(refused(tmp_path)) == 3  # one of them is a note


def test_places_are_whole_paths(tmp_path: Path) -> None:
    write(tmp_path, {"models/a/one/model.onnx": ONNX})
    assert only_problem(tmp_path / "models").where.path == str(tmp_path / "models/a")


def test_a_missing_or_empty_folder(tmp_path: Path) -> None:
    assert only_problem(tmp_path / "gone").where == MANIFEST
    assert "holds no model" in only_problem(tmp_path).what


def test_links_inside_are_followed_and_links_that_leave_are_refused(tmp_path: Path) -> None:
    secret = write(tmp_path, {"secret": "s", "r/a/1/model.onnx": ONNX, "r/a/2/.gitkeep": ""}) / "secret"
    link = tmp_path / "r/a/2/model.onnx"
    link.symlink_to("../1/model.onnx")
    assert [file.path for file in laid_out(tmp_path / "r").files] == ["a/1/model.onnx", "a/2/model.onnx"]
    link.unlink()
    link.symlink_to(secret)
    assert "a link that leaves" in only_problem(tmp_path / "r").what
    link.unlink()
    link.symlink_to("nowhere")
    assert "leads nowhere" in only_problem(tmp_path / "r").what
    link.unlink()
    link.symlink_to("..")
    assert "a link to a folder that it is in" in only_problem(tmp_path / "r").what
    link.unlink()
    link.symlink_to("../1/model.onnx")
    (tmp_path / "r/b").symlink_to(tmp_path, target_is_directory=True)
    assert "a link that leaves" in only_problem(tmp_path / "r").what


STEPS = """max_batch_size: 0
input { name: "x" data_type: TYPE_FP32 dims: 3 }
output { name: "y" data_type: TYPE_FP32 dims: 3 }
ensemble_scheduling {
  step {
    model_name: "m" model_version: -1
    input_map { key: "x" value: "x" }
    output_map { key: "y" value: "y" }
  }
}
"""


def of_ensemble(root: Path, config: str) -> list[Finding]:
    """What is said of the model `e`."""
    (root / "e").mkdir(parents=True, exist_ok=True)
    (root / "e" / "config.pbtxt").write_text(config)
    findings = layout_of_folder(root, Location("manifest.yaml", 1, 1))[1]
    return [
        found
        for found in findings
        if found.where.path.startswith(str(root / "e")) and "'m'" not in found.what
    ]


def test_an_ensemble_without_a_version_needs_no_model_file(tmp_path: Path) -> None:
    (found,) = of_ensemble(tmp_path, 'platform: "ensemble"\n' + STEPS)
    assert found.what == "'e' has no version: no folder named by a number"
    assert found.advice == (
        "Add a folder e/1 with any file in it, such as .gitkeep: git keeps no empty folder."
    )


def test_an_ensemble_that_does_not_say_so_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "e" / "1").mkdir(parents=True)
    (tmp_path / "e" / "1" / ".gitkeep").write_text("")
    (found,) = of_ensemble(tmp_path, STEPS)
    assert "does not say that its platform is an ensemble" in found.what


@pytest.mark.parametrize("inside", ["", "1/model.onnx"])
def test_what_is_said_of_the_whole_folder_names_no_place_on_this_machine(tmp_path: Path, inside: str) -> None:
    repository = tmp_path / "models"
    (repository / inside).parent.mkdir(parents=True, exist_ok=True)
    if inside:
        (repository / inside).write_bytes(b"x")
    _, findings = layout_of_folder(repository, Location("manifest.yaml", 1, 1))
    assert [str(tmp_path) in found.what for found in findings] == [False]
