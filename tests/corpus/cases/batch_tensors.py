"""Tensors that are made of a batch: batch_input and batch_output."""

from tests.corpus.case import Case, completing_model, one_model

IO = """
input [ { name: "x" data_type: TYPE_FP32 dims: [ -1 ] allow_ragged_batch: true } ]
output [ { name: "y" data_type: TYPE_FP32 dims: [ -1 ] } ]
"""

COMPLETES = completing_model(-1)


def batch_input(name: str, fields: str, io: str = IO, code: str | None = None) -> Case:
    config = f'backend: "python" max_batch_size: 4 {io} batch_input [ {{ {fields} }} ]'
    return one_model(f"batch_input_{name}", config, {"1/model.py": code} if code else None)


def batch_output(name: str, fields: str, io: str = IO, code: str | None = None) -> Case:
    config = f'backend: "python" max_batch_size: 4 {io} batch_output [ {{ {fields} }} ]'
    return one_model(f"batch_output_{name}", config, {"1/model.py": code} if code else None)


COUNT = 'kind: BATCH_ELEMENT_COUNT target_name: "n"'
SCATTER = "kind: BATCH_SCATTER_WITH_INPUT_SHAPE"

CASES = (
    batch_input("plain", f'{COUNT} data_type: TYPE_FP32 source_input: "x"'),
    batch_input("of_int32", f'{COUNT} data_type: TYPE_INT32 source_input: "x"'),
    batch_input("of_int64", f'{COUNT} data_type: TYPE_INT64 source_input: "x"'),
    batch_input("without_type", f'{COUNT} source_input: "x"'),
    batch_input("without_source", f"{COUNT} data_type: TYPE_FP32"),
    batch_input("of_two_sources", f'{COUNT} data_type: TYPE_FP32 source_input: [ "x", "x" ]'),
    batch_input("of_unknown_source", f'{COUNT} data_type: TYPE_FP32 source_input: "z"'),
    batch_input("of_completed_source", f'{COUNT} data_type: TYPE_FP32 source_input: "x"', "", COMPLETES),
    batch_input("of_output", f'{COUNT} data_type: TYPE_FP32 source_input: "y"'),
    batch_input("without_kind", 'target_name: "n" data_type: TYPE_FP32 source_input: "x"'),
    batch_input("of_unknown_kind", 'kind: 99 target_name: "n" data_type: TYPE_FP32 source_input: "x"'),
    batch_input(
        "of_item_shape", 'kind: BATCH_ITEM_SHAPE target_name: "n" data_type: TYPE_FP32 source_input: "x"'
    ),
    batch_input(
        "of_item_shape_without_source", 'kind: BATCH_ITEM_SHAPE_FLATTEN target_name: "n" data_type: TYPE_FP32'
    ),
    batch_input("without_target", 'kind: BATCH_ELEMENT_COUNT data_type: TYPE_FP32 source_input: "x"'),
    batch_output("plain", f'{SCATTER} target_name: "y" source_input: "x"'),
    batch_output("without_source", f'{SCATTER} target_name: "y"'),
    batch_output("of_two_sources", f'{SCATTER} target_name: "y" source_input: [ "x", "x" ]'),
    batch_output("of_unknown_source", f'{SCATTER} target_name: "y" source_input: "z"'),
    batch_output("of_completed_source", f'{SCATTER} target_name: "y" source_input: "x"', "", COMPLETES),
    batch_output("unknown_target", f'{SCATTER} target_name: "z" source_input: "x"'),
    batch_output("target_twice", f'{SCATTER} target_name: [ "y", "y" ] source_input: "x"'),
    batch_output(
        "target_of_two",
        f'{SCATTER} target_name: "y" source_input: "x" }}, {{ {SCATTER} target_name: "y" source_input: "x"',
    ),
    batch_output("without_target", f'{SCATTER} source_input: "x"'),
    batch_output("of_unknown_kind", 'kind: 7 target_name: "y" source_input: "x"'),
)
