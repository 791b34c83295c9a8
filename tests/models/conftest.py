"""The made model files, and the falcon ensemble without a server.

Triton itself is replaced here by a small stand-in: it gives each `model.py` the few names of
`triton_python_backend_utils` that it uses, and carries tensors from step to step as the real config.pbtxt
files say, refusing any tensor whose type or shape they do not allow. A real server is tested elsewhere.
"""

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2
from tritonclient.utils import triton_to_np_dtype

MANIFESTS = Path(__file__).parents[2] / "manifests"
REPOSITORY = Path("falcon/model_repository")
Tensors = dict[str, npt.NDArray[Any]]


def run_make_models(scripts: Path, out: Path) -> str:
    command = [sys.executable, str(scripts / "make_models.py"), "--out", str(out)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the manifests' files and everything that make_models.py makes, by its copy in there."""
    folder = tmp_path_factory.mktemp("manifests")
    shutil.copytree(
        MANIFESTS,
        folder,
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns("*.pt", "*.onnx", "*.safetensors"),
    )
    run_make_models(folder, folder)
    return folder


@pytest.fixture(scope="session")
def manifests() -> Path:
    return MANIFESTS


@pytest.fixture(scope="session")
def make_models() -> Callable[[Path, Path], str]:
    """Run the script of one folder with another as its `--out`; the lines that it prints."""
    return run_make_models


@pytest.fixture(scope="session")
def config() -> Callable[[Path], Any]:
    """Read a model folder's config.pbtxt as the server does."""
    return read_config


@pytest.fixture(scope="session")
def reference() -> ModuleType:
    return _import(MANIFESTS / "reference.py", "reference")


def _import(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def read_config(folder: Path) -> Any:
    return text_format.Parse((folder / "config.pbtxt").read_text(), model_config_pb2.ModelConfig())


@dataclass
class Tensor:
    name: str
    value: npt.NDArray[Any]

    def as_numpy(self) -> npt.NDArray[Any]:
        return self.value


class InferenceError(RuntimeError):
    """What a client sees when a model answers with an error."""


@dataclass
class InferenceResponse:
    tensors: list[Tensor] | None = None
    error: str | None = None


def _stand_in() -> ModuleType:
    module = ModuleType("triton_python_backend_utils")
    names = {
        "Tensor": Tensor,
        "InferenceResponse": InferenceResponse,
        "TritonError": str,
        "get_input_tensor_by_name": lambda request, name: request.tensors.get(name),
    }
    module.__dict__.update(names)
    return module


def check(tensors: Tensors, declared: Any, batched: bool = True) -> None:
    """Refuse what Triton refuses: a missing tensor that is not optional, another type, another shape."""
    for field in declared:
        if field.name not in tensors:
            assert getattr(field, "optional", False), f"{field.name} is missing"
            continue
        value = tensors[field.name]
        kind = triton_to_np_dtype(
            model_config_pb2.DataType.Name(field.data_type).removeprefix("TYPE_").replace("STRING", "BYTES")
        )
        assert value.dtype == kind, f"{field.name}: {value.dtype}, not {kind}"
        dims = [1, *field.dims] if batched else list(field.dims)
        fits = len(dims) == value.ndim and all(d in (-1, n) for d, n in zip(dims, value.shape, strict=True))
        assert fits, f"{field.name}: {value.shape} does not fit {dims}"


class Model:
    def __init__(self, folder: Path) -> None:
        self.config = read_config(folder)
        module = _import(folder / "1/model.py", f"triton_{folder.name}")
        self.model = module.TritonPythonModel()
        self.model.initialize({})

    def infer(self, tensors: Tensors) -> Tensors:
        check(tensors, self.config.input)
        request = SimpleNamespace(tensors={name: Tensor(name, value) for name, value in tensors.items()})
        (response,) = self.model.execute([request])
        if response.error is not None:
            raise InferenceError(response.error)
        answer = {tensor.name: tensor.value for tensor in response.tensors}
        check(answer, self.config.output)
        return answer


class Ensemble:
    """Runs the steps of an ensemble's config.pbtxt in order; `seen` keeps the last request's tensors."""

    def __init__(self, repository: Path) -> None:
        self.config = read_config(repository / "ensemble")
        self.steps = self.config.ensemble_scheduling.step
        self.models = {step.model_name: Model(repository / step.model_name) for step in self.steps}
        self.seen: Tensors = {}

    def infer(self, tensors: Tensors) -> Tensors:
        check(tensors, self.config.input)
        self.seen = dict(tensors)
        for step in self.steps:
            given = {key: self.seen[name] for key, name in step.input_map.items() if name in self.seen}
            answer = self.models[step.model_name].infer(given)
            self.seen |= {step.output_map[key]: value for key, value in answer.items()}
        return {field.name: self.seen[field.name] for field in self.config.output}

    def __call__(self, body: dict[str, Any]) -> str:
        """Answer a body of the generate extension: every value becomes a row of one batch."""
        (text,) = self.infer(self.tensors(body))["text_output"].ravel()
        return str(text.decode())

    def tensors(self, body: dict[str, Any]) -> Tensors:
        kinds = {field.name: field.data_type for field in self.config.input}
        return {name: _row(value, kinds[name]) for name, value in body.items()}


def _row(value: Any, data_type: int) -> npt.NDArray[Any]:
    values = value if isinstance(value, list) else [value]
    if data_type == model_config_pb2.TYPE_STRING:
        return np.array([[text.encode() for text in values]], np.object_)
    kind = triton_to_np_dtype(model_config_pb2.DataType.Name(data_type).removeprefix("TYPE_"))
    return np.array([values], kind)


@pytest.fixture(scope="session")
def ensemble(made: Path) -> Ensemble:
    sys.modules["triton_python_backend_utils"] = _stand_in()
    try:
        return Ensemble(made / REPOSITORY)
    finally:
        del sys.modules["triton_python_backend_utils"]


@pytest.fixture(scope="session")
def word_id(ensemble: Ensemble) -> Callable[[str], int]:
    tokenizer = ensemble.models["preprocessing"].model.tokenizer
    return lambda word: int(tokenizer.encode(word).ids[0])
