"""All rules, in the order in which their faults are told. Of two faults of one field the first alone is told:
one cause is one problem.
"""

from reconciler.triton.rules import backend, backend_parameters, ensembles, names, versions
from reconciler.triton.rules.model_files import (
    onnx_files,
    onnx_tensors,
    python_models,
    torch_files,
    torch_tensors,
)

RULES = (
    *names.RULES,
    *versions.RULES,
    *backend.RULES,
    *backend_parameters.RULES,
    *ensembles.RULES,
    *places.RULES,
    *onnx_files.RULES,
    *onnx_completed.RULES,
    *onnx_tensors.RULES,
    *python_models.RULES,
    *torch_files.RULES,
    *torch_tensors.RULES,
)
