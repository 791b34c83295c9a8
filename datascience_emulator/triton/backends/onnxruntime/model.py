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


def missing(tensors: Iterable[Any], configured: Sequence[dict[str, Any]]) -> list[Any]:
    complete = {
        entry["name"] for entry in configured if entry["dims"] and entry["data_type"] != "TYPE_INVALID"
    }
    return [tensor for tensor in tensors if tensor.name not in complete]


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


class TritonPythonModel:
    @staticmethod
    def auto_complete_config(auto_complete_model_config: Any) -> Any:
        """Fills in what config.pbtxt leaves out, from the signature of the ONNX graph."""
        config = auto_complete_model_config.as_dict()
        session = open_session(config)
        inputs, outputs = session.get_inputs(), session.get_outputs()
        untold = not config["input"] and not config["output"] and not config["max_batch_size"]
        if untold and batches([*inputs, *outputs]):
            auto_complete_model_config.set_max_batch_size(DEFAULT_MAX_BATCH_SIZE)
        start = 1 if config["max_batch_size"] > 0 else 0
        for add, tensors, configured in (
            (auto_complete_model_config.add_input, inputs, config["input"]),
            (auto_complete_model_config.add_output, outputs, config["output"]),
        ):
            for tensor in missing(tensors, configured):
                add({"name": tensor.name, "data_type": triton_type(tensor), "dims": dims_of(tensor)[start:]})
        return auto_complete_model_config

    def initialize(self, args: dict[str, str]) -> None:
        config = json.loads(args["model_config"])
        self.session = open_session(config)
        self.inputs = {tensor.name: tensor for tensor in self.session.get_inputs()}
        self.types = {tensor.name: tensor.type for tensor in self.session.get_outputs()}
        refuse_unknown("input", config["name"], config["input"], self.session.get_inputs())
        refuse_unknown("output", config["name"], config["output"], self.session.get_outputs())
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
        if self.inputs[tensor.name()].type != "tensor(string)":
            return array
        return np.array([text.decode() for text in array.reshape(-1)], dtype=object).reshape(array.shape)

    def carry(self, name: str, result: Any) -> Any:
        if self.types[name] != "tensor(string)":
            return np.ascontiguousarray(result)
        return np.array([text.encode() for text in result.reshape(-1)], dtype=object).reshape(result.shape)
