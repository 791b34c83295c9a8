"""States of sequences, and their first values."""

from collections.abc import Mapping

from tests.corpus.case import PYTHON_MODEL, Case, one_model

IO = """
input [ { name: "x" data_type: TYPE_FP32 dims: [ 1 ] } ]
output [ { name: "y" data_type: TYPE_FP32 dims: [ 1 ] } ]
"""
STATE = 'input_name: "in" output_name: "out" data_type: TYPE_INT32 dims: [ 2 ]'


def states(name: str, fields: str, files: Mapping[str, bytes] | None = None, batch: int = 4) -> Case:
    config = f'backend: "python" max_batch_size: {batch} sequence_batching {{ {fields} }} {IO}'
    return one_model(f"state_{name}", config, {"1/model.py": PYTHON_MODEL, **(files or {})})


def initial(name: str, fields: str, files: Mapping[str, bytes] | None = None, state: str = STATE) -> Case:
    return states(name, f"state [ {{ {state} initial_state: {{ {fields} }} }} ]", files)


ZERO = 'name: "first" data_type: TYPE_INT32 dims: [ 2 ] zero_data: true'
FILE = 'name: "first" data_type: TYPE_INT32 dims: [ 2 ] data_file: '
OF_TEXT = 'input_name: "in" output_name: "out" data_type: TYPE_STRING dims: [ 1 ]'
VARIABLE = 'input_name: "in" output_name: "out" data_type: TYPE_INT32 dims: [ -1 ]'
TEXT_FILE = 'name: "first" data_type: TYPE_STRING dims: [ 1 ] data_file: "t"'

CASES = (
    states("plain", f"state [ {{ {STATE} }} ]"),
    states("of_no_fields", "state [ { } ]"),
    states(
        "of_dims_zero", 'state [ { input_name: "in" output_name: "out" data_type: TYPE_INT32 dims: [ 0 ] } ]'
    ),
    states("twice", f"state [ {{ {STATE} }}, {{ {STATE} }} ]"),
    states("growable", f"state [ {{ {STATE} use_growable_memory: true }} ]"),
    states("same_buffer", f"state [ {{ {STATE} use_same_buffer_for_input_output: true }} ]"),
    initial("zero", ZERO),
    initial("zero_of_false", ZERO.replace("true", "false")),
    initial("without_data", 'name: "first" data_type: TYPE_INT32 dims: [ 2 ]'),
    initial("without_name", "data_type: TYPE_INT32 dims: [ 2 ] zero_data: true"),
    initial("of_another_type", ZERO.replace("INT32", "FP32")),
    initial("without_type", 'name: "first" dims: [ 2 ] zero_data: true'),
    initial("of_more_dims", ZERO.replace("[ 2 ]", "[ 2, 1 ]")),
    initial("of_other_dims", ZERO.replace("[ 2 ]", "[ 3 ]")),
    initial("of_variable_dims", ZERO.replace("[ 2 ]", "[ -1 ]")),
    initial("of_any_dims", ZERO.replace("[ 2 ]", "[ 7 ]"), state=VARIABLE),
    initial("of_any_dims_variable", ZERO.replace("[ 2 ]", "[ -1 ]"), state=VARIABLE),
    initial("of_negative_dims", ZERO.replace("[ 2 ]", "[ 0 ]"), state=VARIABLE),
    states("two_initial", f"state [ {{ {STATE} initial_state: [ {{ {ZERO} }}, {{ {ZERO} }} ] }} ]"),
    states(
        "twice_with_initial",
        f"state [ {{ {STATE} initial_state: {{ {ZERO} }} }}, {{ {STATE} initial_state: {{ {ZERO} }} }} ]",
    ),
    states("twice_with_one_initial", f"state [ {{ {STATE} initial_state: {{ {ZERO} }} }}, {{ {STATE} }} ]"),
    initial("file", f'{FILE} "f"', {"initial_state/f": b"12345678"}),
    initial("file_longer", f'{FILE} "f"', {"initial_state/f": b"123456789"}),
    initial("file_shorter", f'{FILE} "f"', {"initial_state/f": b"1234567"}),
    initial("file_missing", f'{FILE} "f"'),
    initial("file_elsewhere", f'{FILE} "f"', {"f": b"12345678"}),
    initial("file_above", f'{FILE} "../f"', {"f": b"12345678", "initial_state/other": b""}),
    initial("file_above_without_folder", f'{FILE} "../f"', {"f": b"12345678"}),
    initial("file_in_folder", f'{FILE} "a/f"', {"initial_state/a/f": b"12345678"}),
    initial("file_absolute", f'{FILE} "/f"', {"initial_state/f": b"12345678"}),
    initial("file_of_text", TEXT_FILE, {"initial_state/t": b""}, state=OF_TEXT),
    initial("file_of_text_missing", TEXT_FILE, {}, state=OF_TEXT),
)
