"""Models for the onnxruntime backend, with the verdicts of NVIDIA's (release 24.10)."""

import importlib
import struct
from functools import partial
from typing import Any

from tests.support.backend_cases.case import (
    Case,
    Files,
    control,
    correlation,
    entry,
    parameter,
    sequence,
    state,
)
from tests.support.backend_cases.case import config as any_config

config = partial(any_config, "onnxruntime")
INT32, BOOL, UINT64, BFLOAT16, STRING, FLOAT = 6, 9, 13, 16, 8, 1  # numbers of onnx
F32, I32 = "fp32_false_true: [ 0, 1 ]", "int32_false_true: [ 0, 1 ]"
RAGGED, OPTIONAL, SCALAR = "allow_ragged_batch: true", "optional: true", "reshape { shape: [ ] }"


def graph(build: str, *arguments: Any, path: str = "model.onnx", **more: Any) -> Files:
    def files() -> dict[str, bytes]:
        models = importlib.import_module("tests.support.onnx_models")
        return {path: getattr(models, build)(*arguments, **more).SerializeToString()}

    return files


def beside(location: str, path: str, numbers: str) -> Files:
    """A model whose numbers are in a file beside it."""
    made = graph("with_file_beside", location, path=path)
    return lambda: {**made(), numbers: struct.pack("<3f", 1, 2, 3)}


def raw(content: bytes, path: str = "model.onnx") -> Files:
    return lambda: {path: content}


FIXED = graph("identity", [3])
BATCH = graph("identity", ["n", 3])
FREE = graph("identity", ["n"])
ONE_THREE = graph("identity", [1, 3])
ONE = graph("identity", [])
NO_RANK = graph("identity", None)
PAIR = graph("two_pairs", [3], [3])
WEIGHT = graph("with_weight", True)


def controlled(dims: list[Any], kind: int = FLOAT) -> Files:
    return graph("two_pairs", ["n", 3], dims, kind=kind)


UNABLE = "unable to load model '{name}'"
UNRAGGED = UNABLE + ", configuration expects model provides input with shape [-1]"
SCALARS = (
    UNABLE + ", scalar tensor 'x', should only provide 1 in the model configuration when the model doesn't "
    "support batching. Model configuration provided: "
)


def count(expected: int, provided: int) -> str:
    return f"{UNABLE}, configuration expects {expected} inputs, model provides {provided}"


def shape(tensor: str, model: str, told: str, batch: bool = False) -> str:
    """The two shapes as Triton prints them, the batch dimension included."""
    ranks = [text.count(",") + 1 for text in (model, told)]
    added = (
        "(an initial batch dimension because max_batch_size > 0 followed by the explicit tensor shape, "
        "making complete shape "
    )
    return (
        f"model '{{name}}', tensor '{tensor}': the model expects {ranks[0]} dimensions (shape {model}) but "
        f"the model configuration specifies {ranks[1]} dimensions {added if batch else '(shape '}{told})"
    )


def no_batch(tensor: str) -> str:
    return (
        f"model '{{name}}', tensor '{tensor}': for the model to support batching the shape should have at "
        "least 1 dimension and the first dimension must be -1; but shape expected by the model is [1,3]"
    )


def weight(more: str = "", kind: str = "FP32", dims: str = "1") -> str:
    return f"{entry('x', dims='-1, 3')}, {entry('w', kind, dims, more)}"


