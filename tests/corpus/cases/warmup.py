"""Warm-up requests, and the files with their data."""

from collections.abc import Mapping

from tests.corpus.case import PYTHON_MODEL, Case, completing_model, one_model

IO = """
input [ { name: "x" data_type: TYPE_FP32 dims: [ -1, 2 ] } ]
output [ { name: "y" data_type: TYPE_FP32 dims: [ 1 ] } ]
"""
ONLY_INPUT = 'input [ { name: "x" data_type: TYPE_FP32 dims: [ -1, 2 ] } ]'
TEXT_IO = IO.replace('"x" data_type: TYPE_FP32 dims: [ -1, 2 ]', '"x" data_type: TYPE_STRING dims: [ -1 ]')
OPTIONAL_IO = IO.replace(
    "[ -1, 2 ] }", '[ -1, 2 ] }, { name: "o" data_type: TYPE_FP32 dims: [ 1 ] optional: true }'
)

COMPLETES = completing_model(then="config.set_max_batch_size(4)")


def sample(
    name: str,
    inputs: str,
    files: Mapping[str, bytes] | None = None,
    *,
    io: str = IO,
    batch: int = 4,
    size: str = "batch_size: 1",
    more: str = "",
    code: str = PYTHON_MODEL,
) -> Case:
    warmup = f'model_warmup [ {{ name: "w" {size} {inputs} }} ]'
    config = f'backend: "python" max_batch_size: {batch} {io} {warmup} {more}'
    return one_model(f"warmup_{name}", config, {"1/model.py": code, **(files or {})})


def given(fields: str, name: str = "x") -> str:
    return f'inputs {{ key: "{name}" value: {{ {fields} }} }}'


FLOATS = "data_type: TYPE_FP32 dims: [ 3, 2 ]"
ZERO = f"{FLOATS} zero_data: true"
RANDOM = f"{FLOATS} random_data: true"
FILE = f'{FLOATS} input_data_file: "f"'
START = "kind: CONTROL_SEQUENCE_START int32_false_true: [ 0, 1 ]"
TWO_SAMPLES = f'{{ name: "w" batch_size: 1 {given(ZERO)} }}, {{ name: "w" batch_size: 1 {given(RANDOM)} }}'
TEXT = "data_type: TYPE_STRING dims: [ 2 ]"
TEXT_FILE = f'{TEXT} input_data_file: "t"'
TWO_TEXTS = b"\x01\x00\x00\x00a\x02\x00\x00\x00bc"

