"""What Triton's onnxruntime backend makes of an ONNX model whose configuration leaves something out.

It follows `AutoCompleteConfig` of https://github.com/triton-inference-server/onnxruntime_backend
(src/onnxruntime.cc, r24.10); docs/service.md §4.3 has what was tried.
"""

import errno
from collections.abc import Iterable
from dataclasses import replace

from reconciler.core.model.served.contract import Contract, Tensor
from reconciler.triton.files.port import RepositoryFiles
from reconciler.triton.model_files.onnx_file import OnnxSignature, OnnxTensor, read_onnx
from reconciler.triton.model_files.port_reader import reader_of
from reconciler.triton.model_files.wire_format import NotReadable

DEFAULT_MAX_BATCH = 4
"""The largest batch of a model that names none; `--backend-config=default-max-batch-size` sets another."""


def contract_of_onnx(
    files: RepositoryFiles, path: str, declared: Contract, default_max_batch: int = DEFAULT_MAX_BATCH
) -> Contract | None:
    """What the ONNX file of one version, served under what its configuration declares, takes and gives. None
    when that cannot be told. Raises OSError or Failed as the port does.
    """
    if declared.inputs and declared.outputs:
        return declared
    try:
        return completed(declared, read_onnx(*reader_of(files, path)), default_max_batch)
    except NotReadable:
        return None
    except OSError as error:
        if error.errno == errno.EFBIG:
            return None
        raise


def completed(
    declared: Contract, signature: OnnxSignature, default_max_batch: int = DEFAULT_MAX_BATCH
) -> Contract:
    """The contract that the server makes of what a configuration declares, if it loads the model. All inputs
    are completed or none, and so are outputs. Raises NotReadable when it cannot be told, or would not load.
    """
    if declared.inputs and declared.outputs:
        return declared
    for tensor in (*signature.inputs, *signature.outputs):
        if not tensor.datatype:
            raise NotReadable(f"{tensor.name!r} is no tensor that Triton carries")
    max_batch = _max_batch(declared.max_batch, signature, max(default_max_batch, 0))
    return replace(
        declared,
        inputs=declared.inputs or _tensors(signature.inputs, max_batch),
        outputs=declared.outputs or _tensors(_inferred(signature.outputs), max_batch),
        max_batch=max_batch,
    )


def _max_batch(declared: int, signature: OnnxSignature, default: int) -> int:
    batches = may_batch(signature)
    if batches is False:
        if declared:
            raise NotReadable("it takes no batches, and the configuration says that it does")
        return 0
    if declared or not default:
        return declared
    if batches is None:
        raise NotReadable("whether each output grows with the batch is not in the file")
    return default


def may_batch(signature: OnnxSignature) -> bool | None:
    """Whether the first dimension of every input and output is free; None where the file does not tell. The
    server asks ONNX Runtime, which infers what an output has from the graph: it knows more than the file
    where that leaves a dimension free, or says nothing.
    """
    told = [*signature.inputs, *(output for output in signature.outputs if output.dims is not None)]
    if not all(map(_first_is_free, told)):
        return False
    symbols = symbols_of_inputs(signature)
    free = (bool(output.dims) and (output.dims or ())[0] in symbols for output in signature.outputs)
    return True if all(free) else None


def symbols_of_inputs(signature: OnnxSignature) -> set[str]:
    """Of their free dimensions: a dimension of an output with one of these is free as well."""
    return {size for tensor in signature.inputs for size in tensor.dims or () if isinstance(size, str)} - {""}


def _first_is_free(tensor: OnnxTensor) -> bool:
    """What has no dimensions in the file has none for ONNX Runtime."""
    return bool(tensor.dims) and isinstance((tensor.dims or ())[0], str)


def _tensors(tensors: Iterable[OnnxTensor], max_batch: int) -> tuple[Tensor, ...]:
    """As a configuration declares them: without the dimension of the batch, and a scalar as one element."""
    return tuple(
        Tensor(tensor.name, tensor.datatype, _sizes(tensor)[1 if max_batch else 0 :] or (1,))
        for tensor in sorted(tensors, key=lambda tensor: tensor.name)
    )


def _sizes(tensor: OnnxTensor) -> tuple[int, ...]:
    return tuple(-1 if isinstance(size, str) else size for size in tensor.dims or ())


def _inferred(outputs: Iterable[OnnxTensor]) -> Iterable[OnnxTensor]:
    for output in outputs:
        if output.dims is None:
            raise NotReadable(f"how many dimensions {output.name!r} has is not in the file")
        yield output
