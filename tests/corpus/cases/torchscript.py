"""Files of the pytorch backend, and configurations beside what their `forward` takes."""

import pickle

from tests.corpus.case import Case, one_model, repository
from tests.support.torchscript_files import archive, exported, forward, state_dict, torchscript

BACKEND = 'backend: "pytorch"\ninstance_group [ { kind: KIND_CPU count: 1 } ]\n'


def tensors(kind: str, names: str, of: str = "FP32", dims: str = "[ -1 ]", more: str = "") -> str:
    return "".join(
        f'{kind} [ {{ name: "{name}" data_type: TYPE_{of} dims: {dims} {more} }} ]\n'
        for name in names.split()
    )


def config(inputs: str, outputs: str = "y", more: str = "") -> str:
    return BACKEND + tensors("input", inputs) + tensors("output", outputs) + more


def of(name: str, text: str, content: bytes | str) -> Case:
    return one_model(f"torch_{name}", text, {"1/model.pt": content})


PLAIN = torchscript(forward())
TWO = torchscript(forward("a: Tensor, b: Tensor"))

FILES = (
    of("whole", config("x"), PLAIN),
    of("other_class", config("x"), torchscript(forward(), name="Other", module="__torch__.some.place")),
    of("empty", config("x"), b""),
    of("html", config("x"), "<html><head></head></html>"),
    of("words", config("x"), "weights"),
    of("cut", config("x"), PLAIN[:-60]),
    of("state_dict", config("x"), state_dict()),
    of("exported", config("x"), exported()),
    of("pickle", config("x"), pickle.dumps({"weight": [1.0]}, 2)),
    of("any_zip", config("x"), archive({"readme.txt": b"hello"})),
    of("without_folder", config("x"), archive({"constants.pkl": b"\x80\x02).", "data.pkl": b""}, folder="")),
    of("without_code", config("x"), torchscript(forward(), without=("code/__torch__.py",))),
    of("without_data", config("x"), torchscript(forward(), without=("data.pkl",))),
    of("without_constants", config("x"), torchscript(forward(), without=("constants.pkl",))),
    of("with_other_members", config("x"), torchscript(forward(), others={"extra/notes.txt": b"hello"})),
    one_model(
        "torch_other_name",
        config("x", more='default_model_filename: "net.pth"\n'),
        {"1/net.pth": PLAIN, "1/model.pt": "weights"},
    ),
)

ARGUMENTS = (
    of("two", config("a b"), TWO),
    of("two_exchanged", config("b a"), TWO),
    of("two_indexed", config("in__0 in__1", "out__0"), TWO),
    of("two_by_order", config("first second"), TWO),
    of("one_of_two", config("a"), TWO),
    of("three_of_two", config("a b c"), TWO),
    of("index_beyond", config("in__0 in__5"), TWO),
    of("index_twice", config("in__0 j__0"), TWO),
    of("arguments_like_indices", config("a__1 b__0"), torchscript(forward("a__1: Tensor, b__0: Tensor"))),
    of("number", config("x n"), torchscript(forward("x: Tensor, n: int"))),
    of("number_by_default", config("x"), torchscript(forward("x: Tensor, n: int=3"))),
    of("optional", config("x o"), torchscript(forward("x: Tensor, o: Optional[Tensor]=None"))),
    of("list", config("x l"), torchscript(forward("x: Tensor, l: List[Tensor]"))),
    of("tuple", config("x"), torchscript(forward("x: Tuple[Tensor, Tensor]", "Tuple[Tensor, Tensor]"))),
    of("dictionary", config("a b c"), torchscript(forward("x: Dict[str, Tensor]", "Dict[str, Tensor]"))),
    of("dictionary_behind", config("a b"), torchscript(forward("a: Tensor, b: Dict[str, Tensor]"))),
    of("no_arguments", config("a"), torchscript(forward("", "int", "1").replace("Net,\n    )", "Net)"))),
    of("commas_in_text", config("x"), torchscript(forward('x: Tensor, mode: str="a,(b"'))),
)

