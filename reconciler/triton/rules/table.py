"""All rules, in the order in which their faults are told. Of two faults of one field the first alone is told:
one cause is one problem.
"""

from reconciler.triton.rules import backend, ensembles, names, versions
from reconciler.triton.rules.model_files import onnx_files, onnx_tensors

RULES = (
    *names.RULES,
    *versions.RULES,
    *backend.RULES,
    *ensembles.RULES,
    *onnx_files.RULES,
    *onnx_tensors.RULES,
)
