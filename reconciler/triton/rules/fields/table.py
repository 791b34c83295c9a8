"""All rules on fields of a configuration, in the order in which their faults are told."""

from reconciler.triton.rules.fields import batch_tensors, batching, reshapes, tensors

RULES = (
    *tensors.RULES,
    *reshapes.RULES,
    *batch_tensors.RULES,
    *batching.RULES,
)
