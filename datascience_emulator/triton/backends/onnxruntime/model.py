"""The onnxruntime backend of the local Triton, on the CPU: runs `model.onnx` with the package `onnxruntime`.

Triton loads this file by its own "Python-based backend" mechanism: it runs inside a stub process of the
server, where `triton_python_backend_utils` exists and nothing of this distribution can be imported. It
completes configurations and reports errors as Triton's own onnxruntime backend does
(https://github.com/triton-inference-server/onnxruntime_backend). It must not know about deployments, ports
or the emulator.
"""

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import triton_python_backend_utils as pb_utils

# Triton's own value for a model whose first dimension is free (server docs, "Auto-Generated Model
# Configuration").
DEFAULT_MAX_BATCH_SIZE = 4

TRITON_TYPES = {
    "tensor(bool)": "TYPE_BOOL",
    "tensor(uint8)": "TYPE_UINT8",
    "tensor(uint16)": "TYPE_UINT16",
    "tensor(uint32)": "TYPE_UINT32",
    "tensor(uint64)": "TYPE_UINT64",
    "tensor(int8)": "TYPE_INT8",
    "tensor(int16)": "TYPE_INT16",
    "tensor(int32)": "TYPE_INT32",
    "tensor(int64)": "TYPE_INT64",
    "tensor(float16)": "TYPE_FP16",
    "tensor(float)": "TYPE_FP32",
    "tensor(double)": "TYPE_FP64",
    "tensor(string)": "TYPE_STRING",
}


def onnxruntime() -> Any:
    """The package, or a reason that Triton shows in its table of models."""
    try:
        import onnxruntime
    except ImportError as error:
        raise pb_utils.TritonModelException(
            f"the package 'onnxruntime' cannot be imported ({error}): pip install onnxruntime"
        ) from error
    return onnxruntime


def open_session(config: dict[str, Any]) -> Any:
    runtime = onnxruntime()
    path = Path(pb_utils.get_model_dir()) / (config.get("default_model_filename") or "model.onnx")
    path = path / "model.onnx" if path.is_dir() else path
    if not path.is_file():
        raise pb_utils.TritonModelException(f"unable to find '{path}' for model '{config['name']}'")
    options = runtime.SessionOptions()
    # onnxruntime does not read OMP_NUM_THREADS by itself, and would use every core for every instance.
    options.intra_op_num_threads = int(
        parameter(config, "intra_op_thread_count") or os.environ.get("OMP_NUM_THREADS") or 1
    )
    options.inter_op_num_threads = int(parameter(config, "inter_op_thread_count") or 1)
    try:
        return runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise pb_utils.TritonModelException(f"onnxruntime cannot load '{path}': {error}") from error


def parameter(config: dict[str, Any], key: str) -> str:
    value = config.get("parameters", {}).get(key, {}).get("string_value", "")
    return str(value) if value != "0" else ""


def dims_of(tensor: Any) -> list[int]:
    """The dimensions as Triton writes them: -1 for each variable one."""
    return [size if isinstance(size, int) and size >= 0 else -1 for size in tensor.shape]


def batches(tensors: Iterable[Any]) -> bool:
    return all(dims and dims[0] == -1 for dims in map(dims_of, tensors))


def triton_type(tensor: Any) -> str:
    try:
        return TRITON_TYPES[tensor.type]
    except KeyError:
        raise pb_utils.TritonModelException(
            f"tensor '{tensor.name}' has the type {tensor.type}, which Triton cannot carry"
        ) from None


def described(tensor: Any, batching: bool) -> dict[str, Any]:
    """An input or output as a configuration declares it. A scalar has one element, which a model that batches
    gets without that dimension.
    """
    dims = dims_of(tensor)[1 if batching else 0 :]
    entry = {"name": tensor.name, "data_type": triton_type(tensor), "dims": dims or [1]}
    return entry | ({"reshape": {"shape": []}} if batching and not dims else {})


def refuse_unknown(
    kind: str, model: str, configured: Sequence[dict[str, Any]], tensors: Iterable[Any]
) -> None:
    names = sorted(tensor.name for tensor in tensors)
    for entry in configured:
        if entry["name"] not in names:
            raise pb_utils.TritonModelException(
                f"unable to load model '{model}': unexpected inference {kind} '{entry['name']}', "
                f"allowed {kind}s are: {', '.join(names)}"
            )


