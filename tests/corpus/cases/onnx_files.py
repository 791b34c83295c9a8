"""ONNX files: broken ones, others in their place, weights in other files, and their tensors beside those of
the configuration.
"""

from collections.abc import Sequence

import onnx
from onnx import TensorProto, helper

from tests.corpus.case import Case, one_model
from tests.support.onnx_models import Dims, classes_by_name, identity, model, two_pairs, value, with_weight

Files = dict[str, str | bytes]
BACKEND = 'backend: "onnxruntime"\ninstance_group [ { kind: KIND_CPU count: 1 } ]\n'
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 4\n"


def tensor(kind: str, name: str, dims: str, of: str = "FP32", more: str = "") -> str:
    return f'{kind} [ {{ name: "{name}" data_type: TYPE_{of} dims: {dims} {more} }} ]\n'


def pair(dims: str, out: str = "", batch: int = 0, of: str = "FP32") -> str:
    """The configuration of y = x."""
    return (
        BACKEND
        + f"max_batch_size: {batch}\n" * bool(batch)
        + tensor("input", "x", dims, of)
        + tensor("output", "y", out or dims, of)
    )


def of(name: str, config: str, made: onnx.ModelProto | bytes | str, **others: bytes) -> Case:
    content = made.SerializeToString() if isinstance(made, onnx.ModelProto) else made
    files: Files = {"1/model.onnx": content} | {f"1/{path}": inside for path, inside in others.items()}
    return one_model(f"onnx_{name}", config, files)


FREE, FIXED = identity(["n", 3]), identity([2, 3])
TEXT = identity(["n"], kind=TensorProto.STRING)


def elsewhere(location: str, **entries: int) -> onnx.ModelProto:
    """y = x + w, and w is in another file."""
    made = with_weight(listed=False)
    weight = made.graph.initializer[0]
    weight.ClearField("float_data")
    weight.data_location = TensorProto.EXTERNAL
    for key, told in {"location": location, **entries}.items():
        weight.external_data.add(key=key, value=str(told))
    return made


def changed(**fields: object) -> onnx.ModelProto:
    made = identity(["n", 3])
    for name, told in fields.items():
        made.ClearField(name)
        if told is not None:
            setattr(made, name, told)
    return made


BROKEN = (
    of("empty", pair("[3]", batch=4), ""),
    of("html", pair("[3]", batch=4), "<!DOCTYPE html>\n<html><body>Sign in</body></html>"),
    of("json", pair("[3]", batch=4), '{"message": "Not Found"}'),
    of("words", pair("[3]", batch=4), "weights"),
    of("zip", pair("[3]", batch=4), b"PK\x03\x04" + bytes(30)),
    of("pickle", pair("[3]", batch=4), b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00}\x94."),
    of("pointer", pair("[3]", batch=4), POINTER),
    of("cut", pair("[3]", batch=4), FREE.SerializeToString()[:-30]),
    of("cut_behind_the_graph", pair("[3]", batch=4), FREE.SerializeToString()[:-1]),
    of("without_ir_version", pair("[3]", batch=4), changed(ir_version=None)),
    of("without_opset", pair("[3]", batch=4), changed(opset_import=None)),
    of("without_graph", pair("[3]", batch=4), changed(graph=None)),
    of("unknown_field", pair("[3]", batch=4), FREE.SerializeToString() + b"\x98\x06\x01"),
    of("group_behind", pair("[3]", batch=4), FREE.SerializeToString() + b"\x9b\x06\x08\x01\x9c\x06"),
    of("whole", pair("[3]", batch=4), FREE),
    one_model("onnx_in_folder", BACKEND, {"1/model.onnx/model.onnx": FREE.SerializeToString()}),
    one_model("onnx_in_folder_of_others", BACKEND, {"1/model.onnx/net.onnx": FREE.SerializeToString()}),
    one_model("onnx_in_folder_broken", BACKEND, {"1/model.onnx/model.onnx": "words"}),
    one_model(
        "onnx_only_one_version_served",
        BACKEND + "version_policy { specific { versions: [ 2 ] } }",
        {"1/model.onnx": "words", "2/model.onnx": FREE.SerializeToString()},
    ),
    one_model(
        "onnx_one_of_two_versions",
        BACKEND + "version_policy { all { } }",
        {"1/model.onnx": "words", "2/model.onnx": FREE.SerializeToString()},
    ),
    one_model(
        "onnx_other_name",
        BACKEND + 'default_model_filename: "net.onnx"\n',
        {"1/net.onnx": FREE.SerializeToString(), "1/model.onnx": "words"},
    ),
)

