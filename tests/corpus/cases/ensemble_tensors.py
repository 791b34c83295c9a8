"""Ensembles against the models that they call: names, types, shapes, batches, and decoupled answers."""

from tests.corpus.case import PYTHON_MODEL, Case
from tests.corpus.ensembles import Files, ensemble, io, member, step, tensors, whole

A, B = member("a"), member("b")
X_TO_Y = step("a", {"x": "x"}, {"y": "y"})
FIRST, THEN = step("a", {"x": "x"}, {"y": "t"}), step("b", {"x": "t"}, {"y": "y"})

COMPLETING = (
    PYTHON_MODEL
    + """
    @staticmethod
    def auto_complete_config(auto_complete_model_config):
        auto_complete_model_config.add_input({"name": "x", "data_type": "TYPE_FP32", "dims": [3]})
        auto_complete_model_config.add_input({"name": "w", "data_type": "TYPE_FP32", "dims": [3]})
        auto_complete_model_config.add_output({"name": "y", "data_type": "TYPE_FP32", "dims": [3]})
        return auto_complete_model_config
"""
)
IDENTITY = (  # an ONNX file: y = x, FP32 [n, 3], as protobuf writes it
    b'\x08\x08:A\n\x10\n\x01x\x12\x01y"\x08Identity\x12\x01g'
    b"Z\x14\n\x01x\x12\x0f\n\r\x08\x01\x12\t\n\x03\x12\x01n\n\x02\x08\x03"
    b"b\x14\n\x01y\x12\x0f\n\r\x08\x01\x12\t\n\x03\x12\x01n\n\x02\x08\x03B\x04\n\x00\x10\x11"
)
DECOUPLED = "model_transaction_policy { decoupled: true }"


def against(case: str, ours: str, theirs: str) -> Case:
    """An ensemble x → y of this configuration, over a model x → y of that one."""
    return ensemble(case, ours, X_TO_Y, models=[member("a", theirs)])


def shapes(case: str, ours: str, theirs: str, batches: tuple[int, int] = (0, 0)) -> Case:
    """The same, of these dimensions and largest batches."""
    first, second = (f"max_batch_size: {size}\n" for size in batches)
    return against(case, first + io(dims=ours), second + io(dims=theirs))


def mapped(case: str, inputs: dict[str, str], outputs: dict[str, str], config: str, ours: str = io()) -> Case:
    return ensemble(case, ours, step("a", inputs, outputs), models=[member("a", config)])


W_OPTIONAL = io() + tensors("input", "w", more="optional: true")


def two_origins(case: str, first: str, second: str, together: str = "") -> Case:
    """x goes to two models, and what both answer to a third."""
    return ensemble(
        case,
        io(),
        step("a", {"x": "x"}, {"y": "t"}),
        step("b", {"x": "x"}, {"y": "u"}),
        step("c", {"x": "t", "w": "u"}, {"y": "y"}),
        models=[
            member("a", io() + first),
            member("b", io() + second),
            member("c", io(inputs="xw") + together),
        ],
    )


def onnx_member(name: str, config: str | None, content: bytes) -> Files:
    return {f"{name}/1/model.onnx": content} | ({} if config is None else {f"{name}/config.pbtxt": config})


