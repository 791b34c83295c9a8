"""What the local Triton's own backends share: how NVIDIA's read a configuration, and their words.

A copy stands beside each backend's `model.py`, in a process where nothing of this distribution can be
imported. The rules are those of https://github.com/triton-inference-server/backend, `src/backend_common.cc`
and `src/backend_model.cc`, release 24.10. It must not know about ONNX or TorchScript.
"""

import importlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import triton_python_backend_utils as pb_utils

Config = dict[str, Any]
NUMBER = re.compile(r"[ \t\n\v\f\r]*([+-]?[0-9]+)")
INT_MIN, INT_MAX = -(2**31), 2**31 - 1
BOOLEANS = {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False}
BOOLEAN_CONTROLS = ("CONTROL_SEQUENCE_START", "CONTROL_SEQUENCE_END", "CONTROL_SEQUENCE_READY")
CORRELATION_ID = "CONTROL_SEQUENCE_CORRID"
FALSE_TRUE = {
    "int32_false_true": "TYPE_INT32",
    "fp32_false_true": "TYPE_FP32",
    "bool_false_true": "TYPE_BOOL",
}


def refuse(words: str) -> NoReturn:
    """End the load; Triton shows the words in its table of models."""
    raise pb_utils.TritonModelException(words)


def package(name: str) -> Any:
    """The imported package, or a reason that says how it is installed."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        refuse(f"the package '{name}' cannot be imported ({error}): pip install {name}")


def model_path(config: Config, usual: str) -> Path:
    """The file (or folder) of the model. Triton's `get_model_dir` is the folder of what the configuration
    names, below the folder of the version.
    """
    name = (config.get("default_model_filename") or usual).rstrip("/").rsplit("/", 1)[-1]
    return Path(pb_utils.get_model_dir()) / name


def text_parameter(config: Config, key: str) -> str | None:
    entry = config.get("parameters", {}).get(key)
    return None if entry is None else str(entry.get("string_value", ""))


def integer_parameter(config: Config, key: str, default: int) -> int:
    text = text_parameter(config, key)
    return default if text is None else integer(key, text)


def integer(key: str, text: str) -> int:
    """Read as C++'s `std::stoi` does: what follows the number does not count."""
    match = NUMBER.match(text)
    if match is None:
        refuse(f"failed to convert '{text}' to integral number")
    number = int(match[1])
    if not INT_MIN <= number <= INT_MAX:
        refuse(f"{key} is '{text}', which is no 32-bit number: NVIDIA's server ends over it")
    return number


def boolean_parameter(config: Config, key: str, default: bool) -> bool:
    text = text_parameter(config, key)
    if text is None:
        return default
    if text.lower() not in BOOLEANS:
        refuse(f"failed to convert '{text}' to boolean")
    return BOOLEANS[text.lower()]


def entries(config: Config, kind: str) -> list[dict[str, Any]]:
    return list(config.get(kind) or [])


def dims_of(entry: Mapping[str, Any]) -> list[int]:
    """The dimensions that the model itself sees: those of a reshape count before `dims`."""
    sizes = entry["reshape"].get("shape", []) if "reshape" in entry else entry["dims"]
    return [int(size) for size in sizes]


def shape_text(shape: list[int]) -> str:
    return f"[{','.join(map(str, shape))}]"


@dataclass(frozen=True)
class Control:
    """A tensor by which the sequence batcher tells the model something."""

    kind: str
    tensor: str
    data_type: str


def controls(config: Config) -> Iterator[Control]:
    """In the order in which NVIDIA's backends look at them. Other kinds they do not look at."""
    batching = config.get("sequence_batching") or {}
    for wanted in (*BOOLEAN_CONTROLS, CORRELATION_ID):
        for tensor in batching.get("control_input") or []:
            for control in tensor.get("control") or []:
                if control["kind"] == wanted:
                    yield Control(wanted, tensor["name"], control_type(control))


def control_type(control: Mapping[str, Any]) -> str:
    told = [name for key, name in FALSE_TRUE.items() if control.get(key)]
    return told[0] if told else str(control.get("data_type", ""))


def states(config: Config) -> list[dict[str, Any]]:
    return list((config.get("sequence_batching") or {}).get("state") or [])


class States:
    """What a sequence keeps between its requests (`sequence_batching.state`). NVIDIA's backends hand it to
    Triton, which a Python-based backend cannot, so it is kept here: Triton sends all requests of a sequence
    to the same instance, and with the first one the initial state.
    """

    def __init__(self, config: Config) -> None:
        self.outputs = {state["output_name"]: state["input_name"] for state in states(config)}
        self._kept: dict[Any, dict[str, Any]] = {}

    def before(self, request: Any, given: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs of a request with the state of its sequence."""
        if request.flags() & pb_utils.TRITONSERVER_REQUEST_FLAG_SEQUENCE_START:
            self._kept.pop(request.correlation_id(), None)
        return {**given, **self._kept.get(request.correlation_id(), {})}

    def after(self, request: Any, results: Mapping[str, Any]) -> None:
        if not self.outputs:
            return
        self._kept[request.correlation_id()] = {
            tensor: results[output] for output, tensor in self.outputs.items()
        }
        if request.flags() & pb_utils.TRITONSERVER_REQUEST_FLAG_SEQUENCE_END:
            del self._kept[request.correlation_id()]
