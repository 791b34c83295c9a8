"""Rules on the inputs and outputs of a configuration (core, model_config_utils.cc, ValidateModelInput and
ValidateModelOutput): names, data types, dims, formats, and the largest batch.
"""

from collections import Counter
from collections.abc import Iterator

from reconciler.core.model.findings import Severity
from reconciler.triton.backends import backend_of_platform
from reconciler.triton.config.protobuf import protobuf
from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.reading.completion import completes, may_complete, unless_completed
from reconciler.triton.rules.reading.data_types import ANY_SIZE
from reconciler.triton.rules.reading.tensor_list import INPUT, quoted, tensors_of
from reconciler.triton.rules.rule import Fault, Repository, Rule

TENSORRT = "tensorrt"
DIMS_OF_AN_IMAGE = 3


def of_tensorrt(model: RepositoryModel) -> bool:
    """Whether the server takes it for a model of TensorRT: it looks at the platform, which it fills in."""
    return TENSORRT in (model.backend, backend_of_platform(model.settings.platform))


def _nameless(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for tensor in tensors_of(model):
        if not tensor.message.name:
            yield Fault(f"{tensor.title} has no name", "Add `name`.", tensor.field())


def _no_data_type(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    yield from _lacking(model, "data_type", "Add `data_type`, such as TYPE_FP32.")


def _no_dims(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    advice = "Add `dims`, without the dimension of the batch. [ 1 ] is one value, -1 is any size."
    yield from _lacking(model, "dims", advice)


def _lacking(model: RepositoryModel, field: str, advice: str) -> Iterator[Fault]:
    lacking = [tensor for tensor in tensors_of(model) if not getattr(tensor.message, field)]
    how_bad = unless_completed(model) if lacking else None
    for tensor in lacking:
        what = f"{tensor.title} has no {field}"
        severity = how_bad(tensor.kind, tensor.message.name) if how_bad else None
        if severity is Severity.WARNING:
            what += ", and model.py does not name it"
        if severity:
            yield Fault(what, advice, tensor.field(field), severity=severity)


def _bad_dim(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for tensor in tensors_of(model):
        for size in tensor.message.dims:
            if size < 1 and size != ANY_SIZE:
                what = f"{tensor.title} has {size} in its dims"
                yield Fault(what, "Sizes are 1 or more; -1 is any size.", tensor.field("dims"))


def _format_of_an_image(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    completed = completes(model)
    for tensor in tensors_of(model):
        if tensor.kind == INPUT and (kind := _format_name(tensor.message.format)):
            dims = len(tensor.message.dims)
            if dims != DIMS_OF_AN_IMAGE and (dims or not completed()):
                what = f"{tensor.title} has {kind}, which takes 3 dims, and it has {dims}"
                yield Fault(what, "Give it 3 dims, or leave `format` out.", tensor.field("format"))


def _format_name(number: int) -> str:
    kinds = protobuf().ModelInput.Format.DESCRIPTOR.values_by_name
    named = {kinds[name].number: name for name in ("FORMAT_NHWC", "FORMAT_NCHW")}
    return named.get(number, "")


def _of_tensorrt(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for tensor in tensors_of(model) if not of_tensorrt(model) else ():
        for flag in ("is_shape_tensor", "is_non_linear_format_io"):
            if getattr(tensor.message, flag, False):
                what = f"{tensor.title} has {flag}, which is for models of TensorRT alone"
                yield Fault(what, f"Take `{flag}` out.", tensor.field(flag))


def _non_linear_dims(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for tensor in tensors_of(model) if of_tensorrt(model) else ():
        dims = len(tensor.message.dims)
        if getattr(tensor.message, "is_non_linear_format_io", False) and dims not in (0, DIMS_OF_AN_IMAGE):
            what = f"{tensor.title} has is_non_linear_format_io, which takes 3 dims, and it has {dims}"
            yield Fault(what, "Give it 3 dims.", tensor.field("is_non_linear_format_io"))


def _optional_input(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    if model.backend != "pytorch" or may_complete(model):
        return
    for tensor in tensors_of(model):
        if tensor.kind == INPUT and tensor.message.optional:
            what = f"{tensor.title} is optional, and the backend pytorch takes no optional inputs"
            yield Fault(what, "Take `optional` out.", tensor.field("optional"))


def _same_name(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    """Triton loads it, counts the inputs, and then refuses every request, which can give each only once."""
    count = Counter((tensor.kind, tensor.message.name) for tensor in tensors_of(model) if tensor.message.name)
    for tensor in tensors_of(model):
        if count.pop((tensor.kind, tensor.message.name), 0) > 1:
            what = f"{tensor.kind} {quoted(tensor.message.name)} is there more than once"
            required = tensor.kind == INPUT and not tensor.message.optional
            severity = Severity.ERROR if required else Severity.WARNING
            yield Fault(what, "Leave the others out.", tensor.field("name"), severity=severity)


def _negative_batch(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    if (largest := model.message.max_batch_size) < 0:
        advice = "Write 0 for a model that takes no batches."
        yield Fault(f"max_batch_size cannot be {largest}", advice, ("max_batch_size",))


_CORE = "core, model_config_utils.cc"
RULES = (
    Rule("nameless-tensor", f"{_CORE}, ValidateIOShape", _nameless),
    Rule("no-data-type", f"{_CORE}, ValidateIOShape", _no_data_type),
    Rule("no-dims", f"{_CORE}, ValidateIOShape", _no_dims),
    Rule("bad-dim", f"{_CORE}, ValidateIOShape", _bad_dim),
    Rule("format-of-an-image", f"{_CORE}, ValidateModelInput", _format_of_an_image),
    Rule("field-of-tensorrt", f"{_CORE}, ValidateModelInput and ValidateNonLinearFormatIO", _of_tensorrt),
    Rule("non-linear-dims", f"{_CORE}, ValidateNonLinearFormatIO", _non_linear_dims),
    Rule("optional-input", "backend, backend_model.cc, BackendModel::ParseModelConfig", _optional_input),
    Rule("same-tensor-twice", "core, infer_request.cc, ValidateRequestInputs", _same_name),
    Rule("negative-largest-batch", f"{_CORE}, ValidateModelConfig", _negative_batch),
)
