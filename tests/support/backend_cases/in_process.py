"""The local Triton's own backends in this process: what they say of a model, without a server."""

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from datascience_emulator.triton import runtime

UTILS = "triton_python_backend_utils"
FILES = {"onnxruntime": "model.onnx", "pytorch": "model.pt"}


class Refused(Exception):
    """What a backend raises to end a load."""


class Tensor:
    """As Triton hands it over; `as_numpy` is read-only."""

    def __init__(self, name: str, array: Any) -> None:
        self.name, self.as_numpy = lambda: name, lambda: array


class Request:
    """Of a model that is no sequence; all its outputs are wanted."""

    def __init__(self, inputs: list[Tensor], outputs: list[str]) -> None:
        self.inputs, self.requested_output_names = lambda: inputs, lambda: outputs
        self.flags = self.correlation_id = lambda: 0


class Response:
    def __init__(self, outputs: list[Tensor], error: str = "") -> None:
        self.outputs, self.error = {tensor.name(): tensor.as_numpy() for tensor in outputs}, error


def parsed(text: str, name: str) -> dict[str, Any]:
    """A config.pbtxt as Triton hands it to a backend: every field is there."""
    from google.protobuf import json_format, text_format
    from tritonclient.grpc import model_config_pb2

    config = text_format.Parse(text, model_config_pb2.ModelConfig(name=name))
    return json_format.MessageToDict(
        config, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )


@contextmanager
def imported(backend: str, version: Path, config: dict[str, Any]) -> Iterator[Any]:
    """The backend's `model.py`, for the model in this folder of a version."""
    utils = ModuleType(UTILS)
    model_dir = (version / (config["default_model_filename"] or FILES[backend])).parent
    vars(utils).update(TritonModelException=Refused, get_model_dir=lambda: str(model_dir))
    vars(utils).update(Tensor=Tensor, InferenceResponse=Response, TritonError=str)
    vars(utils).update(TRITONSERVER_REQUEST_FLAG_SEQUENCE_START=1, TRITONSERVER_REQUEST_FLAG_SEQUENCE_END=2)
    own = {file.stem for file in (*runtime.OWN_BACKENDS.glob("*.py"), *runtime.OWN_BACKENDS.glob("*/*.py"))}
    folders = [str(runtime.OWN_BACKENDS / backend), str(runtime.OWN_BACKENDS)]
    sys.path[:0], sys.modules[UTILS] = folders, utils
    try:
        spec = importlib.util.spec_from_file_location(f"{backend}_model", Path(folders[0], "model.py"))
        assert spec
        assert spec.loader
        model = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(model)
        yield model
    finally:
        sys.path[:2] = []
        for name in (UTILS, *own):
            sys.modules.pop(name, None)