OUT = entry("y", dims="-1, 3")
TYPES = [
    Case(
        "input-type",
        FIXED,
        config(entry("x", "FP16")),
        UNABLE + ", configuration expects datatype TYPE_FP16 for input 'x', model provides TYPE_FP32",
    ),
    Case(
        "output-type",
        FIXED,
        config(outputs=entry("y", "INT64")),
        UNABLE + ", configuration expects datatype TYPE_INT64 for output 'y', model provides TYPE_FP32",
    ),
    Case(
        "text-is-bytes",
        graph("identity", [3], kind=STRING),
        config(outputs=entry("y", "STRING")),
        UNABLE + ", configuration expects datatype TYPE_FP32 for input 'x', model provides TYPE_BYTES",
    ),
    Case(
        "bf16",
        graph("identity", [3], kind=BFLOAT16),
        config(entry("x", "BF16"), entry("y", "BF16")),
        "unsupported datatype TYPE_BF16 for input 'x' for model '{name}'",
    ),
    Case(
        "bf16-as-fp16",
        graph("identity", [3], kind=BFLOAT16),
        config(entry("x", "FP16"), entry("y", "FP16")),
        UNABLE + ", configuration expects datatype TYPE_FP16 for input 'x', model provides TYPE_<invalid>",
    ),
    Case(
        "sequence-of-maps",
        graph("classes_by_name", True),
        config(entry("x", dims="-1, 3"), entry("z", dims="-1, 3")),
        "Unsupported ONNX Type 'ONNX_TYPE_SEQUENCE' for I/O 'y', expected 'ONNX_TYPE_TENSOR'.",
    ),
    Case(
        "optional-tensor",
        graph("optional_tensor"),
        config(),
        "Unsupported ONNX Type 'ONNX_TYPE_UNKNOWN' for I/O 'x', expected 'ONNX_TYPE_TENSOR'.",
    ),
]
SHAPES = [
    Case("fits", FIXED, config()),
    Case("fits-a-batch", BATCH, config(batch=4)),
    Case("input-rank", FIXED, config(entry("x", dims="1, 3")), shape("x", "[3]", "[1,3]")),
    Case("output-rank", ONE_THREE, config(entry("x", dims="1, 3")), shape("y", "[1,3]", "[3]")),
    Case("input-size", FIXED, config(entry("x", dims="4")), shape("x", "[3]", "[4]")),
    Case("input-fixed-told-free", FIXED, config(entry("x", dims="-1")), shape("x", "[3]", "[-1]")),
    Case("input-free-told-fixed", FREE, config(outputs=entry("y", dims="-1"))),
    Case("output-free-told-fixed", FREE, config(), shape("y", "[-1]", "[3]")),
    Case("output-fixed-told-free", FIXED, config(outputs=entry("y", dims="-1")), shape("y", "[3]", "[-1]")),
    Case(
        "batch-over-fixed",
        ONE_THREE,
        config(batch=4),
        no_batch("x"),
    ),
    Case(
        "batch-over-fixed-output",
        graph("identity", ["n", 3], [1, 3]),
        config(batch=4),
        no_batch("y"),
    ),
    Case(
        "batch-rank",
        BATCH,
        config(entry("x", dims="-1, 3"), batch=4),
        shape("x", "[-1,3]", "[-1,-1,3]", batch=True),
    ),
    Case("scalar", ONE, config(entry("x", dims="1"), entry("y", dims="1, 1"))),
    Case("scalar-of-two", ONE, config(entry("x", dims="2"), entry("y", dims="1")), SCALARS + "[2]."),
    Case("scalar-in-batch", ONE, config(entry("x", dims="1"), entry("y", dims="1"), batch=2)),
    Case(
        "scalar-reshaped-in-batch",
        ONE,
        config(entry("x", dims="1", more=SCALAR), entry("y", dims="1", more=SCALAR), batch=2),
    ),
    Case("no-rank", NO_RANK, config(), SCALARS + "[3]."),
    Case(
        "reshaped",
        ONE_THREE,
        config(
            entry("x", more="reshape { shape: [ 1, 3 ] }"), entry("y", more="reshape { shape: [ 1, 3 ] }")
        ),
    ),
    Case(
        "reshaped-otherwise",
        ONE_THREE,
        config(entry("x", more="reshape { shape: [ 3, 1 ] }"), entry("y", dims="1, 3")),
        shape("x", "[1,3]", "[3,1]"),
    ),
    Case("ragged", FREE, config(entry("x", dims="-1", more=RAGGED), entry("y", dims="-1"))),
    Case(
        "ragged-of-two",
        BATCH,
        config(entry("x", more=RAGGED), batch=4),
        UNRAGGED + "  for ragged input 'x', model provides [-1,3]",
    ),
    Case(
        "ragged-optional",
        WEIGHT,
        config(weight(f"{OPTIONAL} {RAGGED}"), OUT),
        UNRAGGED + " for ragged input 'w', which is not supported for optional input",
    ),
]
NAMES = [
    Case("unknown-input", FIXED, config(entry("z")), "unexpected inference input 'z', allowed inputs are: x"),
    Case(
        "unknown-output",
        FIXED,
        config(outputs=f"{entry('y')}, {entry('z')}"),
        "unexpected inference output 'z', allowed outputs are: y",
    ),
    Case(
        "unknown-of-two",
        PAIR,
        config(f"{entry('x')}, {entry('z')}"),
        "unexpected inference input 'z', allowed inputs are: s, x",
    ),
    Case("missing-input", PAIR, config(), count(1, 2)),
    Case("one-input-more", FIXED, config(f"{entry('x')}, {entry('z')}"), count(2, 1)),
    Case("some-outputs", PAIR, config(f"{entry('x')}, {entry('s', 'INT64')}")),
    Case("weight", WEIGHT, config(weight(OPTIONAL), OUT)),
    Case("weight-required", WEIGHT, config(weight(), OUT), count(2, 1)),
    Case("weight-left-out", WEIGHT, config(entry("x", dims="-1, 3"), OUT)),
    Case(
        "weight-type",
        WEIGHT,
        config(weight(OPTIONAL, "INT32"), OUT),
        UNABLE + ", configuration expects datatype TYPE_INT32 for input 'w', model provides TYPE_FP32",
    ),
    Case(
        "weight-in-batch",
        WEIGHT,
        config(f"{entry('x')}, {entry('w', dims='1', more=OPTIONAL)}", batch=4),
        UNABLE + ", optional input 'w' is not supported for models that support batching",
    ),
    Case("required-told-optional", FIXED, config(entry("x", more=OPTIONAL)), count(0, 1)),
]
CONTROL = UNABLE + ", sequence control 's'"
SEQUENCES = [
    Case("control", controlled(["n", 1]), config(batch=4, more=sequence(control("s", F32)))),
    Case(
        "control-dims",
        controlled(["n", 2]),
        config(batch=4, more=sequence(control("s", F32))),
        CONTROL + " in model has dims [2] but dims [1] is expected",
    ),
    Case(
        "control-free",
        controlled(["n", "m"]),
        config(batch=4, more=sequence(control("s", F32))),
        CONTROL + " in model has dims [-1] but dims [1] is expected",
    ),
    Case(
        "control-rank",
        controlled(["n"]),
        config(batch=4, more=sequence(control("s", F32))),
        CONTROL + " in model has dims [] but dims [1] is expected",
    ),
    Case(
        "control-type",
        controlled(["n", 1]),
        config(batch=4, more=sequence(control("s", I32))),
        CONTROL
        + ", the model expects data-type FLOAT but the model configuration specifies data-type TYPE_INT32",
    ),
    Case(
        "control-nowhere",
        BATCH,
        config(batch=4, more=sequence(control("s", F32))),
        "configuration specified sequence control 's', but model does not provide that input",
    ),
    Case(
        "control-twice",
        controlled(["n", 1]),
        config(f"{entry('x')}, {entry('s', dims='1')}", batch=4, more=sequence(control("s", F32))),
        count(3, 2),
    ),
    Case("control-left-out", controlled(["n", 1]), config(batch=4, more=sequence()), count(1, 2)),
    Case(
        "correlation",
        controlled(["n", 1], UINT64),
        config(batch=4, more=sequence(correlation("s", "UINT64"))),
    ),
    Case(
        "correlation-type",
        controlled(["n", 1]),
        config(batch=4, more=sequence(correlation("s", "INT64"))),
        CONTROL
        + ", the model expects data-type FLOAT but the model configuration specifies data-type TYPE_INT64",
    ),
    Case("state", graph("sums"), config(batch=4, more=sequence(state=state()))),
    Case("state-unknown", graph("sums"), config(batch=4, more=sequence(state=state("a", "b")))),
    Case("state-more", BATCH, config(batch=4, more=sequence(state=state())), count(2, 1)),
]