CASES = (
    sample("zero", given(ZERO)),
    sample("random", given(RANDOM)),
    sample("zero_of_false", given(ZERO.replace("true", "false"))),
    sample("without_data", given(FLOATS)),
    sample("without_inputs", ""),
    sample(
        "without_inputs_of_optional", "", io=IO.replace("[ -1, 2 ] }", "[ -1, 2 ] optional: true }"), batch=0
    ),
    sample(
        "without_inputs_of_optional_batch", "", io=IO.replace("[ -1, 2 ] }", "[ -1, 2 ] optional: true }")
    ),
    sample("without_inputs_of_none", "", io=""),
    sample("of_no_outputs", given(ZERO, "z"), io=ONLY_INPUT),
    sample("variable_dims", given(ZERO.replace("[ 3, 2 ]", "[ -1, 2 ]"))),
    sample("without_dims", given("data_type: TYPE_FP32 zero_data: true")),
    sample("other_dims", given(ZERO.replace("[ 3, 2 ]", "[ 3, 3 ]"))),
    sample("more_dims", given(ZERO.replace("[ 3, 2 ]", "[ 1, 3, 2 ]"))),
    sample("dims_without_batch", given(ZERO), batch=0),
    sample("dims_of_zero", given(ZERO.replace("[ 3, 2 ]", "[ 0, 2 ]"))),
    sample("dims_negative", given(ZERO.replace("[ 3, 2 ]", "[ -2, 2 ]"))),
    sample("another_type", given(ZERO.replace("FP32", "FP64"))),
    sample("without_type", given("dims: [ 3, 2 ] zero_data: true")),
    sample("unknown_input", given(ZERO, "z")),
    sample("unknown_input_beside", f"{given(ZERO)} {given(ZERO, 'z')}"),
    sample(
        "missing_input",
        given(ZERO),
        io=IO.replace("[ -1, 2 ] }", '[ -1, 2 ] }, { name: "o" data_type: TYPE_FP32 dims: [ 1 ] }'),
    ),
    sample("missing_optional_input", given(ZERO), io=OPTIONAL_IO),
    sample(
        "only_optional_input", given("data_type: TYPE_FP32 dims: [ 1 ] zero_data: true", "o"), io=OPTIONAL_IO
    ),
    sample(
        "control",
        f"{given(ZERO)} {given('data_type: TYPE_INT32 dims: [ 1 ] zero_data: true', 's')}",
        more=f"sequence_batching {{ control_input [ {{ name: 's' control [ {{ {START} }} ] }} ] }}",
    ),
    sample("size_zero", given(FLOATS), size=""),
    sample("size_of_batch", given(ZERO), size="batch_size: 4"),
    sample("size_above", given(ZERO), size="batch_size: 5"),
    sample("size_without_batch", given(ZERO), size="batch_size: 2", batch=0),
    sample("size_one_without_batch", given(ZERO), batch=0),
    sample("count", given(ZERO), size="batch_size: 1 count: 3"),
    sample(
        "completed",
        given(ZERO.replace("[ 3, 2 ]", "[ 1 ]")),
        io="",
        code=COMPLETES,
        batch=0,
        size="batch_size: 3",
    ),
    sample("completed_other", given(ZERO), io="", code=COMPLETES, batch=0),
    sample("file", given(FILE), {"warmup/f": bytes(24)}),
    sample("file_longer", given(FILE), {"warmup/f": bytes(25)}),
    sample("file_shorter", given(FILE), {"warmup/f": bytes(23)}),
    sample("file_missing", given(FILE)),
    sample("file_elsewhere", given(FILE), {"f": bytes(24)}),
    sample("file_in_folder", given(FILE.replace('"f"', '"a/f"')), {"warmup/a/f": bytes(24)}),
    sample("file_above", given(FILE.replace('"f"', '"../f"')), {"f": bytes(24), "warmup/other": b""}),
    sample(
        "file_of_version", given(FILE.replace('"f"', '"../1/f"')), {"1/f": bytes(24), "warmup/other": b""}
    ),
    sample("file_unnamed", given(FILE.replace('"f"', '""')), {"warmup/f": bytes(24)}),
    sample("file_is_folder", given(FILE), {"warmup/f/g": bytes(24)}),
    sample("file_missing_of_size_zero", given(FILE), size=""),
    sample(
        "file_missing_of_passive", given(FILE), more="instance_group [ { kind: KIND_CPU passive: true } ]"
    ),
    sample("text_zero", given(f"{TEXT} zero_data: true"), io=TEXT_IO),
    sample("text_random", given(f"{TEXT} random_data: true"), io=TEXT_IO),
    sample("text_file", given(TEXT_FILE), {"warmup/t": TWO_TEXTS}, io=TEXT_IO),
    sample("text_file_of_three", given(TEXT_FILE), {"warmup/t": TWO_TEXTS + b"\x00\x00\x00\x00"}, io=TEXT_IO),
    sample("text_file_of_one", given(TEXT_FILE), {"warmup/t": TWO_TEXTS[:5]}, io=TEXT_IO),
    sample("text_file_cut", given(TEXT_FILE), {"warmup/t": TWO_TEXTS[:-1]}, io=TEXT_IO),
    sample("text_file_of_plain_text", given(TEXT_FILE), {"warmup/t": b"hello"}, io=TEXT_IO),
    sample("text_file_empty", given(TEXT_FILE), {"warmup/t": b""}, io=TEXT_IO),
    sample(
        "bf16",
        given("data_type: TYPE_BF16 dims: [ 2 ] zero_data: true"),
        io=TEXT_IO.replace("TYPE_STRING", "TYPE_BF16"),
        more="",
    ),
    one_model("warmup_of_no_model_fields", f'backend: "python" {IO} model_warmup [ {{ }} ]'),
    one_model("warmup_twice", f'backend: "python" max_batch_size: 4 {IO} model_warmup [ {TWO_SAMPLES} ]'),
)
