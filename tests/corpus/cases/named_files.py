"""Label files, and what repository agents, caches and other fields need beside the configuration."""

from tests.corpus.case import PYTHON_MODEL, Case, one_model, repository

X = 'input [ { name: "x" data_type: TYPE_FP32 dims: [ 1 ] } ]'


def labels(name: str, file: str, *paths: str) -> Case:
    output = f'name: "y" data_type: TYPE_FP32 dims: [ 2 ] label_filename: "{file}"'
    files = {"1/model.py": PYTHON_MODEL, **dict.fromkeys(paths, "cat\ndog\n")}
    return one_model(f"labels_{name}", f'backend: "python" {X} output [ {{ {output} }} ]', files)


def parameter(name: str, key: str, value: str, *paths: str) -> Case:
    field = f'parameters {{ key: "{key}" value: {{ string_value: "{value}" }} }}'
    return one_model(
        f"parameter_{name}",
        f'backend: "python" {X} {field} output [ {{ name: "y" data_type: TYPE_FP32 dims: [ 1 ] }} ]',
        {"1/model.py": PYTHON_MODEL, **dict.fromkeys(paths, "")},
    )


Y = 'output [ { name: "y" data_type: TYPE_FP32 dims: [ 1 ] } ]'
TWO = 'name: "y" data_type: TYPE_FP32 dims: [ 2 ] label_filename: "l"'
OF_ANOTHER = TWO.replace('"l"', '"../n/l"')


def other(name: str, fields: str) -> Case:
    return one_model(f"other_{name}", f'backend: "python" {X} {Y} {fields}')