def cpu_accelerator(name: str) -> str:
    return (
        f'optimization {{ execution_accelerators {{ cpu_execution_accelerator [ {{ name: "{name}" }} ] }} }}'
    )


MODE = "Invalid configuration value provided. Expected values for  execution_mode are 0 or 1 but got {} ."
SETTINGS = [
    *(
        Case(f"{key}-{place}", FIXED, config(more=parameter(key, text)), refusal)
        for key in ("execution_mode", "intra_op_thread_count", "inter_op_thread_count")
        for place, (text, refusal) in enumerate(
            {
                "1": "",
                " +1x": "",
                "0x1": "",
                "abc": "failed to convert 'abc' to integral number",
                "": "failed to convert '' to integral number",
            }.items()
        )
    ),
    *(
        Case(f"{key}-{place}", FIXED, config(more=parameter(key, text)), refusal)
        for key in ("enable_mem_arena", "enable_mem_pattern")
        for place, (text, refusal) in enumerate(
            {
                "ON": "",
                "0": "",
                "yes": "failed to convert 'yes' to boolean",
                " true": "failed to convert ' true' to boolean",
            }.items()
        )
    ),
    Case("mode-2", FIXED, config(more=parameter("execution_mode", "2")), MODE.format(2)),
    Case("mode-below", FIXED, config(more=parameter("execution_mode", "-1")), MODE.format(-1)),
    Case("threads-below", FIXED, config(more=parameter("intra_op_thread_count", "-1"))),
    Case(
        "threads-huge",
        FIXED,
        config(more=parameter("intra_op_thread_count", "99999999999")),
        "NVIDIA's server ends over it",
    ),
    Case("other-parameter", FIXED, config(more=parameter("whatever", "abc"))),
    Case("graph-level", FIXED, config(more="optimization { graph { level: 7 } }")),
    Case(
        "accelerator",
        FIXED,
        config(more=cpu_accelerator("quick")),
        "unknown Execution Accelerator 'quick' is requested",
    ),
    Case("accelerator-of-a-gpu", FIXED, config(more=cpu_accelerator("quick").replace("cpu_", "gpu_"))),
    Case(
        "operations",
        FIXED,
        config(more='model_operations { op_library_filename: [ "nowhere.so" ] }'),
        "onnx runtime error 1: Failed to load library nowhere.so",
    ),
]


