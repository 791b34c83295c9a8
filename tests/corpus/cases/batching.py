"""Dynamic batching: preferred sizes, priorities, queue policies."""

from tests.corpus.case import Case, one_model

IO = """
input [ { name: "x" data_type: TYPE_FP32 dims: [ 1 ] } ]
output [ { name: "y" data_type: TYPE_FP32 dims: [ 1 ] } ]
"""

SETS_THE_LARGEST_BATCH = """import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    @staticmethod
    def auto_complete_config(config):
        config.set_max_batch_size(8)
        return config

    def execute(self, requests):
        return [pb_utils.InferenceResponse([]) for _ in requests]
"""


def batched(name: str, fields: str, batch: int = 4, code: str | None = None) -> Case:
    files = {"1/model.py": code} if code else None
    config = f'backend: "python" max_batch_size: {batch} dynamic_batching {{ {fields} }} {IO}'
    return one_model(f"batching_{name}", config, files)


def queued(name: str, fields: str) -> Case:
    return batched(name, f"priority_levels: 2 default_priority_level: 1 {fields}")


TIMEOUT = "timeout_action: DELAY default_timeout_microseconds: 10"

CASES = (
    batched("plain", ""),
    batched("without_batch", "", batch=0),
    batched("preferred", "preferred_batch_size: [ 2, 4 ]"),
    batched("preferred_above", "preferred_batch_size: [ 2, 5 ]"),
    batched("preferred_without_batch", "preferred_batch_size: [ 1 ]", batch=0),
    batched("preferred_zero", "preferred_batch_size: [ 0 ]"),
    batched("preferred_negative", "preferred_batch_size: [ -4 ]"),
    batched("preferred_twice", "preferred_batch_size: [ 2, 2 ]"),
    batched("preferred_above_until_completed", "preferred_batch_size: [ 8 ]", 0, SETS_THE_LARGEST_BATCH),
    batched("delay", "max_queue_delay_microseconds: 100"),
    batched("levels", "priority_levels: 2 default_priority_level: 2"),
    batched("levels_without_default", "priority_levels: 2"),
    batched("default_above_levels", "priority_levels: 2 default_priority_level: 3"),
    batched("default_without_levels", "default_priority_level: 3"),
    queued("policy_of_level", "priority_queue_policy { key: 2 value: { max_queue_size: 4 } }"),
    queued("policy_of_level_zero", "priority_queue_policy { key: 0 value: { max_queue_size: 4 } }"),
    queued("policy_of_level_above", "priority_queue_policy { key: 3 value: { max_queue_size: 4 } }"),
    batched("policy_without_levels", "priority_queue_policy { key: 3 value: { max_queue_size: 4 } }"),
    queued("ordered_levels", "preserve_ordering: true"),
    batched("ordered_one_level", "preserve_ordering: true priority_levels: 1 default_priority_level: 1"),
    batched("ordered_delay", f"preserve_ordering: true default_queue_policy {{ {TIMEOUT} }}"),
    batched("unordered_delay", f"default_queue_policy {{ {TIMEOUT} }}"),
    batched(
        "ordered_delay_of_no_time", "preserve_ordering: true default_queue_policy { timeout_action: DELAY }"
    ),
    batched(
        "ordered_reject",
        "preserve_ordering: true default_queue_policy { default_timeout_microseconds: 10 }",
    ),
    batched(
        "ordered_delay_of_a_level",
        "preserve_ordering: true priority_levels: 1 default_priority_level: 1 "
        f"priority_queue_policy {{ key: 1 value: {{ {TIMEOUT} }} }}",
    ),
    batched(
        "ordered_delay_without_levels",
        f"preserve_ordering: true priority_queue_policy {{ key: 7 value: {{ {TIMEOUT} }} }}",
    ),
)