EXTERNAL = (
    of("external", BACKEND, elsewhere("w.bin", offset=0, length=4), **{"w.bin": bytes(4)}),
    of("external_absent", BACKEND, elsewhere("w.bin", offset=0, length=4)),
    of("external_short", BACKEND, elsewhere("w.bin", offset=4, length=4), **{"w.bin": bytes(7)}),
    of("external_at_the_end", BACKEND, elsewhere("w.bin", offset=4, length=4), **{"w.bin": bytes(8)}),
    of("external_without_length", BACKEND, elsewhere("w.bin"), **{"w.bin": bytes(4)}),
    of("external_above", BACKEND, elsewhere("../w.bin", offset=0, length=4)),
    of("external_far_above", BACKEND, elsewhere("../../../../../../etc/hostname", offset=0, length=4)),
    of("external_absolute", BACKEND, elsewhere("/etc/hostname", offset=0, length=4)),
    of("external_unnamed", BACKEND, elsewhere("", offset=0, length=4)),
    of("external_below", BACKEND, elsewhere("data/w.bin", offset=0, length=4), **{"data/w.bin": bytes(4)}),
    of(
        "external_by_detour",
        BACKEND,
        elsewhere("data/../w.bin", length=4),
        **{"w.bin": bytes(4), "data/z": b""},
    ),
    of("external_of_other_size", BACKEND, elsewhere("w.bin", offset=0, length=8), **{"w.bin": bytes(8)}),
    of("external_large", BACKEND, elsewhere("w.bin", offset=10**25, length=4), **{"w.bin": bytes(4)}),
)


def batched(dims: Dims, out: Dims = ()) -> onnx.ModelProto:
    return identity(dims, out)


SHAPES = (
    of("batch", pair("[3]", batch=8), FREE),
    of("batch_over_fixed", pair("[3]", batch=8), FIXED),
    of("batch_over_fixed_completed", BACKEND + "max_batch_size: 8\n", FIXED),
    of("batch_over_free_completed", BACKEND + "max_batch_size: 8\n", FREE),
    of("batch_over_one", pair("[3]", batch=8), identity([1, 3])),
    of("batch_told_twice", pair("[-1, 3]", batch=8), FREE),
    of("no_batch", pair("[-1, 3]"), FREE),
    of("no_batch_fixed", pair("[2, 3]"), FIXED),
    of("other_size", pair("[4]", batch=8), FREE),
    of("free_over_fixed", pair("[-1]", batch=8), FREE),
    of("free_input_told_smaller", pair("[5]", "[-1]", batch=8), identity(["n", "m"])),
    of("free_output_told_smaller", pair("[-1]", "[5]", batch=8), identity(["n", "m"])),
    of("other_rank", pair("[3, 1]", batch=8), FREE),
    of("rank_missing", pair("[3]"), FREE),
    of("scalar", pair("[1]"), identity([])),
    of("scalar_of_two", pair("[2]"), identity([])),
    of("scalar_in_batches", pair("[1]", batch=8), identity([])),
    of("vector_in_batches", pair("[1]", batch=8), identity(["n"])),
    of(
        "vector_in_batches_reshaped",
        BACKEND
        + "max_batch_size: 8\n"
        + tensor("input", "x", "[1]", more="reshape { shape: [] }")
        + tensor("output", "y", "[1]", more="reshape { shape: [] }"),
        identity(["n"]),
    ),
    of(
        "reshaped",
        BACKEND
        + tensor("input", "x", "[6]", more="reshape { shape: [ 2, 3 ] }")
        + tensor("output", "y", "[6]", more="reshape { shape: [ 2, 3 ] }"),
        FIXED,
    ),
    of(
        "reshaped_to_another",
        BACKEND
        + tensor("input", "x", "[6]", more="reshape { shape: [ 3, 2 ] }")
        + tensor("output", "y", "[2, 3]"),
        FIXED,
    ),
    of("without_shape", pair("[1]"), identity(None)),
    of("without_shape_told", pair("[3]"), identity(None)),
    of("size_zero", BACKEND, identity([0, 3])),
    of("negative_size", pair("[-1, 3]"), identity([-1, 3])),
    of(
        "inputs_alone_in_batches",
        BACKEND + tensor("input", "x", "[3]"),
        FREE,
    ),
    of("inputs_alone_with_batch", BACKEND + tensor("input", "x", "[-1, 3]"), FREE),
    of("outputs_alone", BACKEND + tensor("output", "y", "[3]"), FREE),
    of("outputs_alone_fixed", BACKEND + tensor("output", "y", "[2, 3]"), FIXED),
)