CASES = (
    # Names.
    mapped("tens_unknown_input", {"q": "x"}, {"y": "y"}, io()),
    mapped("tens_one_input_too_many", {"x": "x", "q": "x"}, {"y": "y"}, io()),
    mapped("tens_unknown_output", {"x": "x"}, {"q": "y"}, io()),
    mapped("tens_required_left_out", {"x": "x"}, {"y": "y"}, io(inputs="xw")),
    mapped("tens_two_required_left_out", {"x": "x"}, {"y": "y"}, io(inputs="xvw")),
    mapped("tens_optional_left_out", {"x": "x"}, {"y": "y"}, W_OPTIONAL),
    mapped("tens_optional_mapped", {"x": "x", "w": "x"}, {"y": "y"}, W_OPTIONAL),
    mapped("tens_one_tensor_for_two_inputs", {"x": "x", "w": "x"}, {"y": "y"}, io(inputs="xw")),
    mapped(
        "tens_optional_ensemble_input",
        {"x": "x", "w": "w"},
        {"y": "y"},
        W_OPTIONAL,
        io() + tensors("input", "w", more="optional: true"),
    ),
    mapped(
        "tens_optional_to_required",
        {"x": "x", "w": "w"},
        {"y": "y"},
        io(inputs="xw"),
        io() + tensors("input", "w", more="optional: true"),
    ),
    mapped("tens_optional_unmade_tensor", {"x": "x", "w": "w"}, {"y": "y"}, W_OPTIONAL),
    mapped("tens_names_in_capitals", {"X": "x"}, {"y": "y"}, io()),
    # Types.
    against(
        "tens_input_of_other_type", tensors("input", "x", datatype="INT32") + tensors("output", "y"), io()
    ),
    against(
        "tens_output_of_other_type", tensors("input", "x") + tensors("output", "y", datatype="FP16"), io()
    ),
    against("tens_text", io(datatype="STRING"), io(datatype="STRING")),
    against("tens_bytes_for_text", io(datatype="UINT8"), io(datatype="STRING")),
    ensemble(
        "tens_between_steps_of_other_type",
        io(),
        FIRST,
        THEN,
        models=[member("a", tensors("input", "x") + tensors("output", "y", datatype="INT8")), B],
    ),
    # Shapes.
    shapes("tens_other_shape", "3", "4"),
    shapes("tens_free_here", "-1", "4"),
    shapes("tens_free_there", "4", "-1"),
    shapes("tens_free_both", "-1, 3", "2, -1"),
    shapes("tens_more_dimensions", "3, 1", "3"),
    shapes("tens_as_many_elements", "2, 3", "3, 2"),
    against("tens_reshaped_here", io(dims="6", more="reshape: { shape: [ 2, 3 ] }"), io(dims="2, 3")),
    against("tens_reshaped_here_not_there", io(dims="6", more="reshape: { shape: [ 2, 3 ] }"), io(dims="6")),
    against("tens_reshaped_there", io(dims="6"), io(dims="6", more="reshape: { shape: [ 2, 3 ] }")),
    against(
        "tens_reshaped_there_as_it_is", io(dims="2, 3"), io(dims="6", more="reshape: { shape: [ 2, 3 ] }")
    ),
    ensemble(
        "tens_between_steps_of_other_shape",
        io(),
        FIRST,
        THEN,
        models=[member("a", tensors("input", "x") + tensors("output", "y", dims="4")), B],
    ),
    ensemble(
        "tens_first_of_three_is_free",
        io(outputs="yz", dims="-1"),
        X_TO_Y,
        step("b", {"x": "x"}, {"y": "z"}),
        models=[A, member("b", io(dims="4"))],
    ),
    ensemble(
        "tens_first_of_three_is_fixed",
        io(outputs="yz"),
        X_TO_Y,
        step("b", {"x": "x"}, {"y": "z"}),
        models=[
            member("a", io(dims="-1")),
            member("b", tensors("input", "x", dims="4") + tensors("output", "y")),
        ],
    ),
    ensemble(
        "tens_inputs_in_order_of_the_model",
        io(),
        step("b", {"w": "t", "v": "t"}, {"y": "y"}),
        step("a", {"x": "x"}, {"y": "t"}),
        models=[
            member("b", tensors("input", "w", dims="-1") + tensors("input", "v") + tensors("output", "y")),
            member("a", tensors("input", "x") + tensors("output", "y", dims="4")),
        ],
    ),
    ensemble(
        "tens_inputs_in_other_order",
        io(),
        step("b", {"w": "t", "v": "t"}, {"y": "y"}),
        step("a", {"x": "x"}, {"y": "t"}),
        models=[
            member("b", tensors("input", "v") + tensors("input", "w", dims="-1") + tensors("output", "y")),
            member("a", tensors("input", "x") + tensors("output", "y", dims="4")),
        ],
    ),
    against("tens_made_for_an_output_that_is_input", io(outputs="yx"), io()),
    # Batches.
    shapes("tens_batches_alike", "3", "3", (8, 8)),
    shapes("tens_larger_batch", "3", "3", (8, 4)),
    shapes("tens_smaller_batch", "3", "3", (4, 8)),
    shapes("tens_batches_of_one_alone", "3", "3", (8, 0)),
    shapes("tens_batches_written_out", "3", "-1, 3", (8, 0)),
    shapes("tens_batches_written_out_too_short", "3", "5, 3", (8, 0)),
    shapes("tens_batches_written_out_wrongly", "3", "-1, 4", (8, 0)),
    shapes("tens_batches_of_the_step_alone", "3", "3", (0, 8)),
    shapes("tens_batches_of_the_step_written_out", "-1, 3", "3", (0, 8)),
    shapes("tens_batches_of_the_step_fixed", "2, 3", "3", (0, 8)),
    shapes("tens_batches_of_the_step_wrongly", "2, 4", "3", (0, 8)),
    # Configurations that are completed.
    ensemble(
        "tens_completed_by_itself",
        io(inputs="xw"),
        step("a", {"x": "x", "w": "w"}, {"y": "y"}),
        models=[member("a", "", COMPLETING)],
    ),
    ensemble(
        "tens_completed_beside_declared",
        io(inputs="xw"),
        step("a", {"x": "x", "w": "w"}, {"y": "y"}),
        models=[member("a", io(), COMPLETING)],
    ),
    ensemble("tens_python_without_tensors", io(), X_TO_Y, models=[member("a", "")]),
    ensemble("tens_onnx", "max_batch_size: 4\n" + io(), X_TO_Y, models=[onnx_member("a", None, IDENTITY)]),
    ensemble(
        "tens_onnx_larger_batch",
        "max_batch_size: 5\n" + io(),
        X_TO_Y,
        models=[onnx_member("a", None, IDENTITY)],
    ),
    ensemble(
        "tens_onnx_unknown_input",
        io(),
        step("a", {"data": "x"}, {"y": "y"}),
        models=[onnx_member("a", None, IDENTITY)],
    ),
    ensemble("tens_onnx_other_type", io(datatype="FP64"), X_TO_Y, models=[onnx_member("a", None, IDENTITY)]),
    ensemble(
        "tens_onnx_other_shape",
        "max_batch_size: 4\n" + io(dims="4"),
        X_TO_Y,
        models=[onnx_member("a", 'backend: "onnxruntime"', IDENTITY)],
    ),
    ensemble(
        "tens_onnx_batch_written_out", io(dims="-1, 3"), X_TO_Y, models=[onnx_member("a", None, IDENTITY)]
    ),
    ensemble(
        "tens_onnx_declared_without_batch",
        io(dims="-1, 3"),
        X_TO_Y,
        models=[onnx_member("a", 'backend: "onnxruntime"\n' + io(dims="-1, 3"), IDENTITY)],
    ),
    # Ensembles inside.
    ensemble(
        "tens_inner_of_other_type",
        io(datatype="INT32"),
        step("inner", {"x": "x"}, {"y": "y"}),
        models=[
            A,
            {path.replace("e/", "inner/", 1): content for path, content in whole(io(), X_TO_Y).items()},
        ],
    ),
    ensemble(
        "tens_inner_batches_less",
        "max_batch_size: 8\n" + io(),
        step("inner", {"x": "x"}, {"y": "y"}),
        models=[
            member("a", "max_batch_size: 8\n" + io()),
            {
                path.replace("e/", "inner/", 1): content
                for path, content in whole("max_batch_size: 4\n" + io(), X_TO_Y).items()
            },
        ],
    ),
    # Decoupled members.
    ensemble("tens_decoupled_member", io(), X_TO_Y, models=[member("a", io() + DECOUPLED)]),
    ensemble(
        "tens_decoupled_member_cached",
        io() + "response_cache { enable: true }",
        X_TO_Y,
        models=[member("a", io() + DECOUPLED)],
    ),
    ensemble(
        "tens_decoupled_inner_cached",
        io() + "response_cache { enable: true }",
        step("inner", {"x": "x"}, {"y": "y"}),
        models=[
            member("a", io() + DECOUPLED),
            {path.replace("e/", "inner/", 1): content for path, content in whole(io(), X_TO_Y).items()},
        ],
    ),
    two_origins("tens_no_decoupled_origin", "", ""),
    two_origins("tens_one_decoupled_origin", DECOUPLED, ""),
    two_origins("tens_two_decoupled_origins", DECOUPLED, DECOUPLED),
    two_origins("tens_decoupled_at_the_end", "", "", DECOUPLED),
    ensemble(
        "tens_decoupled_twice_in_a_row",
        io(),
        FIRST,
        THEN,
        models=[member("a", io() + DECOUPLED), member("b", io() + DECOUPLED)],
    ),
    ensemble(
        "tens_decoupled_and_its_input",
        io(),
        FIRST,
        step("b", {"x": "t", "w": "x"}, {"y": "y"}),
        models=[member("a", io() + DECOUPLED), member("b", io(inputs="xw"))],
    ),
    ensemble(
        "tens_two_outputs_of_one_decoupled",
        io(),
        step("a", {"x": "x"}, {"y": "t", "z": "u"}),
        step("b", {"x": "t", "w": "u"}, {"y": "y"}),
        models=[member("a", io(outputs="yz") + DECOUPLED), member("b", io(inputs="xw"))],
    ),
    ensemble(
        "tens_outputs_of_different_origins",
        io(outputs="yz"),
        X_TO_Y,
        step("b", {"x": "x"}, {"y": "z"}),
        models=[member("a", io() + DECOUPLED), B],
    ),
    ensemble(
        "tens_outputs_of_one_origin", io(outputs="yt"), FIRST, THEN, models=[member("a", io() + DECOUPLED), B]
    ),
)
