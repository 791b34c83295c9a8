"""Instance groups: kinds, counts, GPUs, profiles, resources."""

from tests.corpus.case import Case, one_model

IO = """
input [ { name: "x" data_type: TYPE_FP32 dims: [ 1 ] } ]
output [ { name: "y" data_type: TYPE_FP32 dims: [ 1 ] } ]
"""


def groups(name: str, *fields: str, more: str = "") -> Case:
    listed = ", ".join(f"{{ {of_group} }}" for of_group in fields)
    return one_model(f"instances_{name}", f'backend: "python" instance_group [ {listed} ] {IO} {more}')


def resources(name: str, *fields: str) -> Case:
    listed = ", ".join(f"{{ {of_one} }}" for of_one in fields)
    return groups(name, f"kind: KIND_CPU rate_limiter {{ resources [ {listed} ] }}")


CASES = (
    groups("of_cpu", "kind: KIND_CPU count: 2"),
    groups("without_kind", "count: 1"),
    groups("of_model", "kind: KIND_MODEL"),
    groups("of_unknown_kind", "kind: 9"),
    groups("of_cpu_with_gpus", "kind: KIND_CPU gpus: [ 0 ]"),
    groups("of_model_with_gpus", "kind: KIND_MODEL gpus: [ 0 ]"),
    groups("of_gpu", "kind: KIND_GPU"),
    groups("of_gpu_by_number", "kind: KIND_GPU gpus: [ 0 ]"),
    groups("of_gpu_negative", "kind: KIND_GPU gpus: [ -1 ]"),
    groups("of_any_with_gpus", "kind: KIND_AUTO gpus: [ 0 ]"),
    groups("of_any_with_gpu_negative", "gpus: [ -1 ]"),
    groups("count_zero", "kind: KIND_CPU count: 0"),
    groups("count_negative", "kind: KIND_CPU count: -3"),
    groups("profile", 'kind: KIND_CPU profile: "0"'),
    groups("profile_empty", 'kind: KIND_CPU profile: ""'),
    groups("two_of_one_name", 'kind: KIND_CPU name: "a"', 'kind: KIND_CPU name: "a"'),
    groups("two", "kind: KIND_CPU", "kind: KIND_CPU count: 2"),
    groups("passive", "kind: KIND_CPU passive: true"),
    groups("passive_and_active", "kind: KIND_CPU passive: true", "kind: KIND_CPU"),
    groups("passive_in_sequences", "kind: KIND_CPU passive: true", more="sequence_batching { }"),
    groups("host_policy_unknown", 'kind: KIND_CPU host_policy: "policy"'),
    groups("secondary_device", "kind: KIND_CPU secondary_devices [ { kind: KIND_NVDLA device_id: 3 } ]"),
    resources("resource", 'name: "r" count: 2'),
    resources("resource_nameless", "count: 2"),
    resources("resource_of_count_zero", 'name: "r"'),
    resources("resource_global_and_not", 'name: "r" count: 2', 'name: "r" count: 2 global: true'),
    resources("resources_of_two_kinds", 'name: "r" count: 2', 'name: "g" count: 2 global: true'),
    groups("priority", "kind: KIND_CPU rate_limiter { priority: 7 }"),
)