NAMES = (
    of("other_input", BACKEND + tensor("input", "X", "[3]") + tensor("output", "y", "[3]"), FREE),
    of(
        "other_output",
        BACKEND + "max_batch_size: 4\n" + tensor("input", "x", "[3]") + tensor("output", "Y", "[3]"),
        FREE,
    ),
    of("other_type", pair("[3]", batch=4, of="FP16"), FREE),
    of(
        "text",
        pair("[1]", batch=4, of="STRING").replace("dims: [1]", "dims: [1] reshape { shape: [] }"),
        TEXT,
    ),
    of("text_as_number", pair("[-1]", of="INT64"), TEXT),
    of("map", BACKEND + tensor("input", "x", "[-1, 3]"), classes_by_name()),
    of("map_told", pair("[-1, 3]"), classes_by_name()),
    of("complex_completed", BACKEND, identity([3], kind=TensorProto.COMPLEX64)),
    of("complex", pair("[3]"), identity([3], kind=TensorProto.COMPLEX64)),
    of("one_of_two_inputs", pair("[-1]"), two_pairs(["n"], ["n"])),
    of(
        "one_of_two_outputs",
        BACKEND
        + tensor("input", "x", "[-1]")
        + tensor("input", "s", "[-1]", "INT64")
        + tensor("output", "t", "[-1]", "INT64"),
        two_pairs(["n"], ["n"]),
    ),
    of("weight_listed", pair("[-1, 3]"), with_weight(listed=True)),
    of(
        "weight_optional",
        pair("[-1, 3]") + tensor("input", "w", "[1]", more="optional: true"),
        with_weight(listed=True),
    ),
    of("weight_required", pair("[-1, 3]") + tensor("input", "w", "[1]"), with_weight(listed=True)),
    of(
        "weight_optional_in_batches",
        pair("[3]", batch=4) + tensor("input", "w", "[1]", more="optional: true"),
        with_weight(listed=True),
    ),
    of(
        "weight_not_listed",
        pair("[-1, 3]") + tensor("input", "w", "[1]", more="optional: true"),
        with_weight(listed=False),
    ),
    of(
        "weight_of_old_files",
        pair("[-1, 3]") + tensor("input", "w", "[1]", more="optional: true"),
        with_weight(listed=True, ir_version=3),
    ),
    of(
        "input_optional",
        BACKEND + tensor("input", "x", "[-1, 3]", more="optional: true") + tensor("output", "y", "[-1, 3]"),
        FREE,
    ),
)


def controlled(control: Sequence[int | str | None], kind: int = TensorProto.INT32) -> onnx.ModelProto:
    """y = x, with a control s, which is only passed on."""
    nodes = [helper.make_node("Identity", ["x"], ["y"]), helper.make_node("Identity", ["s"], ["t"])]
    inputs = [value("x", ["n", 3]), value("s", control, kind)]
    return model(nodes, inputs, [value("y", ["n", 3]), value("t", control, kind)])


def sequence(name: str = "s", control: str = "int32_false_true: [ 0, 1 ]", more: str = "") -> str:
    return (
        pair("[3]", batch=4)
        + f'sequence_batching {{ control_input [ {{ name: "{name}" control [ {{ kind: CONTROL_SEQUENCE_START '
        + f"{control} }} ] }} ] {more} }}\n"
    )


STATE = 'state [ { input_name: "s" output_name: "t" data_type: TYPE_INT32 dims: [ 1 ] } ]'
CONTROLS = (
    of("control", sequence(), controlled(["n", 1])),
    of("control_absent", sequence("z"), controlled(["n", 1])),
    of("control_of_two", sequence(), controlled(["n", 2])),
    of("control_of_other_type", sequence(control="fp32_false_true: [ 0, 1 ]"), controlled(["n", 1])),
    of("control_not_named", pair("[3]", batch=4), controlled(["n", 1])),
    of("control_also_input", sequence() + tensor("input", "s", "[1]", "INT32"), controlled(["n", 1])),
    of(
        "state",
        pair("[3]", batch=4) + f"sequence_batching {{ {STATE} }}\n",
        controlled(["n", 1]),
    ),
    of("state_too_much", sequence(more=STATE), controlled(["n", 1])),
)


def parameter(key: str, value: str) -> str:
    return f'parameters {{ key: "{key}" value {{ string_value: "{value}" }} }}\n'


PARAMETERS = (
    of("parameter_mode", BACKEND + parameter("execution_mode", "1"), FREE),
    of("parameter_mode_of_two", BACKEND + parameter("execution_mode", "2"), FREE),
    of("parameter_threads", BACKEND + parameter("intra_op_thread_count", " +1 thread"), FREE),
    of("parameter_threads_by_word", BACKEND + parameter("intra_op_thread_count", "one"), FREE),
    of("parameter_arena", BACKEND + parameter("enable_mem_arena", "Off"), FREE),
    of("parameter_arena_empty", BACKEND + parameter("enable_mem_arena", ""), FREE),
    of("parameter_of_no_meaning", BACKEND + parameter("Execution_mode", "two"), FREE),
)

CASES = (*BROKEN, *EXTERNAL, *SHAPES, *NAMES, *CONTROLS, *PARAMETERS)
