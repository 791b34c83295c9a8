"""The rules on model files, in the order in which their faults are told."""

from reconciler.triton.backends import ONNXRUNTIME, PYTHON, PYTORCH
from reconciler.triton.rules.model_files import (
    folders,
    onnx_completed,
    onnx_files,
    onnx_tensors,
    other_files,
    python_models,
    torch_files,
)
from reconciler.triton.rules.rule import of_backend, with_fields

_OF_TENSORS = ("input", "output", "max_batch_size", "batch_input", "batch_output", "sequence_batching")

RULES = (
    *folders.RULES,
    *of_backend(onnx_files.RULES, ONNXRUNTIME),
    *of_backend(onnx_completed.RULES, ONNXRUNTIME),
    *with_fields(of_backend(onnx_tensors.RULES, ONNXRUNTIME), *_OF_TENSORS),
    *of_backend(torch_files.RULES, PYTORCH),
    *of_backend(python_models.RULES, PYTHON),
    *other_files.RULES,
)
