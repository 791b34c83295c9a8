"""Models for the pytorch backend, with the verdicts of NVIDIA's (release 24.10)."""

import importlib
from functools import partial

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

config = partial(any_config, "pytorch")
MODELS = "tests.support.torchscript_models"


def script(name: str, path: str = "model.pt") -> Files:
    return lambda: {path: importlib.import_module(MODELS).script(name)}


def weights(zipped: bool) -> Files:
    return lambda: {"model.pt": importlib.import_module(MODELS).weights(zipped)}


ONE, TWO, TEXTS = script("One"), script("Two"), script("Texts")


def pair(first: str, second: str) -> str:
    return f"{entry(first)}, {entry(second)}"


def argument(kind: str) -> str:
    return (
        f"An input of type '{kind}' was detected in the model. Only a single input of type Dict(str, Tensor) "
        "or input(s) of type Tensor are supported."
    )


def count(expected: int, provided: int) -> str:
    return (
        f"unable to load model '{{name}}', configuration expects {expected} inputs, model provides {provided}"
    )


NAMES = [
    Case("arguments", TWO, config(pair("b", "a"), pair("y", "z"))),
    Case("indices", TWO, config(pair("i__1", "i__0"), pair("o__1", "o__0"))),
    Case("order", ONE, config(entry("foo"), entry("bar"))),
    Case("mixed", TWO, config(pair("b", "i__0"))),
    Case("same-index", TWO, config(pair("i__0", "j__0"))),
    Case("far-output", ONE, config(outputs=entry("o__5"))),
    Case("missing-input", TWO, config(entry("a")), count(1, 2)),
    Case("one-input-more", ONE, config(pair("x", "z")), count(2, 1)),
    Case(
        "no-outputs",
        ONE,
        config(outputs=""),
        "model configuration must contain at least one output, none were specified.",
    ),
]
ARGUMENTS = [
    Case("number", script("Number"), config(pair("x", "n")), argument("int")),
    Case("optional-tensor", script("Optionally"), config(), argument("Tensor?")),
    Case("tuple", script("Pair"), config(), argument("(Tensor, Tensor)")),
    Case("keyed", script("Keyed"), config(pair("a", "b"))),
    Case("keyed-first", script("KeyedFirst"), config(pair("x", "y")), argument("Dict(str, Tensor)")),
    Case(
        "keyed-last",
        script("KeyedLast"),
        config(pair("x", "y")),
        "Multiple inputs of kind DictType were detected.",
    ),
]
STRINGS = "Triton only supports 1 dimensional List of String as input for 'x' for model '{name}'"
SCALAR = "reshape { shape: [ ] }"
TYPES = [
    *(
        Case(
            f"input-{kind}",
            ONE,
            config(entry("x", kind)),
            f"unsupported datatype TYPE_{kind} for input 'x' for model '{{name}}'",
        )
        for kind in ("UINT16", "UINT32", "UINT64", "BF16")
    ),
    Case(
        "output-UINT16",
        ONE,
        config(outputs=entry("y", "UINT16")),
        "unsupported datatype TYPE_UINT16 for output 'y' for model '{name}'",
    ),
    Case("output-of-another-type", ONE, config(outputs=entry("y", "INT64"))),
    Case("texts", TEXTS, config(entry("x", "STRING", "-1"), entry("y", "STRING", "-1"))),
    Case("texts-in-rows", TEXTS, config(entry("x", "STRING", "-1, 2"), entry("y", "STRING", "-1")), STRINGS),
    Case(
        "texts-out-in-rows",
        TEXTS,
        config(entry("x", "STRING", "-1"), entry("y", "STRING", "-1, 1")),
        STRINGS.replace("input for 'x'", "output for 'y'"),
    ),
    Case(
        "texts-in-batch",
        TEXTS,
        config(entry("x", "STRING", "1"), entry("y", "STRING", "1"), batch=4),
        STRINGS,
    ),
    Case(
        "texts-reshaped",
        TEXTS,
        config(entry("x", "STRING", "1", SCALAR), entry("y", "STRING", "1", SCALAR), batch=4),
    ),
    Case(
        "optional-input",
        ONE,
        config(entry("x", more="optional: true")),
        "'optional' is set to true for input 'x' while the backend model doesn't support optional input",
    ),
]
NAMING = "PyTorch model '{name}' is using sequence batching with state but "
ALL = NAMING + "not all inputs and outputs follow the <name>__<index> naming convention. "
FALSE_TRUE = "fp32_false_true: [ 0, 1 ]"
FIRST_IN, FIRST_OUT = entry("i__0"), entry("o__0")
SEQUENCES = [
    Case("control", TWO, config(FIRST_IN, FIRST_OUT, batch=4, more=sequence(control("s__1", FALSE_TRUE)))),
    Case(
        "control-by-argument",
        TWO,
        config(FIRST_IN, FIRST_OUT, batch=4, more=sequence(control("b", FALSE_TRUE))),
        "input 'b' does not follow <name>__<index> naming convention.",
    ),
    Case(
        "control-and-order",
        TWO,
        config(FIRST_IN, entry("y"), batch=4, more=sequence(control("s__1", FALSE_TRUE))),
        ALL,
    ),
    Case(
        "control-and-argument",
        TWO,
        config(entry("a"), FIRST_OUT, batch=4, more=sequence(control("s__1", FALSE_TRUE))),
        ALL,
    ),
    Case(
        "control-more",
        ONE,
        config(FIRST_IN, FIRST_OUT, batch=4, more=sequence(control("s__1", FALSE_TRUE))),
        count(2, 1),
    ),
    Case(
        "correlation", TWO, config(FIRST_IN, FIRST_OUT, batch=4, more=sequence(correlation("s__1", "INT64")))
    ),
    Case(
        "correlation-type",
        TWO,
        config(FIRST_IN, FIRST_OUT, batch=4, more=sequence(correlation("s__1", "UINT64"))),
        "input 's__1' type 'TYPE_UINT64' is not supported by PyTorch.",
    ),
    Case(
        "state",
        script("Sums"),
        config(FIRST_IN, FIRST_OUT, batch=4, more=sequence(state=state("s__1", "t__1"))),
    ),
    Case(
        "state-name",
        TWO,
        config(FIRST_IN, FIRST_OUT, batch=4, more=sequence(state=state("s__1", "t"))),
        NAMING + "state 't' does not follow the <name>__<index> naming convention. ",
    ),
    Case(
        "state-type",
        TWO,
        config(FIRST_IN, FIRST_OUT, batch=4, more=sequence(state=state("s__1", "t__1", "UINT16"))),
        "unsupported datatype TYPE_UINT16 for input state 's__1' for model '{name}'",
    ),
]
FILES = [
    Case(
        "no-file",
        lambda: {"other.pt": b""},
        config(),
        "unable to find '{version}/model.pt' for model instance '{name}'",
    ),
    Case("empty-file", lambda: {"model.pt": b""}, config(), "failed to load model '{name}': "),
    Case(
        "weights",
        weights(zipped=True),
        config(),
        "failed to load model '{name}': PytorchStreamReader failed locating file constants.pkl",
    ),
    Case("old-weights", weights(zipped=False), config(), "failed to load model '{name}': "),
    Case("no-forward", script("NoForward"), config(), "over which NVIDIA's server ends"),
    Case("folder", script("One", "model.pt/model.pt"), config(), "over which NVIDIA's server ends"),
    Case("named-below", script("One", "a/net.pt"), config(more='default_model_filename: "a/net.pt"')),
]
SETTINGS = [
    Case("mode", ONE, config(more=parameter("INFERENCE_MODE", "Off"))),
    Case(
        "mode-otherwise",
        ONE,
        config(more=parameter("INFERENCE_MODE", "yes")),
        "failed to convert 'yes' to boolean",
    ),
    Case(
        "executor", ONE, config(more=parameter("ENABLE_JIT_EXECUTOR", "")), "failed to convert '' to boolean"
    ),
    Case(
        "threads",
        ONE,
        config(more=parameter("INTRA_OP_THREAD_COUNT", "abc")),
        "failed to convert 'abc' to integral number",
    ),
    Case(
        "threads-huge",
        ONE,
        config(more=parameter("INTER_OP_THREAD_COUNT", "99999999999")),
        "NVIDIA's server ends over it",
    ),
    Case("other-parameter", ONE, config(more=parameter("inference_mode", "abc"))),
]
ANSWERS = [
    Case("scalar", script("Total"), config(outputs=entry("y", dims="1"))),
    Case("list", script("Listed"), config(outputs=pair("y", "z"))),
]
CASES = [*NAMES, *ARGUMENTS, *TYPES, *SEQUENCES, *FILES, *SETTINGS, *ANSWERS]
