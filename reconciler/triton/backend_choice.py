"""Which backend the server gives a model to, and which file that backend looks for: by the configuration, and
where it does not say, by the names in the model's folder.

Source: core r24.10, src/model_config_utils.cc, `AutoCompleteBackendFields`, in its order. It looks into one
folder of the model alone: the first by name, be it a version or not.
"""

from collections.abc import Collection
from pathlib import PurePosixPath
from typing import NamedTuple

from reconciler.triton.config.values import Config

ENSEMBLE = "ensemble"


class Chosen(NamedTuple):
    """`backend` is empty where the server finds none; an ensemble has none. `file` is empty where a backend
    has no file of its own choice.
    """

    backend: str
    platform: str
    file: str

    @property
    def runs(self) -> str:
        """What runs the model: the backend, or the server itself; empty where there is none."""
        return self.backend or (ENSEMBLE if self.platform == ENSEMBLE else "")


class _Known(NamedTuple):
    backend: str
    platform: str
    file: str
    takes_folder: bool


_KNOWN = (
    _Known("tensorrt", "tensorrt_plan", "model.plan", takes_folder=False),
    _Known("onnxruntime", "onnxruntime_onnx", "model.onnx", takes_folder=True),
    _Known("openvino", "", "model.xml", takes_folder=True),
    _Known("pytorch", "pytorch_libtorch", "model.pt", takes_folder=False),
    _Known("python", "", "model.py", takes_folder=True),
)
_TENSORFLOW = {"tensorflow_savedmodel": "model.savedmodel", "tensorflow_graphdef": "model.graphdef"}

PLATFORMS = {known.platform: known.backend for known in _KNOWN if known.platform} | dict.fromkeys(
    _TENSORFLOW, "tensorflow"
)
"""Platforms, with the backend that runs each; the server knows no other, besides that of an ensemble."""

TORCH_AOTI = "torch_aoti"
"""The platform of programs that torch has compiled ahead of time. Releases before 2.67 know it not: that is
held against the image (core, main of March 2026, and pytorch_backend r26.03, README).
"""

NEWER_PLATFORMS = {TORCH_AOTI: "pytorch"}

FILES = frozenset({*(known.file for known in _KNOWN), *_TENSORFLOW.values()})
"""Names of model files by which the server picks a backend."""

BY_RUNTIME = "model.py"
"""The `runtime` of a backend that is written in Python."""


def chosen(config: Config, name: str, paths: Collection[str]) -> Chosen:
    """What the server makes of the model `name`, in whose folder these paths are; that of a folder ends with
    `/`.
    """
    files, folders = _in_first_folder(paths)
    backend, platform, file = config.backend, config.platform, config.model_file
    if not platform and backend in {"", "tensorflow"}:
        platform = _tensorflow(file, files, folders)
    if platform in _TENSORFLOW:
        return Chosen(backend or "tensorflow", platform, file or _TENSORFLOW[platform])
    if platform == TORCH_AOTI and backend in {"", "pytorch"}:
        return Chosen("pytorch", platform, file or "model.pt2")
    for known in _KNOWN:
        named = file == known.file or (known.platform and platform == known.platform)
        found = known.file in files or (known.takes_folder and known.file in folders)
        if not backend and (named or (found and not platform and not file)):
            backend = known.backend
        if backend == known.backend:
            by_itself = backend == "pytorch" and config.runtime == BY_RUNTIME
            return Chosen(backend, platform or known.platform, file or ("" if by_itself else known.file))
    if not (backend or platform or file):
        backend = name.partition(".")[2]
        file = f"model.{backend}" if backend else ""
    return Chosen(backend, platform, file)


def _tensorflow(file: str, files: frozenset[str], folders: frozenset[str]) -> str:
    for platform, name in _TENSORFLOW.items():
        if file == name:
            return platform
    if file:
        return ""
    if _TENSORFLOW["tensorflow_graphdef"] in files:
        return "tensorflow_graphdef"
    return "tensorflow_savedmodel" if _TENSORFLOW["tensorflow_savedmodel"] in folders else ""


def _in_first_folder(paths: Collection[str]) -> tuple[frozenset[str], frozenset[str]]:
    """The files and the folders in the first folder of a model, by the order of bytes."""
    parts = [path.split("/") for path in paths if "/" in path]
    first = min((part[0] for part in parts), default="", key=lambda part: part.encode(errors="replace"))
    inside = [part[1:] for part in parts if part[0] == first and part[1]]
    return (
        frozenset(part[0] for part in inside if len(part) == 1),
        frozenset(part[0] for part in inside if len(part) > 1),
    )


def looked_for(choice: Chosen, config: Config) -> frozenset[str]:
    """The file that a backend cannot do without in a version, or several of which it needs one; nothing where
    that is not known, or differs by GPU.
    """
    if config.message is not None and config.message.cc_model_filenames:
        return frozenset()
    if choice.backend == "pytorch" and config.runtime == BY_RUNTIME:
        return frozenset({"model.py", "model.pt", str(PurePosixPath(choice.file or "model.pt"))})
    if choice.backend in {known.backend for known in _KNOWN} | {"tensorflow"} and choice.file:
        return frozenset({str(PurePosixPath(choice.file))})
    return frozenset()
