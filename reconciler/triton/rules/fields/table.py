"""All rules on fields of a configuration, in the order in which their faults are told."""

from reconciler.triton.backends import PYTHON, PYTORCH
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
from reconciler.triton.rules.rule import of_backend, with_fields

RULES = (
    *with_fields(tensors.RULES, "input", "output", "max_batch_size"),
    *with_fields(reshapes.RULES, "input", "output"),
    *with_fields(batch_tensors.RULES, "batch_input", "batch_output"),
    *with_fields(batching.RULES, "dynamic_batching"),
    *with_fields(sequences.RULES, "sequence_batching", "response_cache"),
    *with_fields(controls.RULES, "sequence_batching"),
    *with_fields(states.RULES, "sequence_batching"),
    *with_fields(instances.RULES, "instance_group"),
    *with_fields(data.RULES, "model_warmup"),
    *with_fields(requests.RULES, "model_warmup"),
    *with_fields(labels.RULES, "output"),
    *with_fields(agents.RULES, "model_repository_agents"),
    *with_fields(metric_tags.RULES, "metric_tags"),
    *with_fields(runtime.RULES, "runtime"),
    *of_backend(python_completion.RULES, PYTHON),
    *of_backend(python_parameters.RULES, PYTHON),
    *with_fields(backend_parameters.RULES, "parameters", "optimization"),
    *of_backend(pytorch.RULES, PYTORCH),
)