CASES = (
    labels("there", "l.txt", "l.txt"),
    labels("missing", "l.txt"),
    labels("in_version", "1/l.txt", "1/l.txt"),
    labels("in_version_by_name", "l.txt", "1/l.txt"),
    labels("in_folder", "a/b/l.txt", "a/b/l.txt"),
    labels("absolute", "/l.txt", "l.txt"),
    labels("above", "../labels_above/l.txt", "l.txt"),
    labels("with_dots", "./a/../l.txt", "l.txt", "a/other"),
    labels("other_case", "L.txt", "l.txt"),
    labels("of_folder", "a", "a/b"),
    labels("of_version_folder", "1"),
    one_model(
        "labels_of_two_outputs_of_one_name",
        f'backend: "python" {X} output [ {{ {TWO} }}, {{ {TWO} }} ]',
        {"1/model.py": PYTHON_MODEL, "l": "cat\ndog\n"},
    ),
    one_model(
        "labels_empty",
        f'backend: "python" {X} output [ {{ {TWO} }} ]',
        {"1/model.py": PYTHON_MODEL, "l": ""},
    ),
    repository(
        "labels_of_another_model",
        {
            "m/config.pbtxt": f'backend: "python" {X} output [ {{ {OF_ANOTHER} }} ]',
            "m/1/model.py": PYTHON_MODEL,
            "n/config.pbtxt": f'backend: "python" {X} {Y}',
            "n/1/model.py": PYTHON_MODEL,
            "n/l": "cat\ndog\n",
        },
    ),
    parameter("cpu_only_yes", "FORCE_CPU_ONLY_INPUT_TENSORS", "yes"),
    parameter("cpu_only_no", "FORCE_CPU_ONLY_INPUT_TENSORS", "no"),
    parameter("cpu_only_true", "FORCE_CPU_ONLY_INPUT_TENSORS", "true"),
    parameter("cpu_only_empty", "FORCE_CPU_ONLY_INPUT_TENSORS", ""),
    other("cpu_only_without_value", 'parameters { key: "FORCE_CPU_ONLY_INPUT_TENSORS" }'),
    parameter("environment_missing", "EXECUTION_ENV_PATH", "$$TRITON_MODEL_DIRECTORY/env.tar.gz"),
    parameter(
        "environment_no_archive", "EXECUTION_ENV_PATH", "$$TRITON_MODEL_DIRECTORY/env.tar.gz", "env.tar.gz"
    ),
    parameter("environment_folder", "EXECUTION_ENV_PATH", "$$TRITON_MODEL_DIRECTORY/env", "env/bin/python"),
    parameter("environment_relative", "EXECUTION_ENV_PATH", "env.tar.gz", "env.tar.gz"),
    parameter("environment_elsewhere", "EXECUTION_ENV_PATH", "/nowhere/env.tar.gz"),
    parameter("environment_empty", "EXECUTION_ENV_PATH", ""),
    parameter(
        "environment_activated", "EXECUTION_ENV_PATH", "$$TRITON_MODEL_DIRECTORY/env", "env/bin/activate"
    ),
    parameter(
        "environment_above",
        "EXECUTION_ENV_PATH",
        "$$TRITON_MODEL_DIRECTORY/../parameter_environment_above/env",
        "env/bin/activate",
    ),
    parameter(
        "environment_in_the_middle",
        "EXECUTION_ENV_PATH",
        "/x/$$TRITON_MODEL_DIRECTORY/env",
        "env/bin/activate",
    ),
    parameter(
        "environment_with_one_dollar", "EXECUTION_ENV_PATH", "$TRITON_MODEL_DIRECTORY/env", "env/bin/activate"
    ),
    parameter("strategy_missing", "TRITON_BATCH_STRATEGY_PATH", "/nowhere/x.so"),
    parameter("of_nobody", "ANYTHING", "anything"),
    other("cached", "response_cache { enable: true }"),
    other("cached_decoupled", "response_cache { enable: true } model_transaction_policy { decoupled: true }"),
    other("decoupled", "model_transaction_policy { decoupled: true }"),
    other("metric_tags", 'metric_tags { key: "a" value: "b" }'),
    other("metric_tags_named_as_labels", 'metric_tags { key: "model" value: "b" }'),
    other("metric_tags_of_bad_name", 'metric_tags { key: "a b" value: "b" }'),
    other("metric_tags_digit", 'metric_tags { key: "1a" value: "b" }'),
    other("metric_tags_empty", 'metric_tags { key: "" value: "" }'),
    other("metric_tags_dash", 'metric_tags { key: "a-b" value: "b" }'),
    other("metric_tags_colon", 'metric_tags { key: "a:b" value: "b" }'),
    other("metric_tags_underscore", 'metric_tags { key: "_a" value: "b" }'),
    other("metric_tags_le", 'metric_tags { key: "le" value: "b" }'),
    other("metric_tags_accent", 'metric_tags { key: "é" value: "b" }'),
    other("model_metrics", 'model_metrics { metric_control [ { metric_identifier { family: "f" } } ] }'),
    other(
        "accelerator",
        'optimization { execution_accelerators { cpu_execution_accelerator [ { name: "x" } ] } }',
    ),
    other("graph_level", "optimization { graph { level: 9 } }"),
    other("priority_of_model", "optimization { priority: PRIORITY_MAX }"),
    other("cuda_graphs", "optimization { cuda { graphs: true } }"),
    other(
        "cuda_graph_spec",
        'optimization { cuda { graph_spec [ { batch_size: 99 input { key: "z" value: { dim: 1 } } } ] } }',
    ),
    other("runtime", 'runtime: "libtriton_python.so"'),
    other("runtime_missing", 'runtime: "libtriton_other.so"'),
    other("runtime_above", 'runtime: "../python/libtriton_python.so"'),
    one_model(
        "other_runtime_of_the_model",
        f'backend: "python" {X} {Y} runtime: "../x.so"',
        {"1/model.py": PYTHON_MODEL, "x.so": ""},
    ),
    other("runtime_model_py", 'runtime: "model.py"'),
    other("agent_unknown", 'model_repository_agents { agents [ { name: "nobody" } ] }'),
    other("agent_nameless", "model_repository_agents { agents [ { } ] }"),
    other("agents_none", "model_repository_agents { }"),
    other("operations", 'model_operations { op_library_filename: "nowhere.so" }'),
    other("cc_model_filenames", 'cc_model_filenames { key: "8.0" value: "nowhere" }'),
)
