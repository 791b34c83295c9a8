"""Which backend runs a model: by its configuration, by the names of its files, and by its own name."""

from collections.abc import Mapping

from tests.corpus.case import PYTHON_MODEL, Case, one_model
from tests.support.onnx_models import identity

IO = """input [ { name: "x" data_type: TYPE_FP32 dims: [ 1 ] } ]
output [ { name: "y" data_type: TYPE_FP32 dims: [ 1 ] } ]
"""
NET = identity((1,)).SerializeToString()


def python(name: str, config: str) -> Case:
    """A Python model with these fields."""
    return one_model(f"backend_{name}", f"{config}\n{IO}")


def onnx(name: str, config: str | None, file: str = "model.onnx") -> Case:
    """An ONNX model in this file."""
    return one_model(f"backend_{name}", config, {f"1/{file}": NET})


def of(name: str, config: str | None, files: Mapping[str, str | bytes]) -> Case:
    """A model with these files."""
    return one_model(f"backend_{name}", config, files)


def named(name: str, config: str | None, files: Mapping[str, str | bytes]) -> Case:
    """A model with exactly this name."""
    return one_model(name, config, files)


PY = {"1/model.py": PYTHON_MODEL}

CASES = (
    # By the configuration.
    python("python", 'backend: "python"'),
    python("none_but_file", ""),
    python("python_capital", 'backend: "Python"'),
    python("platform_python", 'platform: "python"'),
    python("platform_python_too", 'backend: "python" platform: "python"'),
    python("platform_of_another", 'backend: "python" platform: "pytorch_libtorch"'),
    python("platform_unknown", 'platform: "my_platform"'),
    python("platform_unknown_with_backend", 'backend: "python" platform: "my_platform"'),
    python("platform_ensemble_with_backend", 'backend: "python" platform: "ensemble"'),
    python("platform_of_onnx", 'platform: "onnxruntime_onnx"'),
    python("unknown", 'backend: "identity_of_mine"'),
    python("ensemble_as_backend", 'backend: "ensemble"'),
    python("file_named_alone", 'default_model_filename: "model.py"'),
    python("file_of_another_named", 'default_model_filename: "net.bin"'),
    of("file_renamed", f'backend: "python" default_model_filename: "m.py"\n{IO}', {"1/m.py": PYTHON_MODEL}),
    of("file_of_other_ending", f'backend: "python" default_model_filename: "m"\n{IO}', {"1/m": PYTHON_MODEL}),
    python("a_path", 'backend: "../python"'),
    python("blank", 'backend: "python "'),
    python("platform_python_and_file", 'platform: "python" default_model_filename: "model.py"'),
    onnx("onnxruntime", 'backend: "onnxruntime"'),
    onnx("onnx_as_backend", 'backend: "onnx"'),
    onnx("onnx_capital", 'backend: "ONNXRuntime"'),
    onnx("platform_as_backend", 'backend: "onnxruntime_onnx"'),
    onnx("backend_as_platform", 'platform: "onnxruntime"'),
    onnx("both_of_onnx", 'backend: "onnxruntime" platform: "onnxruntime_onnx"'),
    onnx("onnx_with_unknown_platform", 'backend: "onnxruntime" platform: "onnx"'),
    onnx("onnx_with_platform_of_torch", 'backend: "onnxruntime" platform: "pytorch_libtorch"'),
    onnx("onnx_platform_capital", 'platform: "ONNXRuntime_onnx"'),
    onnx("onnx_renamed", 'backend: "onnxruntime" default_model_filename: "net.onnx"', "net.onnx"),
    onnx("onnx_renamed_and_not_said", 'backend: "onnxruntime"', "net.onnx"),
    onnx("onnx_by_platform", 'platform: "onnxruntime_onnx" default_model_filename: "n.onnx"', "n.onnx"),
    onnx("onnx_renamed_without_backend", 'default_model_filename: "net.onnx"', "net.onnx"),
    onnx("onnx_in_a_folder", 'backend: "onnxruntime" default_model_filename: "n/m.onnx"', "n/m.onnx"),
    onnx("onnx_as_a_folder", 'backend: "onnxruntime"', "model.onnx/model.onnx"),
    onnx("onnx_as_a_folder_of_another_name", 'backend: "onnxruntime"', "model.onnx/net.onnx"),
    of("torch_as_backend", f'backend: "torch"\n{IO}', {"1/model.pt": b"x"}),
    of("libtorch_as_backend", f'backend: "libtorch"\n{IO}', {"1/model.pt": b"x"}),
    of("torch_platform_as_backend", f'backend: "pytorch_libtorch"\n{IO}', {"1/model.pt": b"x"}),
    of("torch_without_file", f'backend: "pytorch"\n{IO}', {"1/net.pt": b"x"}),
    of("tensorflow_without_format", f'backend: "tensorflow"\n{IO}', {"1/net.pb": b"x"}),
    of("tensorrt_with_other_platform", f'backend: "tensorrt" platform: "onnxruntime_onnx"\n{IO}', PY),
    # By the files.
    onnx("files_onnx", None),
    onnx("files_onnx_as_folder", None, "model.onnx/model.onnx"),
    of("files_onnx_and_python", IO, {"1/model.onnx": NET, "1/model.py": PYTHON_MODEL}),
    of("files_folder_of_torch_and_python", IO, {"1/model.pt/x": b"x", "1/model.py": PYTHON_MODEL}),
    of("files_empty_first_version", IO, {"1/": "", "2/model.py": PYTHON_MODEL}),
    of("files_only_in_first_version", None, {"1/model.onnx": NET, "2/notes.txt": "x"}),
    of("files_by_order_of_letters", IO, {"10/model.py": PYTHON_MODEL, "9/model.onnx": NET}),
    of("files_unknown", IO, {"1/net.bin": "x"}),
    of("files_capital", IO, {"1/MODEL.PY": PYTHON_MODEL}),
    of("files_unknown_and_bare", None, {"1/net.bin": "x"}),
    of("files_torch_and_bare", None, {"1/model.pt": b"x"}),
    # By the name.
    named("backend_by_name.python", IO, PY),
    named("backend_by_name.mine", IO, {"1/net.bin": "x"}),
    named("backend_by_name.onnx", None, {"1/model.onnx": NET}),
    named("backend_by_name_of.python", IO, {"1/model.python": PYTHON_MODEL}),
    named("backend_by_name_of.onnxruntime", None, {"1/model.onnxruntime": NET}),
)
