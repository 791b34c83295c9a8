"""The rules on model files, in the order in which their faults are told."""

from reconciler.triton.rules.model_files import (
    folders,
    onnx_completed,
    onnx_files,
    onnx_tensors,
    other_files,
    python_models,
    torch_files,
)

RULES = (
    *folders.RULES,
    *onnx_files.RULES,
    *onnx_completed.RULES,
    *onnx_tensors.RULES,
    *torch_files.RULES,
    *python_models.RULES,
    *other_files.RULES,
)
