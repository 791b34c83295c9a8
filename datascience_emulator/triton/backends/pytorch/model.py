"""The pytorch backend of the local Triton, on the CPU: runs a TorchScript `model.pt` with `torch`.

Triton loads this file by its own "Python-based backend" mechanism: it runs inside a stub process of the
server, where `triton_python_backend_utils` exists and nothing of this distribution can be imported. As in
Triton's own backend (https://github.com/triton-inference-server/pytorch_backend, "Model configuration"), the
argument for a tensor is found by its name, else by `<name>__<index>`, else by the order of config.pbtxt, and
no inputs or outputs are completed. It must not know about deployments, ports or the emulator.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import triton_python_backend_utils as pb_utils

INDEXED = re.compile(r".*__(\d+)\Z")


def torch() -> Any:
    """The package, or a reason that Triton shows in its table of models."""
    try:
        import torch
    except ImportError as error:
        raise pb_utils.TritonModelException(
            f"the package 'torch' cannot be imported ({error}): pip install torch"
        ) from error
    return torch


def open_module(config: dict[str, Any]) -> Any:
    package = torch()
    path = Path(pb_utils.get_model_dir()) / (config.get("default_model_filename") or "model.pt")
    if not path.is_file():
        raise pb_utils.TritonModelException(f"unable to find '{path}' for model '{config['name']}'")
    try:
        return package.jit.load(str(path), map_location="cpu").eval()
    except Exception as error:
        raise pb_utils.TritonModelException(f"torch cannot load '{path}': {error}") from error


def positions(names: Sequence[str], arguments: Sequence[str]) -> dict[str, int]:
    """Where each tensor of config.pbtxt stands among the arguments (or results) of `forward`."""
    if arguments and all(name in arguments for name in names):
        return {name: arguments.index(name) for name in names}
    matches = {name: INDEXED.match(name) for name in names}
    if all(matches.values()):
        return {name: int(match.group(1)) for name, match in matches.items() if match}
    return {name: index for index, name in enumerate(names)}


def flat(result: Any) -> list[Any]:
    return list(result) if isinstance(result, tuple | list) else [result]


class TritonPythonModel:
    @staticmethod
    def auto_complete_config(auto_complete_model_config: Any) -> Any:
        return auto_complete_model_config

    def initialize(self, args: dict[str, str]) -> None:
        config = json.loads(args["model_config"])
        self.torch = torch()
        self.module = open_module(config)
        arguments = [argument.name for argument in self.module.forward.schema.arguments[1:]]
        self.inputs = positions([entry["name"] for entry in config["input"]], arguments)
        self.outputs = positions([entry["name"] for entry in config["output"]], [])
        self.types = {
            entry["name"]: pb_utils.triton_string_to_numpy(entry["data_type"]) for entry in config["output"]
        }

    def execute(self, requests: Sequence[Any]) -> list[Any]:
        return [self.answer(request) for request in requests]

    def answer(self, request: Any) -> Any:
        try:
            return self.run(request)
        except Exception as error:
            return pb_utils.InferenceResponse([], pb_utils.TritonError(f"PyTorch execute failure: {error}"))

    def run(self, request: Any) -> Any:
        tensors = sorted(request.inputs(), key=lambda tensor: self.inputs[tensor.name()])
        # A copy: Triton's memory is read-only, and TorchScript may write into its arguments.
        arguments = [self.torch.from_numpy(np.array(tensor.as_numpy())) for tensor in tensors]
        with self.torch.inference_mode():
            results = flat(self.module(*arguments))
        requested = set(request.requested_output_names())
        names = [name for name in self.outputs if name in requested]
        return pb_utils.InferenceResponse([self.carry(name, results) for name in names])

    def carry(self, name: str, results: Sequence[Any]) -> Any:
        if self.outputs[name] >= len(results):
            raise IndexError(
                f"output '{name}' is number {self.outputs[name]}, the model returns {len(results)}"
            )
        array = np.ascontiguousarray(results[self.outputs[name]].numpy())
        if array.dtype != self.types[name]:
            raise TypeError(
                f"output '{name}' is {array.dtype}, config.pbtxt says {np.dtype(self.types[name])}"
            )
        return pb_utils.Tensor(name, array)