def named(name: str) -> str:
    return config(more=f'default_model_filename: "{name}"')


FILES = [
    Case("no-file", raw(b"", "other.onnx"), config(), "failed to stat file {version}/model.onnx"),
    Case("empty-file", raw(b""), config(), "onnx runtime error 2: "),
    Case("no-graph", raw(b"this is not a graph"), config(), "onnx runtime error 7: "),
    Case("named", graph("identity", [3], path="net.onnx"), named("net.onnx")),
    Case("named-nowhere", FIXED, named("net.onnx"), "failed to stat file {version}/net.onnx"),
    Case("named-below", graph("identity", [3], path="a/b/net.onnx"), named("a/b/net.onnx")),
    Case("named-beside", graph("identity", [3], path="../net.onnx"), named("../net.onnx")),
    Case("folder", beside("w.bin", "model.onnx/model.onnx", "model.onnx/w.bin"), config()),
    Case(
        "folder-without",
        raw(b"", "model.onnx/net.onnx"),
        config(),
        "unable to find '{version}/model.onnx/model.onnx' for model instance '{name}'",
    ),
    Case("numbers-beside", beside("w.bin", "model.onnx", "w.bin"), config()),
    Case(
        "numbers-outside-of-the-folder",
        beside("../w.bin", "model.onnx/model.onnx", "w.bin"),
        config(),
        "onnx runtime error 1: External data path validation failed",
    ),
    Case(
        "numbers-nowhere",
        graph("with_file_beside", "w.bin"),
        config(),
        "onnx runtime error 1: External data path validation failed",
    ),
]
CASES = [*TYPES, *SHAPES, *NAMES, *SEQUENCES, *SETTINGS, *FILES]
