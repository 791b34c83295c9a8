"""Ensembles by themselves: their settings, steps, models and versions, and how their tensors flow."""

from tests.corpus.case import PYTHON_MODEL, Case, repository
from tests.corpus.ensembles import ensemble, io, member, step, whole

A, B = member("a"), member("b")
X_TO_Y = step("a", {"x": "x"}, {"y": "y"})
FIRST, THEN = step("a", {"x": "x"}, {"y": "t"}), step("b", {"x": "t"}, {"y": "y"})


def settings(case: str, config: str) -> Case:
    """An ensemble that is good but for these fields."""
    return ensemble(case, f"{io()}{config}", X_TO_Y, models=[A])


def text(case: str, config: str, **files: str | bytes) -> Case:
    """The ensemble `e` with exactly this configuration, beside the model `a`."""
    return repository(case, {"e/config.pbtxt": config, "e/1/": b"", **A, **files})


SCHEDULING = f"ensemble_scheduling {{ step [ {X_TO_Y} ] }}"

CASES = (
    # The configuration by itself.
    settings("ens_plain", ""),
    text("ens_no_platform", f"{io()}{SCHEDULING}"),
    text("ens_other_platform", f'platform: "onnxruntime_onnx"\n{io()}{SCHEDULING}'),
    text("ens_platform_in_capitals", f'platform: "Ensemble"\n{io()}{SCHEDULING}'),
    text("ens_backend_ensemble", f'backend: "ensemble"\n{io()}{SCHEDULING}'),
    text("ens_platform_without_steps", f'platform: "ensemble"\n{io()}'),
    text("ens_backend_without_steps", f'backend: "ensemble"\n{io()}'),
    text("ens_empty_scheduling", f'platform: "ensemble"\n{io()}ensemble_scheduling {{ }}'),
    text(
        "ens_python_with_scheduling",
        f'backend: "python"\n{io()}{SCHEDULING}',
        **{"e/1/model.py": PYTHON_MODEL},
    ),
    text(
        "ens_python_empty_scheduling",
        f'backend: "python"\n{io()}ensemble_scheduling {{ }}',
        **{"e/1/model.py": PYTHON_MODEL},
    ),
    settings("ens_with_backend", 'backend: "python"'),
    settings("ens_file_of_a_backend", 'default_model_filename: "model.onnx"'),
    settings("ens_file_of_python", 'default_model_filename: "model.py"'),
    settings("ens_file_of_nobody", 'default_model_filename: "whole.txt"'),
    settings("ens_file_of_tensorflow", 'default_model_filename: "model.graphdef"'),
    settings("ens_instance_group", "instance_group [ { kind: KIND_CPU } ]"),
    settings("ens_optimization", "optimization { }"),
    settings(
        "ens_warmup",
        'model_warmup [ { name: "w" batch_size: 1 inputs { key: "x" value: { '
        "data_type: TYPE_FP32 dims: [ 3 ] zero_data: true } } } ]",
    ),
    settings("ens_dynamic_batching", "dynamic_batching { }"),
    settings("ens_sequence_batching", "sequence_batching { }"),
    settings("ens_cache", "response_cache { enable: true }"),
    settings("ens_decoupled_by_itself", "model_transaction_policy { decoupled: true }"),
    settings(
        "ens_decoupled_by_itself_and_cached",
        "model_transaction_policy { decoupled: true } response_cache { enable: true }",
    ),
    settings("ens_parameters", 'parameters { key: "k" value: { string_value: "v" } }'),
    settings("ens_policy_and_tags", 'version_policy { all { } } metric_tags { key: "k" value: "v" }'),
    # Its folder.
    repository("ens_no_version", {"e/config.pbtxt": whole(io(), X_TO_Y)["e/config.pbtxt"], **A}),
    repository("ens_files_in_version", {**whole(io(), X_TO_Y), **A, "e/1/model.onnx": b"no model"}),
    repository("ens_two_versions", {**whole(io() + "version_policy { all { } }", X_TO_Y), **A, "e/4/": b""}),
    # Its steps.
    ensemble("ens_step_of_nobody", io(), step("", {"x": "x"}, {"y": "y"}), models=[A]),
    ensemble("ens_step_without_inputs", io(), step("a", {}, {"y": "y"}), models=[A]),
    ensemble("ens_step_without_outputs", io(), FIRST, THEN, step("a", {"x": "x"}, {}), models=[A, B]),
    ensemble("ens_step_absent", io(), step("missing", {"x": "x"}, {"y": "y"}), models=[A]),
    ensemble(
        "ens_step_namespace",
        io(),
        step("a", {"x": "x"}, {"y": "y"}, 'model_version: -1 model_namespace: "other"'),
        models=[A],
    ),
    ensemble("ens_same_model_twice", io(), FIRST, step("a", {"x": "t"}, {"y": "y"}), models=[A]),
    ensemble("ens_steps_in_other_order", io(), THEN, FIRST, models=[A, B]),
    ensemble("ens_two_steps", io(), FIRST, THEN, models=[A, B]),
    # Versions of its models.
    ensemble("ens_version_left_out", io(), step("a", {"x": "x"}, {"y": "y"}, ""), models=[A]),
    ensemble("ens_version_zero", io(), step("a", {"x": "x"}, {"y": "y"}, "model_version: 0"), models=[A]),
    ensemble(
        "ens_version_of_another", io(), step("a", {"x": "x"}, {"y": "y"}, "model_version: 2"), models=[A]
    ),
    ensemble(
        "ens_version_minus_two", io(), step("a", {"x": "x"}, {"y": "y"}, "model_version: -2"), models=[A]
    ),
    ensemble("ens_version_one", io(), step("a", {"x": "x"}, {"y": "y"}, "model_version: 1"), models=[A]),
    ensemble(
        "ens_version_not_latest",
        io(),
        step("a", {"x": "x"}, {"y": "y"}, "model_version: 1"),
        models=[A, {"a/2/model.py": PYTHON_MODEL}],
    ),
    ensemble(
        "ens_versions_both",
        io(),
        step("a", {"x": "x"}, {"y": "t"}, "model_version: 1"),
        step("a", {"x": "t"}, {"y": "y"}, "model_version: 2"),
        models=[member("a", io() + "version_policy { all { } }"), {"a/2/model.py": PYTHON_MODEL}],
    ),
    # Circles of models.
    ensemble("ens_itself", io(), step("e", {"x": "x"}, {"y": "y"})),
    ensemble(
        "ens_ensemble_inside",
        io(),
        step("inner", {"x": "x"}, {"y": "y"}),
        models=[
            A,
            {path.replace("e/", "inner/", 1): content for path, content in whole(io(), X_TO_Y).items()},
        ],
    ),
    ensemble(
        "ens_circle_of_two",
        io(),
        step("inner", {"x": "x"}, {"y": "y"}),
        models=[
            {
                path.replace("e/", "inner/", 1): content
                for path, content in whole(io(), step("e", {"x": "x"}, {"y": "y"})).items()
            }
        ],
    ),
    # How its tensors flow.
    ensemble("ens_made_twice", io(outputs="yz"), X_TO_Y, step("b", {"x": "x"}, {"y": "y"}), models=[A, B]),
    ensemble(
        "ens_made_twice_by_one_step",
        io(),
        step("a", {"x": "x"}, {"y": "y", "z": "y"}),
        models=[member("a", io(outputs="yz"))],
    ),
    ensemble("ens_shared_tensor", io(outputs="yz"), X_TO_Y, step("b", {"x": "x"}, {"y": "z"}), models=[A, B]),
    ensemble(
        "ens_never_made",
        io(),
        step("a", {"x": "x", "w": "nothing"}, {"y": "y"}),
        models=[member("a", io(inputs="xw"))],
    ),
    ensemble(
        "ens_optional_never_made",
        io(),
        step("a", {"x": "x", "w": "nothing"}, {"y": "y"}),
        models=[
            member("a", io() + 'input [ { name: "w" data_type: TYPE_FP32 dims: [ 3 ] optional: true } ]')
        ],
    ),
    ensemble(
        "ens_tensors_in_a_circle",
        io(),
        step("a", {"x": "x", "w": "u"}, {"y": "t"}),
        step("b", {"x": "t"}, {"y": "u", "z": "y"}),
        models=[member("a", io(inputs="xw")), member("b", io(outputs="yz"))],
    ),
    ensemble("ens_unused_input", io(inputs="xw"), X_TO_Y, models=[A]),
    ensemble("ens_unmade_output", io(outputs="yz"), X_TO_Y, models=[A]),
    ensemble(
        "ens_unused_tensor",
        io(),
        step("a", {"x": "x"}, {"y": "y", "z": "t"}),
        models=[member("a", io(outputs="yz"))],
    ),
    ensemble("ens_output_left_out", io(), X_TO_Y, models=[member("a", io(outputs="yz"))]),
    ensemble("ens_inner_tensor_is_output", io(outputs="yt"), FIRST, THEN, models=[A, B]),
    ensemble("ens_output_is_input", io(outputs="yx"), X_TO_Y, models=[A]),
    ensemble(
        "ens_output_only_taken",
        io(outputs="yz"),
        step("a", {"x": "x", "w": "z"}, {"y": "y"}),
        models=[member("a", io(inputs="xw"))],
    ),
    ensemble(
        "ens_input_is_made",
        io(inputs="xw"),
        step("a", {"x": "x"}, {"y": "w"}),
        THEN.replace('"t"', '"w"'),
        models=[A, B],
    ),
    ensemble(
        "ens_input_is_only_made",
        io(inputs="xw"),
        step("a", {"x": "x"}, {"y": "y", "z": "w"}),
        models=[member("a", io(outputs="yz"))],
    ),
    ensemble("ens_without_inputs", io(inputs=""), X_TO_Y, models=[A]),
    ensemble("ens_without_outputs", io(outputs=""), X_TO_Y, models=[A]),
    ensemble("ens_input_twice", io(inputs="xx"), X_TO_Y, models=[A]),
)
