"""Sequence batching: controls, strategies, and what goes along with it."""

from tests.corpus.case import Case, one_model

IO = """
input [ { name: "x" data_type: TYPE_FP32 dims: [ 1 ] } ]
output [ { name: "y" data_type: TYPE_FP32 dims: [ 1 ] } ]
"""


def sequence(name: str, fields: str, batch: int = 4, more: str = "") -> Case:
    config = f'backend: "python" max_batch_size: {batch} sequence_batching {{ {fields} }} {IO} {more}'
    return one_model(f"sequence_{name}", config)


def control(name: str, *controls: str) -> Case:
    return sequence(name, f"control_input [ {', '.join(f'{{ {fields} }}' for fields in controls)} ]")


def one(name: str, *kinds: str) -> str:
    return f'name: "{name}" control [ {", ".join(f"{{ {fields} }}" for fields in kinds)} ]'


START = "kind: CONTROL_SEQUENCE_START int32_false_true: [ 0, 1 ]"
END = "kind: CONTROL_SEQUENCE_END fp32_false_true: [ 0, 1 ]"
READY = "kind: CONTROL_SEQUENCE_READY bool_false_true: [ false, true ]"
CORRID = "kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_UINT64"

CASES = (
    sequence("plain", ""),
    sequence("direct", "direct { }"),
    sequence("oldest", "oldest { max_candidate_sequences: 4 }"),
    sequence("without_batch", "", batch=0),
    control("controls", one("s", START), one("e", END), one("r", READY), one("c", CORRID)),
    control("nameless_control", "control [ { " + START + " } ]"),
    control("nameless_control_without_kind", "name: ''"),
    control("control_without_kinds", 'name: "s"'),
    control("control_without_values", one("s", "kind: CONTROL_SEQUENCE_START")),
    control("control_of_no_fields", one("s", "")),
    control("two_kinds_of_values", one("s", f"{START} fp32_false_true: [ 0, 1 ]")),
    control("one_value", one("s", "kind: CONTROL_SEQUENCE_END int32_false_true: [ 0 ]")),
    control("three_values", one("s", "kind: CONTROL_SEQUENCE_READY bool_false_true: [ false, true, true ]")),
    control("two_starts", one("s", START), one("t", START)),
    control("two_starts_of_one", one("s", START, START)),
    control("two_controls_of_one_name", one("s", START), one("s", END)),
    control("two_kinds_of_one", one("s", START, END)),
    control("named_as_an_input", one("x", START)),
    control("two_corrids", one("c", CORRID), one("d", CORRID)),
    control("corrid_of_float", one("c", "kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_FP32")),
    control("corrid_without_type", one("c", "kind: CONTROL_SEQUENCE_CORRID")),
    control("corrid_of_text", one("c", "kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_STRING")),
    control("corrid_with_values", one("c", f"{CORRID} int32_false_true: [ 0, 1 ]")),
    control("start_with_type", one("s", f"{START} data_type: TYPE_FP64")),
    control("unknown_kind", one("s", "kind: 17 int32_false_true: [ 0 ]")),
    sequence("preferred", "oldest { preferred_batch_size: [ 2, 4 ] }"),
    sequence("preferred_above", "oldest { preferred_batch_size: [ 8 ] }"),
    sequence("preferred_zero", "oldest { preferred_batch_size: [ 0 ] }"),
    sequence("preferred_without_batch", "oldest { preferred_batch_size: [ 1 ] }", batch=0),
    sequence("oldest_in_order", "oldest { preserve_ordering: true }"),
    sequence("candidates_negative", "oldest { max_candidate_sequences: -1 }"),
    sequence("candidates_fewer_than_batch", "oldest { max_candidate_sequences: 1 }"),
    sequence("utilization", "direct { minimum_slot_utilization: 0.5 }"),
    sequence("utilization_above", "direct { minimum_slot_utilization: 1.01 }"),
    sequence("utilization_negative", "direct { minimum_slot_utilization: -0.1 }"),
    sequence("utilization_nan", "direct { minimum_slot_utilization: nan }"),
    sequence("utilization_zero", "direct { minimum_slot_utilization: 0 }"),
    sequence("utilization_one", "direct { minimum_slot_utilization: 1 }"),
    sequence("iterative", "iterative_sequence: true"),
    sequence("idle", "max_sequence_idle_microseconds: 5"),
    sequence("cached", "", more="response_cache { enable: true }"),
    sequence("not_cached", "", more="response_cache { enable: false }"),
    sequence(
        "with_strategy_of_batches",
        "",
        more='parameters { key: "TRITON_BATCH_STRATEGY_PATH" value: { string_value: "/x.so" } }',
    ),
    sequence("decoupled", "", more="model_transaction_policy { decoupled: true }"),
)
