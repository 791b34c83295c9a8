"""Whether a configuration fits the inputs and outputs of an ONNX file, and in which words it does not.

The rules, their order and the words are those of NVIDIA's onnxruntime backend, release 24.10
(https://github.com/triton-inference-server/onnxruntime_backend: `ValidateInputs`, `ValidateOutputs` and the
sequence controls in `src/onnxruntime.cc`, `CompareDimsSupported` in `src/onnxruntime_utils.cc`). What
NVIDIA's does not check at load, such as the tensors of a state, is not checked here. It must not open files.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from local_backend import Config, Control, controls, dims_of, entries, refuse, shape_text, states

# Type of an ONNX tensor: (type in a configuration, name that NVIDIA's backend has for it).
TYPES = {
    "tensor(bool)": ("TYPE_BOOL", "BOOL"),
    "tensor(uint8)": ("TYPE_UINT8", "UINT8"),
    "tensor(uint16)": ("TYPE_UINT16", "UINT16"),
    "tensor(uint32)": ("TYPE_UINT32", "UINT32"),
    "tensor(uint64)": ("TYPE_UINT64", "UINT64"),
    "tensor(int8)": ("TYPE_INT8", "INT8"),
    "tensor(int16)": ("TYPE_INT16", "INT16"),
    "tensor(int32)": ("TYPE_INT32", "INT32"),
    "tensor(int64)": ("TYPE_INT64", "INT64"),
    "tensor(float16)": ("TYPE_FP16", "FLOAT16"),
    "tensor(float)": ("TYPE_FP32", "FLOAT"),
    "tensor(double)": ("TYPE_FP64", "DOUBLE"),
    "tensor(string)": ("TYPE_STRING", "STRING"),
    "tensor(bfloat16)": ("TYPE_<invalid>", "BFLOAT16"),
}
CARRIED = {told for told, _ in TYPES.values() if told != "TYPE_<invalid>"}
NO_TENSORS = {"seq": "SEQUENCE", "map": "MAP", "opaque": "OPAQUE", "sparse_tensor": "SPARSETENSOR"}
FREE = -1


@dataclass(frozen=True)
class Tensor:
    """An input or output of the file. One whose rank the file leaves open has no dimensions, as a scalar."""

    name: str
    type: str
    shape: list[int]

    @property
    def told(self) -> str:
        """Its type as a configuration writes it."""
        return TYPES.get(self.type, ("TYPE_<invalid>", ""))[0]

    @property
    def provided(self) -> str:
        return "TYPE_BYTES" if self.told == "TYPE_STRING" else self.told


def tensors(nodes: Iterable[Any]) -> dict[str, Tensor]:
    """Refuses what is no tensor, whether a configuration names it or not."""
    return {node.name: tensor(node) for node in nodes}


def tensor(node: Any) -> Tensor:
    kind, bracket, _ = node.type.partition("(")
    if kind != "tensor" or not bracket:
        refuse(
            f"Unsupported ONNX Type 'ONNX_TYPE_{NO_TENSORS.get(kind, 'UNKNOWN')}' for I/O '{node.name}', "
            "expected 'ONNX_TYPE_TENSOR'."
        )
    shape = [size if isinstance(size, int) and size >= 0 else FREE for size in node.shape or []]
    return Tensor(node.name, node.type, shape)


def check(session: Any, config: Config) -> None:
    """Refuse a configuration that does not fit the file of the session."""
    required = tensors(session.get_inputs())
    for control in controls(config):
        check_control(config, control, required)
    allowed = {**required, **tensors(session.get_overridable_initializers())}
    check_count(config, len(required))
    for entry in entries(config, "input"):
        check_input(config, entry, allowed)
    provided = tensors(session.get_outputs())
    scattered = {name for entry in entries(config, "batch_output") for name in entry["target_name"]}
    for entry in entries(config, "output"):
        found = check_entry(config, "output", entry, provided)
        if entry["name"] not in scattered:
            check_shape(config, found, dims_of(entry), exact=True)


def check_control(config: Config, control: Control, required: Mapping[str, Tensor]) -> None:
    """A control is one number for each element of the batch."""
    if control.tensor not in required:
        refuse(
            f"configuration specified sequence control '{control.tensor}', "
            "but model does not provide that input"
        )
    found = required[control.tensor]
    shape = found.shape[1:] if config["max_batch_size"] > 0 else found.shape
    where = f"unable to load model '{config['name']}', sequence control '{control.tensor}'"
    if shape != [1]:
        refuse(f"{where} in model has dims {shape_text(shape)} but dims [1] is expected")
    if found.told != control.data_type:
        refuse(
            f"{where}, the model expects data-type {TYPES.get(found.type, ('', 'UNDEFINED'))[1]} "
            f"but the model configuration specifies data-type {control.data_type}"
        )


def check_count(config: Config, provided: int) -> None:
    expected = sum(not entry.get("optional") for entry in entries(config, "input"))
    expected += len(entries(config, "batch_input")) + len(list(controls(config))) + len(states(config))
    if expected != provided:
        refuse(
            f"unable to load model '{config['name']}', configuration expects {expected} inputs, "
            f"model provides {provided}"
        )


def check_input(config: Config, entry: Mapping[str, Any], allowed: Mapping[str, Tensor]) -> None:
    """Only what has a value in the file can be left out by a request, and only without batching."""
    where = f"unable to load model '{config['name']}'"
    name, optional = entry["name"], entry.get("optional", False)
    if optional and config["max_batch_size"]:
        refuse(f"{where}, optional input '{name}' is not supported for models that support batching")
    found = check_entry(config, "input", entry, allowed)
    if not entry.get("allow_ragged_batch"):
        check_shape(config, found, dims_of(entry), exact=False)
        return
    ragged = f"{where}, configuration expects model provides input with shape [-1]"
    if optional:
        refuse(f"{ragged} for ragged input '{name}', which is not supported for optional input")
    if found.shape != [FREE]:
        refuse(f"{ragged}  for ragged input '{name}', model provides {shape_text(found.shape)}")


def check_entry(config: Config, kind: str, entry: Mapping[str, Any], allowed: Mapping[str, Tensor]) -> Tensor:
    """The tensor of the file that the entry means, if it has that name and that type."""
    name, told = entry["name"], entry["data_type"]
    if name not in allowed:
        names = ", ".join(sorted(allowed))
        refuse(f"unexpected inference {kind} '{name}', allowed {kind}s are: {names}")
    if told not in CARRIED:
        refuse(f"unsupported datatype {told} for {kind} '{name}' for model '{config['name']}'")
    if told != allowed[name].told:
        refuse(
            f"unable to load model '{config['name']}', configuration expects datatype {told} for {kind} "
            f"'{name}', model provides {allowed[name].provided}"
        )
    return allowed[name]


def check_shape(config: Config, found: Tensor, dims: list[int], *, exact: bool) -> None:
    """`exact`: a dimension that is free in the file has to be told as free, too."""
    model, where = found.shape, f"model '{config['name']}', tensor '{found.name}': "
    batches = config["max_batch_size"] > 0
    if not model:
        check_scalar(config, found, dims)
        return
    if batches and model[0] != FREE:
        refuse(
            f"{where}for the model to support batching the shape should have at least 1 dimension and the "
            f"first dimension must be -1; but shape expected by the model is {shape_text(model)}"
        )
    full = [FREE, *dims] if batches else dims
    if len(model) == len(full) and all(
        size == told or (size == FREE and not exact) for size, told in zip(model, full, strict=True)
    ):
        return
    shape = (
        "an initial batch dimension because max_batch_size > 0 followed by the explicit tensor shape, making "
        f"complete shape {shape_text(full)}"
        if batches
        else f"shape {shape_text(full)}"
    )
    refuse(
        f"{where}the model expects {len(model)} dimensions (shape {shape_text(model)}) but the model "
        f"configuration specifies {len(full)} dimensions ({shape})"
    )


def check_scalar(config: Config, found: Tensor, dims: list[int]) -> None:
    if any(size != 1 for size in dims):
        refuse(
            f"unable to load model '{config['name']}', scalar tensor '{found.name}', should only provide 1 "
            "in the model configuration when the model doesn't support batching. Model configuration "
            f"provided: {shape_text(dims)}."
        )
