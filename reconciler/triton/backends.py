"""Triton's backends: their names, the file of each, and what they ask of the machine.

Sources: Triton's model repository guide ("Model Files") and model configuration guide ("Auto-Generated Model
Configuration"); for what a backend asks of the machine and of the image, docs/service.md §4.3.
"""

from collections.abc import Mapping

from reconciler.core.model.images.image import OLD_NAMES
from reconciler.triton.backend_choice import NEWER_PLATFORMS, PLATFORMS

ONNXRUNTIME, PYTHON, PYTORCH = "onnxruntime", "python", "pytorch"

MODEL_FILE = {
    ONNXRUNTIME: "model.onnx",
    "openvino": "model.xml",
    PYTHON: "model.py",
    PYTORCH: "model.pt",
    "tensorflow": "model.graphdef",
    "tensorrt": "model.plan",
    "dali": "model.dali",
    "vllm": "model.json",
}
"""The file that a backend looks for in a version folder, where a configuration names no other."""

GPU_ONLY = frozenset({"tensorrt", "tensorrtllm"})
"""Backends that no CPU runs."""

_SHARED_BY = {ONNXRUNTIME: "share_session_between_instances", PYTORCH: "ENABLE_WEIGHT_SHARING"}
"""Backends that load the weights for each instance, and the parameter of a model that makes it share them."""

NOT_COMPLETED = frozenset({"model.graphdef", "model.pt"})
"""Model files from which Triton cannot tell inputs and outputs, so that a configuration must."""


def backend_of_platform(platform: str) -> str:
    """The backend behind a `platform`; another word is taken for a backend's name."""
    return (PLATFORMS | NEWER_PLATFORMS).get(platform, platform)


def backend_in_image(name: str) -> str:
    """The backend that an image has under this name."""
    return OLD_NAMES.get(name, backend_of_platform(name))


def copied_by_instances(backend: str, parameters: Mapping[str, str]) -> bool:
    """Whether each instance of a model with these parameters loads the weights for itself."""
    return backend in _SHARED_BY and parameters.get(_SHARED_BY[backend], "").lower() != "true"
