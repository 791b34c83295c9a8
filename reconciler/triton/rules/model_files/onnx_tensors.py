"""Rules on the tensors of a configuration beside those of the ONNX file (onnxruntime_backend r24.10,
src/onnxruntime.cc, which judges them when it loads a model).

ONNX Runtime infers what an output has from the graph: it may know more than the file says. What the file says
is believed here, and where it leaves something open nothing is told.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from reconciler.core.model.text import LONGEST_WORD_SHOWN, counted, cut, joined, nearest
from reconciler.triton.model_files.onnx_contract import may_batch, symbols_of_inputs
from reconciler.triton.model_files.onnx_file import OVERRIDABLE, TENSOR, OnnxSignature, OnnxTensor
from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.model_files.onnx_files import onnx_models
from reconciler.triton.rules.reading.controls import Control, controls_of
from reconciler.triton.rules.reading.data_types import type_name
from reconciler.triton.rules.reading.tensor_list import quoted
from reconciler.triton.rules.rule import Fault, Field, Repository, Rule

MAX_BATCH: Field = ("max_batch_size",)


class _Loaded(NamedTuple):
    """A configuration beside the file that is loaded under it. `batches` is whether it takes batches then."""

    message: Any
    signature: OnnxSignature
    path: str
    batches: bool

    @property
    def clients(self) -> dict[str, OnnxTensor]:
        """What clients may send: inputs, and weights that may be overridden."""
        overridable = self.signature.overridable if self.signature.ir_version >= OVERRIDABLE else ()
        return {tensor.name: tensor for tensor in (*self.signature.inputs, *overridable)}


def _loaded(model: RepositoryModel) -> Iterator[_Loaded]:
    """Each version that can be compared."""
    for path, found in onnx_models(model):
        signature = found.signature
        if signature and all(tensor.kind == TENSOR for tensor in signature.inputs):
            batches = _batches(model.message, signature)
            if batches is not None:
                yield _Loaded(model.message, signature, path, batches)


def _completed(message: Any) -> bool:
    """Whether the server completes the configuration from the file."""
    return not ((message.input or message.batch_input) and message.output)


def _batches(message: Any, signature: OnnxSignature) -> bool | None:
    """Whether the model takes batches once the server has completed its configuration; None where the file
    does not tell.
    """
    if not _completed(message) or message.max_batch_size > 0:
        return bool(message.max_batch_size > 0)
    return may_batch(signature)


def _no_batches(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    message = model.message
    if message.max_batch_size <= 0 or not _completed(message):
        return
    for path, found in onnx_models(model):
        if found.signature and may_batch(found.signature) is False:
            batch = message.max_batch_size
            what = f"max_batch_size is {batch}, and {path} has a tensor whose first dimension is not free"
            yield Fault(what, _WITHOUT_BATCHES, MAX_BATCH)


_WITHOUT_BATCHES = (
    "Export the model with a free first dimension for every input and output, or leave max_batch_size out."
)


def _count(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    """`optional` inputs are none that the file must have; controls and states of sequences are."""
    for loaded in _loaded(model):
        message, names = loaded.message, [tensor.name for tensor in loaded.signature.inputs]
        controls, states = controls_of(message), message.sequence_batching.state
        declared = [item.name for item in message.input if not item.optional]
        if not message.input and not message.batch_input:
            declared = list(names)
        expected = len(declared) + len(message.batch_input) + len(controls) + len(states)
        if expected == len(names):
            continue
        given = {*declared, *(control.name for control in controls), *(state.input_name for state in states)}
        given |= {name for batch in message.batch_input for name in batch.target_name}
        what = f"the configuration names {counted(expected, 'input')}, and {loaded.path} has {_listed(names)}"
        yield Fault(
            what, _missing_names(names, given), ("input",) if message.input else ("sequence_batching",)
        )


def _missing_names(names: Sequence[str], given: Iterable[str]) -> str:
    missing = [name for name in names if name not in set(given)]
    if missing:
        return f"Add {_quoted(missing)}."
    return "Each of them once, as an input, a control or a state; what has a value in the file is `optional`."


def _controls(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for loaded in _loaded(model):
        inputs = {tensor.name: tensor for tensor in loaded.signature.inputs}
        for control in controls_of(loaded.message):
            tensor = inputs.get(control.name)
            if tensor is None:
                what = f"{loaded.path} has no input {quoted(control.name)} for this control"
                yield Fault(what, _known(control.name, inputs), (*control.field, "name"))
            else:
                yield from _of_control(loaded, control, tensor)


def _of_control(loaded: _Loaded, control: Control, tensor: OnnxTensor) -> Iterator[Fault]:
    dims = (tensor.dims or ())[1 if loaded.batches else 0 :]
    name = _short(control.name)
    if dims != (1,):
        what = f"the control {name!r} has the shape {_shape(dims)} in {loaded.path}, and must have [1]"
        yield Fault(what, "Export the model with such an input.", (*control.field, "name"))
    elif tensor.datatype != control.datatype:
        types = f"TYPE_{control.datatype} here, and TYPE_{tensor.datatype} in {loaded.path}"
        what = f"the control {name!r} is {types}"
        yield Fault(what, "Say what the file says.", (*control.field, "name"))


def _inputs(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for loaded in _loaded(model):
        for index, item in enumerate(loaded.message.input):
            field = ("input", index)
            tensor = loaded.clients.get(item.name)
            if tensor is None:
                what = f"{loaded.path} has no input {quoted(item.name)}"
                yield Fault(what, _known(item.name, loaded.clients), (*field, "name"))
                continue
            if item.optional and loaded.batches:
                what = f"the input {quoted(item.name)} is optional, and the model takes batches"
                yield Fault(what, "Leave one of the two out.", (*field, "optional"))
            yield from _datatype(loaded, item, tensor, field)
            if item.allow_ragged_batch:
                yield from _ragged(loaded, item, tensor, field)
            else:
                yield from _dims(loaded, item, tensor, field, _fits_input(tensor, item, loaded.batches))


def _outputs(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for loaded in _loaded(model):
        outputs = {tensor.name: tensor for tensor in loaded.signature.outputs}
        targets = {name for batch in loaded.message.batch_output for name in batch.target_name}
        for index, item in enumerate(loaded.message.output):
            field = ("output", index)
            tensor = outputs.get(item.name)
            if tensor is None:
                what = f"{loaded.path} has no output {quoted(item.name)}"
                yield Fault(what, _known(item.name, outputs), (*field, "name"))
            elif tensor.kind == TENSOR:
                yield from _datatype(loaded, item, tensor, field)
                if item.name not in targets and not _fits_output(loaded, item, tensor):
                    yield from _dims(loaded, item, tensor, field, fits=False)


def _datatype(loaded: _Loaded, item: Any, tensor: OnnxTensor, field: Field) -> Iterator[Fault]:
    declared = type_name(item.data_type)
    if declared != f"TYPE_{tensor.datatype}":
        real = f"TYPE_{tensor.datatype}" if tensor.datatype else "of a type that Triton does not carry"
        what = f"{quoted(item.name)} is {declared} here, and {real} in {loaded.path}"
        advice = f"Write `data_type: {real}`." if tensor.datatype else "Export the model with another type."
        yield Fault(what, advice, (*field, "data_type"))


def _ragged(loaded: _Loaded, item: Any, tensor: OnnxTensor, field: Field) -> Iterator[Fault]:
    if tensor.dims is None or len(tensor.dims) != 1 or isinstance(tensor.dims[0], int):
        what = f"{quoted(item.name)} is ragged here, and has the shape {_shape(tensor.dims)} in {loaded.path}"
        yield Fault(what, "A ragged input has the shape [-1] in the file.", (*field, "allow_ragged_batch"))


def _told(item: Any) -> tuple[int, ...]:
    """What the model gets, or gives, by the configuration."""
    return tuple(item.reshape.shape if item.HasField("reshape") else item.dims)


def _fits_input(tensor: OnnxTensor, item: Any, batches: bool) -> bool:
    """What is free in the file takes any size. What has no shape in the file is a scalar."""
    dims = tensor.dims or ()
    if not dims:
        return set(_told(item)) <= {1}
    full = (-1, *_told(item)) if batches else _told(item)
    if len(full) != len(dims) or (batches and isinstance(dims[0], int)):
        return False
    return all(isinstance(size, str) or size == told for size, told in zip(dims, full, strict=True))


def _fits_output(loaded: _Loaded, item: Any, tensor: OnnxTensor) -> bool:
    """An output must be declared as it is. True also where that is not in the file."""
    if tensor.dims is None:
        return True
    if not tensor.dims:
        return set(_told(item)) <= {1}
    full = (-1, *_told(item)) if loaded.batches else _told(item)
    if len(full) != len(tensor.dims):
        return False
    free = symbols_of_inputs(loaded.signature)
    pairs = zip(tensor.dims, full, strict=True)
    return all(
        size == told if isinstance(size, int) else told == -1 or size not in free for size, told in pairs
    )


def _dims(loaded: _Loaded, item: Any, tensor: OnnxTensor, field: Field, fits: bool) -> Iterator[Fault]:
    if fits:
        return
    name, shape = _short(item.name), _shape(tensor.dims)
    if loaded.batches and tensor.dims and isinstance(tensor.dims[0], int):
        what = f"the first dimension of {name!r} is {tensor.dims[0]} in {loaded.path}: it takes no batches"
        yield Fault(what, _WITHOUT_BATCHES, MAX_BATCH)
        return
    told = _shape(_told(item))
    behind = ", of which the first is the batch" if loaded.batches and tensor.dims else ""
    what = f"{name!r} has the shape {told} here, and {shape}{behind} in {loaded.path}"
    right = tensor.dims[1 if loaded.batches else 0 :] if tensor.dims else (1,)
    advice = f"Write `dims: {_shape(right)}`." if right else "Write `dims: [1]` with an empty `reshape`."
    yield Fault(what, advice, (*field, "dims"))


def _shape(dims: Sequence[int | str] | None) -> str:
    sizes = ", ".join("-1" if isinstance(size, str) else str(size) for size in dims or ())
    return cut(f"[{sizes}]", LONGEST_WORD_SHOWN)


def _listed(names: Sequence[str]) -> str:
    return f"{len(names)} ({_quoted(names)})" if names else "none"


def _quoted(names: Sequence[str]) -> str:
    return joined([quoted(name) for name in names], ", ")


def _short(name: str) -> str:
    return cut(name, LONGEST_WORD_SHOWN)


def _known(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    return nearest(name, names) or f"It has {_quoted(names) or 'none'}."


_SOURCE = "onnxruntime_backend, onnxruntime.cc, "
RULES = (
    Rule("onnx-no-batches", _SOURCE + "AutoCompleteMaxBatch", _no_batches),
    Rule("onnx-control", _SOURCE + "ValidateBooleanSequenceControl, ValidateTypedSequenceControl", _controls),
    Rule("onnx-inputs", _SOURCE + "ValidateInputs", _inputs),
    Rule("onnx-count", _SOURCE + "ValidateInputs", _count),
    Rule("onnx-outputs", _SOURCE + "ValidateOutputs", _outputs),
)
