"""What a configuration makes of a batch: inputs that tell about it, and outputs that have its shapes.

A copy stands beside each backend's `model.py`, as of `local_backend`. A batch is one request here. The rules
are those of https://github.com/triton-inference-server/backend, release 24.10: `BatchInputShape` and
`ProcessBatchInput` of `src/backend_input_collector.cc`, `ProcessBatchOutput` of
`src/backend_output_responder.cc`. It must not run models.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from local_backend import Config, dims_of, entries

TYPES = {"TYPE_FP32": np.float32, "TYPE_INT32": np.int32}


def batch_inputs(config: Config, given: Mapping[str, Any]) -> dict[str, Any]:
    """The arrays of all `batch_input` entries, by the names of their targets."""
    return {
        target: content(entry["kind"], given[entry["source_input"][0]]).astype(TYPES[entry["data_type"]])
        for entry in entries(config, "batch_input")
        for target in entry["target_name"]
    }


def content(kind: str, source: Any) -> Any:
    """`source` is as the request has it: with its batch dimension, and not flattened."""
    if kind == "BATCH_ACCUMULATED_ELEMENT_COUNT_WITH_ZERO":
        return np.array([0, source.size])
    if kind == "BATCH_MAX_ELEMENT_COUNT_AS_SHAPE":
        return np.zeros(source.size)
    if kind.startswith("BATCH_ITEM_SHAPE"):
        shapes = np.array([source.shape[1:]] * source.shape[0])
        return shapes.reshape(-1) if kind == "BATCH_ITEM_SHAPE_FLATTEN" else shapes
    return np.array([source.size])


def scattered_shapes(config: Config, given: Mapping[str, Any]) -> dict[str, list[int]]:
    """The shapes of the outputs of `batch_output` entries: where theirs are free, those of the input."""
    shapes = {entry["name"]: dims_of(entry) for entry in entries(config, "output")}
    batch = [-1] if config["max_batch_size"] else []
    return {
        target: [
            given[entry["source_input"][0]].shape[place] if size == -1 else size
            for place, size in enumerate([*batch, *shapes[target]])
        ]
        for entry in entries(config, "batch_output")
        for target in entry["target_name"]
    }
