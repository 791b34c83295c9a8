"""What single backends and repository agents make of their own fields."""

from collections.abc import Mapping

from tests.corpus.case import Case, one_model

ONNX = (
    b'\x08\x08\x12\x00:A\n\x10\n\x01x\x12\x01y"\x08Identity\x12\x01gZ\x14\n\x01x\x12\x0f\n\r\x08\x01'
    b"\x12\t\n\x03\x12\x01n\n\x02\x08\x02b\x14\n\x01y\x12\x0f\n\r\x08\x01\x12\t\n\x03\x12\x01n\n\x02"
    b"\x08\x02B\x04\n\x00\x10\r"
)
"""The identity from x to y, both FP32 [n, 2]."""

FLAT = (
    b'\x08\x08\x12\x00:9\n\x10\n\x01x\x12\x01y"\x08Identity\x12\x01gZ\x10\n\x01x\x12\x0b\n\t'
    b"\x08\x01\x12\x05\n\x03\x12\x01nb\x10\n\x01y\x12\x0b\n\t\x08\x01\x12\x05\n\x03\x12\x01nB\x04\n\x00\x10\r"
)
"""The identity from x to y, both FP32 [n]: in a batch, scalars."""

IO = """
input [ { name: "x" data_type: TYPE_FP32 dims: [ 2 ] } ]
output [ { name: "y" data_type: TYPE_FP32 dims: [ 2 ] } ]
"""
DIGEST = "0cc175b9c0f1b6a831c399e269772661"
"""MD5 of the letter a."""


def onnx(name: str, fields: str, io: str = IO) -> Case:
    config = f'backend: "onnxruntime" max_batch_size: 4 {io} {fields}'
    return one_model(f"onnx_{name}", config, {"1/model.onnx": ONNX})


def pytorch(name: str, fields: str, io: str = IO) -> Case:
    return one_model(f"pytorch_{name}", f'backend: "pytorch" {io} {fields}', {"1/model.pt": b"none"})


def tensorrt(name: str, fields: str) -> Case:
    return one_model(f"tensorrt_{name}", f'backend: "tensorrt" {fields}', {"1/model.plan": b"none"})


def parameter(key: str, value: str) -> str:
    return f'parameters {{ key: "{key}" value: {{ string_value: "{value}" }} }}'


def checksum(name: str, key: str, digest: str, files: Mapping[str, bytes] | None = None) -> Case:
    agent = f'agents [ {{ name: "checksum" parameters {{ key: "{key}" value: "{digest}" }} }} ]'
    config = f'backend: "onnxruntime" model_repository_agents {{ {agent} }}'
    return one_model(f"checksum_{name}", config, {"1/model.onnx": ONNX, **(files or {})})


def accelerator(field: str, name: str, more: str = "") -> str:
    return f'optimization {{ execution_accelerators {{ {field} [ {{ name: "{name}" }} ] }} }} {more}'


ONLY_X = 'input [ { name: "x" data_type: TYPE_FP32 dims: [ 2 ] } ]'
COUNT = 'batch_input [ { target_name: "n" data_type: TYPE_FP32 source_input: "x" } ]'
START = 'name: "start" control [ { kind: CONTROL_SEQUENCE_START int32_false_true: [ 0, 1 ] } ]'
FLOATS = "data_type: TYPE_FP32 dims: [ 2 ]"

CASES = (
    onnx("plain", ""),
    onnx("undeclared", "", ""),
    onnx("input_without_type", "", 'input [ { name: "x" dims: [ 2 ] } ]'),
    onnx("input_and_output_without_type", "", IO.replace("data_type: TYPE_FP32", "")),
    onnx("batch_input_undeclared", COUNT, ""),
    one_model(
        "onnx_empty_reshape_until_completed",
        'backend: "onnxruntime" input [ { name: "x" data_type: TYPE_FP32 dims: [ 1 ] reshape { } } ]',
        {"1/model.onnx": FLAT},
    ),
    onnx("preferred_undeclared", "dynamic_batching { preferred_batch_size: [ 8 ] }", ""),
    onnx(
        "warmup_above",
        f'model_warmup [ {{ batch_size: 5 inputs {{ key: "x" value: {{ {FLOATS} zero_data: true }} }} }} ] '
        "instance_group [ { kind: KIND_CPU count: 1 } ]",
    ),
    onnx(
        "warmup_of_batch",
        f'model_warmup [ {{ batch_size: 4 inputs {{ key: "x" value: {{ {FLOATS} zero_data: true }} }} }} ]',
    ),
    onnx("threads", parameter("intra_op_thread_count", "2")),
    onnx("threads_of_words", parameter("intra_op_thread_count", "two")),
    onnx("threads_of_other_words", parameter("inter_op_thread_count", "many")),
    onnx("mode", parameter("execution_mode", "1")),
    onnx("mode_two", parameter("execution_mode", "2")),
    onnx("arena", parameter("enable_mem_arena", "OFF")),
    onnx("arena_of_words", parameter("enable_mem_arena", "no")),
    onnx("accelerator_openvino", accelerator("cpu_execution_accelerator", "openvino")),
    onnx("accelerator_unknown", accelerator("cpu_execution_accelerator", "fast")),
    onnx("accelerator_of_gpus_unknown", accelerator("gpu_execution_accelerator", "fast")),
    onnx("runtime_model_py", 'runtime: "model.py"'),
    onnx("cpu_only_of_python", parameter("FORCE_CPU_ONLY_INPUT_TENSORS", "no")),
    pytorch("threads_of_words", parameter("INTRA_OP_THREAD_COUNT", "two")),
    pytorch("switch_of_words", parameter("INFERENCE_MODE", "yes")),
    pytorch("optional", "", IO.replace("[ 2 ] } ]\noutput", "[ 2 ] optional: true } ]\noutput")),
    pytorch("without_outputs", "", ONLY_X),
    pytorch("of_unsigned", "", IO.replace("TYPE_FP32", "TYPE_UINT32")),
    pytorch(
        "of_texts",
        "",
        IO.replace("data_type: TYPE_FP32 dims: [ 2 ]", "data_type: TYPE_STRING dims: [ 2, 2 ]"),
    ),
    pytorch("unnumbered_control", f"sequence_batching {{ control_input [ {{ {START} }} ] }}"),
    tensorrt("profile_of_words", 'instance_group [ { kind: KIND_CPU profile: "fast" } ]'),
    tensorrt(
        "non_linear_of_two_dims",
        'input [ { name: "x" data_type: TYPE_FP32 dims: [ 2, 2 ] is_non_linear_format_io: true } ]',
    ),
    checksum("of_a_file", "MD5:a", DIGEST, {"a": b"a"}),
    checksum("of_another_file", "MD5:a", DIGEST, {"a": b"b"}),
    checksum("of_no_file", "MD5:a", DIGEST),
    checksum("in_capitals", "MD5:a", DIGEST.upper(), {"a": b"a"}),
    checksum("of_another_algorithm", "SHA256:a", DIGEST, {"a": b"a"}),
    checksum("of_no_algorithm", "a", DIGEST, {"a": b"a"}),
)
