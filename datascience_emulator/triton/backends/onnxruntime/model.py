"""The onnxruntime backend of the local Triton, on the CPU: runs `model.onnx` with the package `onnxruntime`.

Triton loads this file by its own "Python-based backend" mechanism: it runs inside a stub process of the
server, where `triton_python_backend_utils` exists and nothing of this distribution can be imported. It
completes configurations, refuses them and reports errors as NVIDIA's onnxruntime backend does
(https://github.com/triton-inference-server/onnxruntime_backend, release 24.10). It must not know about
deployments, ports or the emulator.
"""

import json
import os
import platform
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import triton_python_backend_utils as pb_utils
from batch_tensors import batch_inputs, scattered_shapes
from local_backend import (
    Config,
    States,
    boolean_parameter,
    dims_of,
    entries,
    integer,
    integer_parameter,
    model_path,
    package,
    refuse,
)
from onnx_signature import FREE, Tensor, check, tensors

# NVIDIA's value for a model whose first dimension is free (server docs, "Auto-Generated Model
# Configuration").
DEFAULT_MAX_BATCH_SIZE = "4"
# What `--backend-config` says instead: no part of the server tells it to a Python-based backend.
MAX_BATCH_SIZE_VARIABLE = "LOCAL_TRITON_DEFAULT_MAX_BATCH_SIZE"
RUNTIME_ERROR = re.compile(r"\[ONNXRuntimeError\] : ([0-9]+) : [A-Z_]+ : (.*)", re.DOTALL)
# Others mean all optimizations.
GRAPH_LEVELS = {-1: "ORT_ENABLE_BASIC", 1: "ORT_ENABLE_EXTENDED", 2: "ORT_DISABLE_ALL"}


def onnxruntime() -> Any:
    return package("onnxruntime")


def open_session(config: Config) -> Any:
    runtime = onnxruntime()
    default_max_batch_size()
    options = session_options(runtime, config)
    path = model_file(config)
    add_accelerators(config)
    try:
        add_operations(options, config)
        return runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        refuse(words_of(error))


def words_of(error: Exception) -> str:
    """As NVIDIA's backend writes what onnxruntime said."""
    match = RUNTIME_ERROR.match(str(error))
    return f"onnx runtime error {match[1]}: {match[2]}" if match else f"onnx runtime error: {error}"


def session_options(runtime: Any, config: Config) -> Any:
    options = runtime.SessionOptions()
    level = int(config.get("optimization", {}).get("graph", {}).get("level", 0))
    options.graph_optimization_level = getattr(
        runtime.GraphOptimizationLevel, GRAPH_LEVELS.get(level, "ORT_ENABLE_ALL")
    )
    mode = integer_parameter(config, "execution_mode", 0)
    if mode not in (0, 1):
        refuse(
            "Invalid configuration value provided. Expected values for  execution_mode are 0 or 1 "
            f"but got {mode} ."
        )
    options.execution_mode = (
        runtime.ExecutionMode.ORT_PARALLEL if mode else runtime.ExecutionMode.ORT_SEQUENTIAL
    )
    # onnxruntime does not read OMP_NUM_THREADS by itself, and would use every core for every instance.
    threads = os.environ.get("OMP_NUM_THREADS", "")
    usual = int(threads) if threads.isascii() and threads.isdigit() else 0
    options.intra_op_num_threads = positive(integer_parameter(config, "intra_op_thread_count", 0), usual or 1)
    options.inter_op_num_threads = positive(integer_parameter(config, "inter_op_thread_count", 0), 1)
    options.enable_cpu_mem_arena = boolean_parameter(config, "enable_mem_arena", True)
    options.enable_mem_pattern = boolean_parameter(config, "enable_mem_pattern", True)
    return options


def positive(number: int, usual: int) -> int:
    return number if number > 0 else usual


def model_file(config: Config) -> Path:
    """What the configuration names, or the `model.onnx` in it if that is a folder."""
    path = model_path(config, "model.onnx")
    if not path.exists():
        refuse(f"failed to stat file {path}")
    if path.is_dir():
        path = path / "model.onnx"
        if not path.exists():
            refuse(f"unable to find '{path}' for model instance '{config['name']}'")
    return path


def add_accelerators(config: Config) -> None:
    """NVIDIA's images know OpenVINO on x86-64; here the CPU does its work. Those for a GPU do not count."""
    known = {"openvino"} if platform.machine() == "x86_64" else set()
    accelerators = config.get("optimization", {}).get("execution_accelerators", {})
    for accelerator in accelerators.get("cpu_execution_accelerator") or []:
        if accelerator["name"] not in known:
            refuse(f"unknown Execution Accelerator '{accelerator['name']}' is requested")


def add_operations(options: Any, config: Config) -> None:
    for library in config.get("model_operations", {}).get("op_library_filename") or []:
        options.register_custom_ops_library(library)


