"""The pytorch backend of the local Triton, on the CPU: runs a TorchScript `model.pt` with `torch`.

Triton loads this file by its own "Python-based backend" mechanism: it runs inside a stub process of the
server, where `triton_python_backend_utils` exists and nothing of this distribution can be imported. It
refuses configurations, hands tensors over and reports errors as NVIDIA's pytorch backend does
(https://github.com/triton-inference-server/pytorch_backend, release 24.10), and completes no inputs or
outputs. It must not know about deployments, ports or the emulator.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import triton_python_backend_utils as pb_utils
from batch_tensors import batch_inputs, scattered_shapes
from local_backend import (
    Config,
    States,
    boolean_parameter,
    entries,
    integer_parameter,
    model_path,
    package,
    refuse,
)
from torchscript_signature import TYPES, Signature, check

SWITCHES = (
    "DISABLE_OPTIMIZED_EXECUTION",
    "ENABLE_CACHE_CLEANING",
    "INFERENCE_MODE",
    "DISABLE_CUDNN",
    "ENABLE_TENSOR_FUSER",
    "ENABLE_WEIGHT_SHARING",
    "ENABLE_JIT_PROFILING",
    "ENABLE_JIT_EXECUTOR",
)
COUNTS = ("INTRA_OP_THREAD_COUNT", "INTER_OP_THREAD_COUNT")


def torch() -> Any:
    return package("torch")


def check_parameters(config: Config) -> None:
    for entry in entries(config, "input"):
        if entry.get("optional"):
            refuse(
                f"'optional' is set to true for input '{entry['name']}' while the backend model doesn't "
                "support optional input"
            )
    for key in SWITCHES:
        boolean_parameter(config, key, False)
    for key in COUNTS:
        integer_parameter(config, key, 0)


def open_module(config: Config) -> Any:
    path = model_path(config, "model.pt")
    if not path.exists():
        refuse(f"unable to find '{path}' for model instance '{config['name']}'")
    if path.is_dir():
        refuse(f"'{path}' is a folder, over which NVIDIA's server ends: it has to be a TorchScript file")
    package = torch()
    try:
        module = package.jit.load(str(path), map_location="cpu").eval()
    except Exception as error:
        refuse(f"failed to load model '{config['name']}': {error}")
    if not module._c._has_method("forward"):
        refuse(f"'{path}' has no method 'forward', over which NVIDIA's server ends")
    return module


def parts_of(result: Any) -> list[Any]:
    """Each a tensor or a list of texts."""
    parts = list(result) if isinstance(result, tuple) else [result]
    for place, part in enumerate(parts):
        texts = isinstance(part, list) and all(isinstance(text, str) for text in part)
        if not texts and not isinstance(part, torch().Tensor):
            where = f"output at index {place}" if isinstance(result, tuple) else "output"
            raise TypeError(f"{where} must be of type Tensor or List[str], received {type(part).__name__}")
    return parts


class TritonPythonModel:
    @staticmethod
    def auto_complete_config(auto_complete_model_config: Any) -> Any:
        return auto_complete_model_config

    def initialize(self, args: Mapping[str, str]) -> None:
        config = json.loads(args["model_config"])
        check_parameters(config)
        self.config = config
        self.ragged = {entry["name"] for entry in entries(config, "input") if entry.get("allow_ragged_batch")}
        self.torch = torch()
        self.module = open_module(config)
        signature = Signature(self.module)
        self.keyed = signature.keyed
        self.inputs, self.outputs = check(signature, config)
        self.wanted = [entry["name"] for entry in entries(config, "output")]
        self.types = {entry["name"]: entry["data_type"] for entry in entries(config, "output")}
        self.states = States(config)
        guarded = boolean_parameter(config, "INFERENCE_MODE", True)
        self.guard = self.torch.inference_mode if guarded else self.torch.no_grad

    def execute(self, requests: Sequence[Any]) -> list[Any]:
        return [self.answer(request) for request in requests]

    def answer(self, request: Any) -> Any:
        try:
            return pb_utils.InferenceResponse(self.run(request))
        except Exception as error:
            return pb_utils.InferenceResponse([], pb_utils.TritonError(f"PyTorch execute failure: {error}"))

    def run(self, request: Any) -> list[Any]:
        given = {tensor.name(): tensor.as_numpy() for tensor in request.inputs()}
        given = {**self.states.before(request, given), **batch_inputs(self.config, given)}
        with self.guard():
            parts = parts_of(self.module(*self.arguments(given)))
        results = {name: self.part(name, parts) for name in self.outputs}
        self.states.after(request, results)
        for name, shape in scattered_shapes(self.config, given).items():
            results[name] = results[name].reshape(shape)
        requested = set(request.requested_output_names())
        return [
            pb_utils.Tensor(name, self.carry(name, results[name]))
            for name in self.wanted
            if name in requested
        ]

    def arguments(self, given: Mapping[str, Any]) -> list[Any]:
        values = {
            name: self.value(array.reshape(-1) if name in self.ragged else array)
            for name, array in given.items()
        }
        if self.keyed:
            return [values]
        arguments: list[Any] = [None] * len(values)
        for name, value in values.items():
            if self.inputs[name] >= len(arguments):
                raise IndexError(f"input '{name}' is number {self.inputs[name]} of {len(arguments)}")
            arguments[self.inputs[name]] = value
        return arguments

    def value(self, array: Any) -> Any:
        """A copy: Triton's memory is read-only, and TorchScript may write into its arguments."""
        if array.dtype == object:
            return [text.decode() for text in array.reshape(-1)]
        return self.torch.from_numpy(np.array(array))

    def part(self, name: str, parts: Sequence[Any]) -> Any:
        if self.outputs[name] >= len(parts):
            raise IndexError(
                f"The output {name} in the model configuration refers to an output index which doesn't exist."
                f" This model has {len(parts)} outputs"
            )
        part = parts[self.outputs[name]]
        if isinstance(part, list):
            return np.array([text.encode() for text in part], dtype=object)
        return part.numpy()

    def carry(self, name: str, array: Any) -> Any:
        if not array.ndim:
            raise ValueError(f"output '{name}' is a scalar which is not supported.")
        provided = next((told for told, name in TYPES.items() if name == array.dtype), "TYPE_<invalid>")
        if provided != self.types[name]:
            raise TypeError(
                f"configuration expects datatype {self.types[name]} for output '{name}', "
                f"model provides {provided}"
            )
        return np.ascontiguousarray(array)
