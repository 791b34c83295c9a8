"""Reshapes of inputs and outputs."""

from tests.corpus.case import Case, one_model

Y = 'output [ { name: "y" data_type: TYPE_FP32 dims: [ 1 ] } ]'


def reshaped(name: str, dims: str, shape: str, batch: int = 0) -> Case:
    tensor = f'name: "x" data_type: TYPE_FP32 dims: [ {dims} ] reshape {{ shape: [ {shape} ] }}'
    fields = f'backend: "python" max_batch_size: {batch} input [ {{ {tensor} }} ] {Y}'
    return one_model(f"reshape_{name}", fields)


def of_output(name: str, dims: str, shape: str) -> Case:
    tensor = f'name: "y" data_type: TYPE_FP32 dims: [ {dims} ] reshape {{ shape: [ {shape} ] }}'
    return one_model(f"reshape_{name}", f'backend: "python" output [ {{ {tensor} }} ]')


CASES = (
    reshaped("same_count", "2, 3", "6"),
    reshaped("other_count", "2, 3", "5"),
    of_output("output_other_count", "2, 3", "7"),
    of_output("output_same_count", "2, 3", "3, 2"),
    reshaped("empty_without_batch", "1", ""),
    reshaped("empty_with_batch", "1", "", batch=4),
    reshaped("empty_of_ones", "1, 1", "", batch=4),
    reshaped("empty_of_two", "2", "", batch=4),
    reshaped("empty_of_variable", "-1", "", batch=4),
    reshaped("zero", "1", "0", batch=4),
    reshaped("below_minus_one", "2", "-2"),
    reshaped("variable_same_parts", "2, 4, -1, 6", "8, -1, 1, 6"),
    reshaped("variable_other_parts", "2, 4, -1, 6", "6, -1, 8"),
    reshaped("variable_count", "-1, 2", "-1, -1, 2"),
    reshaped("variable_to_fixed", "-1, 2", "2, 2"),
    reshaped("fixed_to_variable", "2, 2", "-1, 2"),
    reshaped("variable_all", "-1", "-1, 1"),
    reshaped("count_that_overflows", "4294967296, 4294967296", "1"),
    reshaped("counts_that_overflow_alike", "4294967296, 4294967296", "4294967296, 8589934592"),
    reshaped("to_one", "1", "1, 1, 1"),
)