def described(tensor: Tensor, batching: bool) -> dict[str, Any]:
    """An input or output as a configuration declares it. A scalar has one element, which a model that batches
    gets without that dimension. A type that Triton cannot carry is left to Triton to refuse.
    """
    dims = tensor.shape[1 if batching else 0 :]
    told = "TYPE_INVALID" if tensor.told == "TYPE_<invalid>" else tensor.told
    entry = {"name": tensor.name, "data_type": told, "dims": dims or [1]}
    return entry | ({"reshape": {"shape": []}} if batching and not dims else {})


def default_max_batch_size() -> int:
    text = os.environ.get(MAX_BATCH_SIZE_VARIABLE, DEFAULT_MAX_BATCH_SIZE)
    return integer("default-max-batch-size", text)


def complete_batching(config: Config, of_file: Sequence[Tensor]) -> None:
    if not all(tensor.shape and tensor.shape[0] == FREE for tensor in of_file):
        if config["max_batch_size"]:
            refuse(
                f"autofill failed for model '{config['name']}': model does not support batching while "
                "non-zero max_batch_size is specified"
            )
        return
    config["max_batch_size"] = config["max_batch_size"] or max(default_max_batch_size(), 0)
    if config["max_batch_size"] > 1 and "sequence_batching" not in config:
        config.setdefault("dynamic_batching", {})


class TritonPythonModel:
    @staticmethod
    def auto_complete_config(auto_complete_model_config: Any) -> Any:
        """Fills in what config.pbtxt leaves out, from the signature of the ONNX graph."""
        config = auto_complete_model_config.as_dict()
        if (entries(config, "input") or entries(config, "batch_input")) and entries(config, "output"):
            return auto_complete_model_config
        session = open_session(config)
        of_file = {"input": tensors(session.get_inputs()), "output": tensors(session.get_outputs())}
        complete_batching(config, [tensor for of_kind in of_file.values() for tensor in of_kind.values()])
        for kind, of_kind in of_file.items():
            batching = config["max_batch_size"] > 0
            given = entries(config, kind) or (kind == "input" and entries(config, "batch_input"))
            if not given:
                config[kind] = [described(tensor, batching) for tensor in of_kind.values()]
        return auto_complete_model_config

    def initialize(self, args: Mapping[str, str]) -> None:
        config = json.loads(args["model_config"])
        self.config = config
        self.session = open_session(config)
        check(self.session, config)
        nodes = (*self.session.get_inputs(), *self.session.get_overridable_initializers())
        self.inputs = tensors(nodes)
        self.types = {name: tensor.type for name, tensor in tensors(self.session.get_outputs()).items()}
        self.ragged = {entry["name"] for entry in entries(config, "input") if entry.get("allow_ragged_batch")}
        self.dims = {entry["name"]: dims_of(entry) for entry in entries(config, "output")}
        self.states = States(config)

    def execute(self, requests: Sequence[Any]) -> list[Any]:
        return [self.answer(request) for request in requests]

    def answer(self, request: Any) -> Any:
        try:
            return pb_utils.InferenceResponse(self.run(request))
        except Exception as error:
            return pb_utils.InferenceResponse([], pb_utils.TritonError(words_of(error)))

    def run(self, request: Any) -> list[Any]:
        requested = set(request.requested_output_names())
        names = [name for name in self.dims if name in requested]
        given = {tensor.name(): tensor.as_numpy() for tensor in request.inputs()}
        given = {**self.states.before(request, given), **batch_inputs(self.config, given)}
        feed = {name: self.feed(name, array) for name, array in given.items()}
        wanted = [*names, *(name for name in self.states.outputs if name not in names)]
        results = dict(zip(wanted, self.session.run(wanted, feed), strict=True))
        self.states.after(request, results)
        for name, shape in scattered_shapes(self.config, given).items():
            if name in results:
                results[name] = results[name].reshape(shape)
        return [pb_utils.Tensor(name, self.carry(name, results[name])) for name in names]

    def feed(self, name: str, array: Any) -> Any:
        if name not in self.inputs:
            return array
        if not self.inputs[name].shape:
            array = array.reshape(())  # a scalar, which clients send as one element
        if name in self.ragged:
            array = array.reshape(-1)
        if self.inputs[name].type != "tensor(string)":
            return array
        texts = [text.decode() if isinstance(text, bytes) else text for text in array.reshape(-1)]
        return np.array(texts, dtype=object).reshape(array.shape)

    def carry(self, name: str, result: Any) -> Any:
        """A scalar has the dimensions of the configuration, which are all 1."""
        result = np.asarray(result)
        result = result if result.ndim else result.reshape(self.dims[name] or [1])
        if self.types[name] != "tensor(string)":
            return np.ascontiguousarray(result)
        return np.array([text.encode() for text in result.reshape(-1)], dtype=object).reshape(result.shape)
