"""All rules on fields of a configuration, in the order in which their faults are told."""

from reconciler.triton.rules.fields import (
    agents,
    backend_parameters,
    batch_tensors,
    batching,
    instances,
    labels,
    metric_tags,
    python_completion,
    python_parameters,
    pytorch,
    reshapes,
    runtime,
    tensors,
)
from reconciler.triton.rules.fields.sequences import batching as sequences
from reconciler.triton.rules.fields.sequences import controls, states
from reconciler.triton.rules.fields.warmup import data, requests

RULES = (
    *tensors.RULES,
    *reshapes.RULES,
    *batch_tensors.RULES,
    *batching.RULES,
    *sequences.RULES,
    *controls.RULES,
    *states.RULES,
    *instances.RULES,
    *data.RULES,
    *requests.RULES,
    *labels.RULES,
    *agents.RULES,
    *metric_tags.RULES,
    *runtime.RULES,
    *python_completion.RULES,
    *python_parameters.RULES,
    *backend_parameters.RULES,
    *pytorch.RULES,
)
