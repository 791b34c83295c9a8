"""Inputs and outputs: names, data types, dims, formats."""

from tests.corpus.case import PYTHON_MODEL, Case, completing_model, one_model, repository

X = 'input [ { name: "x" data_type: TYPE_FP32 dims: [ 1 ] } ]'
Y = 'output [ { name: "y" data_type: TYPE_FP32 dims: [ 1 ] } ]'

COMPLETES = completing_model()


def model(name: str, fields: str, code: str | None = None) -> Case:
    files = {"1/model.py": code} if code else None
    return one_model(f"tensors_{name}", f'backend: "python" {fields}', files)


def with_input(name: str, fields: str, code: str | None = None) -> Case:
    return model(name, f"input [ {{ {fields} }} ] {Y}", code)


def with_output(name: str, fields: str, code: str | None = None) -> Case:
    return model(name, f"{X} output [ {{ {fields} }} ]", code)


STEP = """ensemble_scheduling { step [ {
  model_name: "m" model_version: -1
  input_map { key: "x" value: "x" }
  output_map { key: "y" value: "y" }
} ] }"""


def ensemble(name: str, of_input: str) -> Case:
    files = {
        "e/config.pbtxt": f'platform: "ensemble" {of_input} {Y} {STEP}',
        "e/1/": "",
        "m/config.pbtxt": f'backend: "python" {X} {Y}',
        "m/1/model.py": PYTHON_MODEL,
    }
    return repository(f"tensors_{name}", files)


CASES = (
    with_input("input_without_name", "data_type: TYPE_FP32 dims: [ 1 ]"),
    with_output("output_without_name", "data_type: TYPE_FP32 dims: [ 1 ]"),
    with_input("input_without_name_completed", "data_type: TYPE_FP32 dims: [ 1 ]", COMPLETES),
    with_input("input_without_type", 'name: "x" dims: [ 1 ]'),
    with_output("output_without_type", 'name: "y" dims: [ 1 ]'),
    with_input("type_invalid", 'name: "x" data_type: TYPE_INVALID dims: [ 1 ]'),
    with_input("input_without_type_completed", 'name: "x" dims: [ 1 ]', COMPLETES),
    with_output("output_without_type_completed", 'name: "y" dims: [ 1 ]', COMPLETES),
    with_input("type_of_no_name", 'name: "x" data_type: 99 dims: [ 1 ]'),
    with_input("type_by_number", 'name: "x" data_type: 11 dims: [ 1 ]'),
    with_input("type_bf16", 'name: "x" data_type: TYPE_BF16 dims: [ 1 ]'),
    with_input("type_string", 'name: "x" data_type: TYPE_STRING dims: [ 1 ]'),
    with_input("input_without_dims", 'name: "x" data_type: TYPE_FP32'),
    with_output("output_without_dims", 'name: "y" data_type: TYPE_FP32'),
    with_input("input_without_dims_completed", 'name: "x" data_type: TYPE_FP32', COMPLETES),
    with_output("output_without_dims_completed", 'name: "y" data_type: TYPE_FP32', COMPLETES),
    with_input("input_of_a_name_completed", 'name: "x"', COMPLETES),
    with_input("another_input_completed", 'name: "other" dims: [ 1 ]', COMPLETES),
    with_input("dim_of_zero", 'name: "x" data_type: TYPE_FP32 dims: [ 2, 0 ]'),
    with_output("output_dim_of_zero", 'name: "y" data_type: TYPE_FP32 dims: [ 0 ]'),
    with_input("dim_of_zero_completed", 'name: "x" data_type: TYPE_FP32 dims: [ 0 ]', COMPLETES),
    with_input("dim_below_minus_one", 'name: "x" data_type: TYPE_FP32 dims: [ -2 ]'),
    with_input("dims_variable", 'name: "x" data_type: TYPE_FP32 dims: [ -1, 3, -1 ]'),
    with_input("nhwc_of_two_dims", 'name: "x" data_type: TYPE_FP32 dims: [ 2, 2 ] format: FORMAT_NHWC'),
    with_input(
        "nchw_of_four_dims", 'name: "x" data_type: TYPE_FP32 dims: [ 1, 3, 2, 2 ] format: FORMAT_NCHW'
    ),
    with_input("nchw_of_three_dims", 'name: "x" data_type: TYPE_FP32 dims: [ 3, 2, 2 ] format: FORMAT_NCHW'),
    with_input("no_format_of_two_dims", 'name: "x" data_type: TYPE_FP32 dims: [ 2, 2 ] format: FORMAT_NONE'),
    with_input("shape_tensor", 'name: "x" data_type: TYPE_INT32 dims: [ 1 ] is_shape_tensor: true'),
    with_output("output_shape_tensor", 'name: "y" data_type: TYPE_INT32 dims: [ 1 ] is_shape_tensor: true'),
    with_input("no_shape_tensor", 'name: "x" data_type: TYPE_INT32 dims: [ 1 ] is_shape_tensor: false'),
    with_input(
        "non_linear", 'name: "x" data_type: TYPE_FP32 dims: [ 1, 1, 1 ] is_non_linear_format_io: true'
    ),
    with_output(
        "output_non_linear", 'name: "y" data_type: TYPE_FP32 dims: [ 1, 1, 1 ] is_non_linear_format_io: true'
    ),
    with_input("not_non_linear", 'name: "x" data_type: TYPE_FP32 dims: [ 1 ] is_non_linear_format_io: false'),
    with_input("optional", 'name: "x" data_type: TYPE_FP32 dims: [ 1 ] optional: true'),
    with_input("ragged", 'name: "x" data_type: TYPE_FP32 dims: [ -1 ] allow_ragged_batch: true'),
    with_input("name_with_nul", 'name: "x\\000z" data_type: TYPE_FP32 dims: [ 1 ]'),
    with_input("name_of_a_space", 'name: " " data_type: TYPE_FP32 dims: [ 1 ]'),
    with_input("name_with_slashes", 'name: "scope/x:0" data_type: TYPE_FP32 dims: [ 1 ]'),
    model("same_input_twice", f"{X} {X} {Y}"),
    model("same_output_twice", f"{X} {Y} {Y}"),
    model("input_named_as_output", f'{X} output [ {{ name: "x" data_type: TYPE_FP32 dims: [ 1 ] }} ]'),
    ensemble("ensemble", X),
    ensemble("ensemble_input_without_type", X.replace("data_type: TYPE_FP32", "")),
    ensemble("ensemble_shape_tensor", X.replace("dims", "is_shape_tensor: true dims")),
    model("no_tensors", ""),
    model("only_inputs", X),
    model("largest_batch_negative", f"max_batch_size: -1 {X} {Y}"),
    model("largest_batch_zero", f"max_batch_size: 0 {X} {Y}"),
    model("largest_batch_huge", f"max_batch_size: 2147483647 {X} {Y}"),
    model("largest_batch_negative_completed", f"max_batch_size: -1 {X} {Y}", COMPLETES),
)
