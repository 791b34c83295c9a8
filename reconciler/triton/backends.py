"""Triton's backends: the file that each looks for, the platforms that name them, and what Triton finds out by
itself.

Sources: Triton's model repository guide ("Model Files") and model configuration guide ("Auto-Generated Model
Configuration").
"""

from collections.abc import Iterable

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

_NOT_COMPLETED = frozenset({"model.graphdef", "model.pt"})


def backend_of_files(names: Iterable[str]) -> str | None:
    """The backend that Triton picks by the names in a version folder, or None when it cannot."""
    backends = {_BACKEND_OF_FILE[name] for name in names if name in _BACKEND_OF_FILE}
    return backends.pop() if len(backends) == 1 else None


def backend_of_platform(platform: str) -> str:
    """The backend behind a `platform`; an unknown platform is taken for a backend's name."""
    return _BACKEND_OF_PLATFORM.get(platform, platform)


def needs_tensors(names: Iterable[str]) -> bool:
    """Whether Triton cannot tell inputs and outputs from these files, so that a configuration must."""
    return not _NOT_COMPLETED.isdisjoint(names)
