"""Triton's backends: the file that each looks for, the platforms that name them, and what Triton finds out by
itself.

Sources: Triton's model repository guide ("Model Files") and model configuration guide ("Auto-Generated Model
Configuration"); for what a backend asks of the machine and of the image, docs/service.md §4.3.
"""

from collections.abc import Iterable, Mapping

from reconciler.core.model.images.image import OLD_NAMES

MODEL_FILE = {
    "onnxruntime": "model.onnx",
    "openvino": "model.xml",
    "python": "model.py",
    "pytorch": "model.pt",
    "tensorflow": "model.graphdef",
    "tensorrt": "model.plan",
    "dali": "model.dali",
    "vllm": "model.json",
}
"""The file that a backend looks for in a version folder, where a configuration names no other."""

LOOKS_FOR = {
    "onnxruntime": frozenset({"model.onnx"}),
    "python": frozenset({"model.py"}),
    "pytorch": frozenset({"model.pt", "model.py"}),
}
"""Backends that cannot load a version without one of these files (unless a configuration names another)."""

_BACKEND_OF_FILE = {
    "model.graphdef": "tensorflow",
    "model.onnx": "onnxruntime",
    "model.plan": "tensorrt",
    "model.pt": "pytorch",
    "model.py": "python",
    "model.savedmodel": "tensorflow",
    "model.xml": "openvino",
}

_BACKEND_OF_PLATFORM = {
    "ensemble": "ensemble",
    "onnxruntime_onnx": "onnxruntime",
    "pytorch_libtorch": "pytorch",
    "tensorflow_graphdef": "tensorflow",
    "tensorflow_savedmodel": "tensorflow",
    "tensorrt_plan": "tensorrt",
}

GPU_ONLY = frozenset({"tensorrt", "tensorrtllm"})
"""Backends that no CPU runs."""

_SHARED_BY = {"onnxruntime": "share_session_between_instances", "pytorch": "ENABLE_WEIGHT_SHARING"}
"""Backends that load the weights for each instance, and the parameter of a model that makes it share them."""

_NOT_COMPLETED = frozenset({"model.graphdef", "model.pt"})


def backend_of_files(names: Iterable[str]) -> str | None:
    """The backend that Triton picks by the names in a version folder, or None when it cannot."""
    backends = {_BACKEND_OF_FILE[name] for name in names if name in _BACKEND_OF_FILE}
    return backends.pop() if len(backends) == 1 else None


def backend_of_platform(platform: str) -> str:
    """The backend behind a `platform`; an unknown platform is taken for a backend's name."""
    return _BACKEND_OF_PLATFORM.get(platform, platform)


def backend_in_image(name: str) -> str:
    """The backend that an image has under this name."""
    return OLD_NAMES.get(name, backend_of_platform(name))


def copied_by_instances(backend: str, parameters: Mapping[str, str]) -> bool:
    """Whether each instance of a model with these parameters loads the weights for itself."""
    return backend in _SHARED_BY and parameters.get(_SHARED_BY[backend], "").lower() != "true"


def needs_tensors(names: Iterable[str]) -> bool:
    """Whether Triton cannot tell inputs and outputs from these files, so that a configuration must."""
    return not _NOT_COMPLETED.isdisjoint(names)
