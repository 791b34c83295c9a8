"""Whether a configuration fits the method `forward` of a TorchScript file, and where each tensor stands.

The rules, their order and the words are those of NVIDIA's pytorch backend, release 24.10
(https://github.com/triton-inference-server/pytorch_backend, `src/libtorch.cc`: the sequence controls,
`ValidateInputs`, `GetNamingConvention`, `ValidateOutputs`). TorchScript does not tell the types, shapes and
number of its tensors, so those show in the first answer only. It must not open files.
"""

import re
from collections.abc import Sequence
from typing import Any

from local_backend import CORRELATION_ID, Config, controls, dims_of, entries, refuse, states

# Type in a configuration: name of numpy's type.
TYPES = {
    "TYPE_BOOL": "bool",
    "TYPE_UINT8": "uint8",
    "TYPE_INT8": "int8",
    "TYPE_INT16": "int16",
    "TYPE_INT32": "int32",
    "TYPE_INT64": "int64",
    "TYPE_FP16": "float16",
    "TYPE_FP32": "float32",
    "TYPE_FP64": "float64",
    "TYPE_STRING": "object",
}
# The first "__" of the name counts, and without digits behind it the index is 0.
INDEXED = re.compile(r"(?:(?!__).)*__([0-9]*)\Z", re.DOTALL)


class Signature:
    """The arguments of a module's `forward`, without `self`. `keyed`: its one argument is a dictionary."""

    def __init__(self, module: Any) -> None:
        arguments = module._c._get_method("forward").schema.arguments
        self.arguments = arguments[1:] if arguments and kind(arguments[0]) == "ClassType" else arguments
        self.keyed = len(self.arguments) == 1 and kind(self.arguments[0]) == "DictType"
        self.names = [] if self.keyed else [argument.name for argument in self.arguments]


def kind(argument: Any) -> str:
    return str(argument.type.kind())


def check(signature: Signature, config: Config) -> tuple[dict[str, int], dict[str, int]]:
    """Refuse a configuration that does not fit. The index of each input, and of each output."""
    inputs = check_controls(config)
    check_arguments(signature, config)
    if not entries(config, "input"):
        refuse("model configuration must contain at least one input, none were specified.")
    inputs |= check_inputs(signature, config)
    if not entries(config, "output"):
        refuse("model configuration must contain at least one output, none were specified.")
    return inputs, check_outputs(config)


def check_controls(config: Config) -> dict[str, int]:
    found = {}
    for control in controls(config):
        index = index_of(control.tensor)
        if index is None:
            refuse(f"input '{control.tensor}' does not follow <name>__<index> naming convention.")
        if control.kind == CORRELATION_ID and control.data_type not in TYPES.keys() - {"TYPE_STRING"}:
            refuse(f"input '{control.tensor}' type '{control.data_type}' is not supported by PyTorch.")
        found[control.tensor] = index
    return found


def check_arguments(signature: Signature, config: Config) -> None:
    if signature.keyed or not signature.arguments:
        return
    if any(kind(argument) == "DictType" for argument in signature.arguments[1:]):
        refuse(
            "Multiple inputs of kind DictType were detected. Only a single input of type Dict(str, Tensor) "
            "is supported."
        )
    for argument in signature.arguments:
        if kind(argument) not in ("TensorType", "ListType"):
            refuse(
                f"An input of type '{argument.type.str()}' was detected in the model. Only a single input of "
                "type Dict(str, Tensor) or input(s) of type Tensor are supported."
            )
    expected = len(entries(config, "input")) + len(entries(config, "batch_input"))
    expected += len(list(controls(config))) + len(states(config))
    if expected != len(signature.arguments):
        refuse(
            f"unable to load model '{config['name']}', configuration expects {expected} inputs, "
            f"model provides {len(signature.arguments)}"
        )


def check_inputs(signature: Signature, config: Config) -> dict[str, int]:
    of_config = entries(config, "input")
    names = [entry["name"] for entry in of_config]
    # Without names of arguments, NVIDIA's backend looks at the names of the outputs instead.
    by_name = bool(signature.names) and all(name in signature.names for name in names)
    looked_at = names if signature.names else [entry["name"] for entry in entries(config, "output")]
    indexed = not by_name and all(index_of(name) is not None for name in looked_at)
    check_state_names(config, "input_name" if signature.names else "output_name", indexed=indexed)
    for entry in of_config:
        check_type(config, entry, f"input '{entry['name']}'", "input")
    for state in states(config):
        check_state_type(config, state["data_type"], f"input state '{state['input_name']}'")
    found = {
        name: signature.names.index(name) if by_name else (index_of(name) or 0) if indexed else place
        for place, name in enumerate(names)
    }
    found |= {state["input_name"]: index_of(state["input_name"]) or 0 for state in states(config)}
    made = [name for entry in entries(config, "batch_input") for name in entry["target_name"]]
    return found | {
        name: signature.names.index(name)
        if by_name and name in signature.names
        else (index_of(name) or 0)
        if indexed
        else place
        for place, name in enumerate(made, len(names))
    }


def check_outputs(config: Config) -> dict[str, int]:
    of_config = entries(config, "output")
    names = [entry["name"] for entry in of_config]
    indexed = all(index_of(name) is not None for name in names)
    check_state_names(config, "output_name", indexed=indexed)
    for entry in of_config:
        check_type(config, entry, f"output '{entry['name']}'", "output")
    for state in states(config):
        check_state_type(config, state["data_type"], f"state '{state['output_name']}'")
        refuse_strings(config, state["data_type"], state["output_name"], "output", state["dims"])
    found = {name: (index_of(name) or 0) if indexed else place for place, name in enumerate(names)}
    return found | {state["output_name"]: index_of(state["output_name"]) or 0 for state in states(config)}


def index_of(name: str) -> int | None:
    match = INDEXED.match(name)
    return int(match[1] or 0) if match else None


def check_state_names(config: Config, field: str, *, indexed: bool) -> None:
    """NVIDIA's backend takes every sequence batching for one with states."""
    if config.get("sequence_batching") is not None and not indexed:
        refuse(
            f"PyTorch model '{config['name']}' is using sequence batching with state but not all inputs and "
            "outputs follow the <name>__<index> naming convention. "
        )
    for state in states(config):
        if index_of(state[field]) is None:
            refuse(
                f"PyTorch model '{config['name']}' is using sequence batching with state but state "
                f"'{state[field]}' does not follow the <name>__<index> naming convention. "
            )


def check_type(config: Config, entry: dict[str, Any], what: str, kind: str) -> None:
    check_state_type(config, entry["data_type"], what)
    refuse_strings(config, entry["data_type"], entry["name"], kind, dims_of(entry))


def check_state_type(config: Config, told: str, what: str) -> None:
    if told not in TYPES:
        refuse(f"unsupported datatype {told} for {what} for model '{config['name']}'")


def refuse_strings(config: Config, told: str, name: str, kind: str, dims: Sequence[Any]) -> None:
    """Strings are a list, so they have one dimension, and with batching it is that of the batch."""
    if told == "TYPE_STRING" and len(dims) + (config["max_batch_size"] > 0) > 1:
        refuse(
            f"Triton only supports 1 dimensional List of String as {kind} for '{name}' "
            f"for model '{config['name']}'"
        )