TENSORS = (
    of("type_uint16", BACKEND + tensors("input", "x", "UINT16") + tensors("output", "y"), PLAIN),
    of("type_uint8", BACKEND + tensors("input", "x", "UINT8") + tensors("output", "y"), PLAIN),
    of("type_bf16", BACKEND + tensors("input", "x") + tensors("output", "y", "BF16"), PLAIN),
    of(
        "text",
        BACKEND + tensors("input", "x", "STRING") + tensors("output", "y", "STRING"),
        torchscript(forward("x: List[str]", "List[str]")),
    ),
    of(
        "text_of_two_dims",
        BACKEND + tensors("input", "x", "STRING", "[ 1, 2 ]") + tensors("output", "y"),
        PLAIN,
    ),
    of(
        "text_in_batches",
        BACKEND + "max_batch_size: 2\n" + tensors("input", "x", "STRING") + tensors("output", "y"),
        PLAIN,
    ),
    of(
        "text_in_batches_reshaped",
        BACKEND
        + "max_batch_size: 2\n"
        + tensors("input", "x", "STRING", "[ 1 ]", "reshape { shape: [ ] }")
        + tensors("output", "y"),
        PLAIN,
    ),
)


def sequence(
    control: str = "s__1", more: str = "", kind: str = "CONTROL_SEQUENCE_START", of_it: str = ""
) -> str:
    values = of_it or "fp32_false_true: [ 0, 1 ]"
    return (
        f'max_batch_size: 2\nsequence_batching {{ control_input [ {{ name: "{control}" '
        f"control [ {{ kind: {kind} {values} }} ] }} ] {more} }}\n"
    )


CORRELATION = "CONTROL_SEQUENCE_CORRID"
STATE = 'state [ { input_name: "s__1" output_name: "t__1" data_type: TYPE_FP32 dims: [ 1 ] } ]'
SEQUENCES = (
    of("sequence", config("in__0", "out__0", sequence()), TWO),
    of("sequence_without_index", config("a", "y", sequence("b")), TWO),
    of("sequence_input_without_index", config("a", "out__0", sequence()), TWO),
    of("sequence_output_without_index", config("in__0", "y", sequence()), TWO),
    of(
        "sequence_id",
        config("in__0", "out__0", sequence(kind=CORRELATION, of_it="data_type: TYPE_INT64")),
        TWO,
    ),
    of(
        "sequence_id_unsigned",
        config("in__0", "out__0", sequence(kind=CORRELATION, of_it="data_type: TYPE_UINT64")),
        TWO,
    ),
    of(
        "sequence_state",
        config("in__0", "out__0", f"max_batch_size: 2\nsequence_batching {{ {STATE} }}\n"),
        TWO,
    ),
    of(
        "sequence_state_without_index",
        config(
            "in__0", "out__0", f"max_batch_size: 2\nsequence_batching {{ {STATE.replace('t__1', 't')} }}\n"
        ),
        TWO,
    ),
    of(
        "sequence_state_too_much",
        config("in__0", "out__0", sequence(more=STATE.replace("s__1", "s__2"))),
        TWO,
    ),
)


def parameter(key: str, value: str) -> str:
    return f'parameters {{ key: "{key}" value {{ string_value: "{value}" }} }}\n'


PARAMETERS = (
    of("parameter", config("x", more=parameter("INFERENCE_MODE", "False")), PLAIN),
    of("parameter_yes", config("x", more=parameter("INFERENCE_MODE", "yes")), PLAIN),
    of("parameter_of_no_meaning", config("x", more=parameter("inference_mode", "yes")), PLAIN),
    of("parameter_no_number", config("x", more=parameter("INTRA_OP_THREAD_COUNT", "many")), PLAIN),
    of("parameter_number_and_more", config("x", more=parameter("INTRA_OP_THREAD_COUNT", "1x")), PLAIN),
)

TWICE = config("x", more=parameter("INTER_OP_THREAD_COUNT", "1"))
REPOSITORIES = (
    repository(
        "torch_threads_twice",
        {
            f"{name}/{path}": inside
            for name in ("m", "n")
            for path, inside in (("config.pbtxt", TWICE), ("1/model.pt", PLAIN))
        },
    ),
    repository("torch_threads_once", {"m/config.pbtxt": TWICE, "m/1/model.pt": PLAIN}),
    repository("torch_folder", {"m/config.pbtxt": config("x"), "m/1/model.pt/model.pt": PLAIN}),
    repository("torch_without_forward", {"m/config.pbtxt": config("x"), "m/1/model.pt": torchscript()}),
)

CASES = (*FILES, *ARGUMENTS, *TENSORS, *SEQUENCES, *PARAMETERS, *REPOSITORIES)