def refuse_dims(config: dict[str, Any], kind: str, tensors: Iterable[Any]) -> None:
    """What is configured must fit the model: an input where the model's own dimension is free may be of any
    size, an output must be declared as it is.
    """
    shapes = {tensor.name: dims_of(tensor) for tensor in tensors}
    for entry in config[kind]:
        shape = shapes[entry["name"]]
        dims = [int(size) for size in entry.get("reshape", {}).get("shape", entry["dims"])]
        full = [-1, *dims] if config["max_batch_size"] else dims
        free = -1 if kind == "input" else None
        same = len(full) == len(shape) and all(
            size in (free, told) for size, told in zip(shape, full, strict=True)
        )
        if not (same if shape else set(full) <= {1}) and not entry.get("allow_ragged_batch"):
            raise pb_utils.TritonModelException(
                f"model '{config['name']}', tensor '{entry['name']}': the model expects {len(shape)} "
                f"dimensions (shape {shape}) but the model configuration specifies {len(full)} dimensions "
                f"(shape {full})"
            )


def refuse_missing(config: dict[str, Any], provided: int) -> None:
    """A sequence batcher may give the model some of its inputs."""
    expected = sum(not entry.get("optional") for entry in config["input"])
    if expected != provided and "sequence_batching" not in config:
        raise pb_utils.TritonModelException(
            f"unable to load model '{config['name']}', configuration expects {expected} inputs, "
            f"model provides {provided}"
        )


class TritonPythonModel:
    @staticmethod
    def auto_complete_config(auto_complete_model_config: Any) -> Any:
        """Fills in what config.pbtxt leaves out, from the signature of the ONNX graph."""
        config = auto_complete_model_config.as_dict()
        if config["input"] and config["output"]:
            return auto_complete_model_config
        session = open_session(config)
        tensors = {"input": session.get_inputs(), "output": session.get_outputs()}
        if batches([*tensors["input"], *tensors["output"]]):
            config["max_batch_size"] = config["max_batch_size"] or DEFAULT_MAX_BATCH_SIZE
        elif config["max_batch_size"]:
            raise pb_utils.TritonModelException(
                f"autofill failed for model '{config['name']}': model does not support batching while "
                "non-zero max_batch_size is specified"
            )
        for kind, of_kind in tensors.items():
            batching = config["max_batch_size"] > 0
            config[kind] = config[kind] or [described(tensor, batching) for tensor in of_kind]
        return auto_complete_model_config

    def initialize(self, args: dict[str, str]) -> None:
        config = json.loads(args["model_config"])
        self.session = open_session(config)
        required, optional = self.session.get_inputs(), self.session.get_overridable_initializers()
        self.inputs = {tensor.name: tensor for tensor in (*required, *optional)}
        self.types = {tensor.name: tensor.type for tensor in self.session.get_outputs()}
        refuse_unknown("input", config["name"], config["input"], self.inputs.values())
        refuse_missing(config, len(required))
        refuse_dims(config, "input", self.inputs.values())
        refuse_unknown("output", config["name"], config["output"], self.session.get_outputs())
        refuse_dims(config, "output", self.session.get_outputs())
        self.outputs = [entry["name"] for entry in config["output"]]

    def execute(self, requests: Sequence[Any]) -> list[Any]:
        return [self.answer(request) for request in requests]

    def answer(self, request: Any) -> Any:
        requested = set(request.requested_output_names())
        names = [name for name in self.outputs if name in requested]
        feed = {tensor.name(): self.feed(tensor) for tensor in request.inputs()}
        try:
            results = self.session.run(names, feed)
        except Exception as error:
            return pb_utils.InferenceResponse([], pb_utils.TritonError(f"onnx runtime error: {error}"))
        return pb_utils.InferenceResponse(
            [
                pb_utils.Tensor(name, self.carry(name, result))
                for name, result in zip(names, results, strict=True)
            ]
        )

    def feed(self, tensor: Any) -> Any:
        array = tensor.as_numpy()
        if not self.inputs[tensor.name()].shape:
            array = array.reshape(())  # a scalar, which clients send as one element
        if self.inputs[tensor.name()].type != "tensor(string)":
            return array
        return np.array([text.decode() for text in array.reshape(-1)], dtype=object).reshape(array.shape)

    def carry(self, name: str, result: Any) -> Any:
        result = np.atleast_1d(result)
        if self.types[name] != "tensor(string)":
            return np.ascontiguousarray(result)
        return np.array([text.encode() for text in result.reshape(-1)], dtype=object).reshape(result.shape)
