"""The table of what may change in the contract of a version: for each row the contract before and after, the
request of a client of the old one, and what a real Triton answers it under the new one.

Most models are ensembles of one step, each another face of the same worker, so that they cost no process; the
server checks requests of them as of any model.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from reconciler.core.model.served.contract import Contract, Tensor
from reconciler.core.planning.guard.contract_changes import DifferenceKind
from tests.support.tiny_models import write

BREAK, UNKNOWN, WIDENING = DifferenceKind.BREAK, DifferenceKind.UNKNOWN, DifferenceKind.WIDENING

KINDS, RANKS = ("FP32", "FP64"), (1, 2)

CODE = """\
import json

import numpy as np
import triton_python_backend_utils as pb


class TritonPythonModel:
    def initialize(self, args):
        config = json.loads(args["model_config"])
        self.inputs = [entry["name"] for entry in config["input"]]
        self.outputs = {entry["name"]: entry for entry in config["output"]}
        self.decoupled = config.get("model_transaction_policy", {}).get("decoupled", False)

    def execute(self, requests):
        if not self.decoupled:
            return [self.answer(request) for request in requests]
        for request in requests:
            sender = request.get_response_sender()
            sender.send(self.answer(request), flags=pb.TRITONSERVER_RESPONSE_COMPLETE_FINAL)

    def answer(self, request):
        given = [pb.get_input_tensor_by_name(request, name) for name in self.inputs]
        numbers = next(tensor.as_numpy() for tensor in given if tensor is not None)
        sequence = pb.get_input_tensor_by_name(request, "SEQUENCE")
        if sequence is not None:
            numbers = numbers + sequence.as_numpy()
        asked = [self.outputs[name] for name in request.requested_output_names()]
        return pb.InferenceResponse([self.output(entry, numbers) for entry in asked])

    def output(self, entry, numbers):
        more = len(entry["dims"]) - numbers.ndim
        shape = (1,) * more + numbers.shape[max(-more, 0):]
        kind = pb.triton_string_to_numpy(entry["data_type"])
        return pb.Tensor(entry["name"], np.resize(numbers, shape).astype(kind))
"""
"""It answers the first input that it gets, in the type and number of dimensions of the output."""

SEQUENCES = """\
sequence_batching {
  control_input [ { name: "SEQUENCE" control [ { kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_UINT64 } ] } ]
}"""
"""The model gets the sequence's number as one more input, which no client sends."""


WORKER = Contract(
    (
        *(Tensor(f"{kind}_{rank}", kind, (-1,) * rank, optional=True) for kind in KINDS for rank in RANKS),
        Tensor("other", "FP32", (-1,), optional=True),
    ),
    tuple(
        Tensor(f"{kind}_{rank}_{number}", kind, (-1,) * rank)
        for kind in KINDS
        for rank in RANKS
        for number in (0, 1)
    ),
)


def write_models(folder: Path, contracts: Mapping[str, Contract]) -> None:
    """A model for each contract, by name, and the worker behind them."""
    _write_python(folder / "worker", WORKER)
    for name, contract in contracts.items():
        if contract.decoupled or contract.sequence:
            _write_python(folder / name, contract)
        else:
            _write_ensemble(folder / name, contract)


def _write_python(folder: Path, contract: Contract) -> None:
    kind = ['backend: "python"', "instance_group [ { kind: KIND_CPU count: 1 } ]"]
    decoupled = ["model_transaction_policy { decoupled: true }"] * contract.decoupled
    _write_config(folder, contract, *kind, *decoupled, *([SEQUENCES] * contract.sequence))
    write(folder / "1" / "model.py", CODE)


def _write_ensemble(folder: Path, contract: Contract) -> None:
    x, *others = contract.inputs
    keys = {
        x.name: ("input", f"{x.datatype}_{_rank(x, contract)}"),
        **{other.name: ("input", "other") for other in others},
        **{
            y.name: ("output", f"{y.datatype}_{_rank(y, contract)}_{number}")
            for number, y in enumerate(contract.outputs)
        },
    }
    maps = [f'{side}_map {{ key: "{key}" value: "{name}" }}' for name, (side, key) in keys.items()]
    step = f'ensemble_scheduling {{ step [ {{ model_name: "worker" model_version: -1 {" ".join(maps)} }} ] }}'
    _write_config(folder, contract, 'platform: "ensemble"', step)
    (folder / "1").mkdir()


def _rank(tensor: Tensor, contract: Contract) -> int:
    return len(tensor.dims) + (contract.max_batch > 0)


def _write_config(folder: Path, contract: Contract, *more: str) -> None:
    sides = (("input", contract.inputs), ("output", contract.outputs))
    tensors = (f"{side} [ {_entry(tensor)} ]" for side, found in sides for tensor in found)
    lines = (f"max_batch_size: {contract.max_batch}", *tensors, *more)
    write(folder / "config.pbtxt", "\n".join(lines) + "\n")
    for tensor in contract.outputs:
        if tensor.labels:
            write(folder / f"{tensor.name}.txt", "\n".join(tensor.labels) + "\n")


def _entry(tensor: Tensor) -> str:
    dims = ", ".join(map(str, tensor.dims))
    optional = " optional: true" * tensor.optional
    labels = f' label_filename: "{tensor.name}.txt"' if tensor.labels else ""
    return f'{{ name: "{tensor.name}" data_type: TYPE_{tensor.datatype} dims: [ {dims} ]{optional}{labels} }}'


@dataclass(frozen=True, slots=True)
class Row:
    """`change` stands in docs/updates.md; without a `kind` it is no difference. A client of `old` sends
    `body` to this `route`.

    Under `new` it is answered with this `status`. With 200, `said` is a part of the answer that the old one
    did not give, if any; with another status, it is a part of Triton's words.
    """

    change: str
    kind: DifferenceKind | None
    old: Contract
    new: Contract
    body: Mapping[str, Any]
    status: int = 200
    said: str = ""
    route: str = "infer"

    @property
    def reads(self) -> str:
        """The output that the client looks at."""
        return str(self.body["outputs"][0]["name"]) if "outputs" in self.body else "y"


def output_of(answer: Mapping[str, Any], name: str) -> Any:
    """The tensor of this name in the answer to an inference request. Raises KeyError without one."""
    return {output["name"]: output for output in answer["outputs"]}[name]


X, Y = Tensor("x", "FP32", (3,)), Tensor("y", "FP32", (3,))
BASE = Contract((X,), (Y,))


def taking(*dims: int, **more: Any) -> Contract:
    """Of an input of these dimensions and the usual output."""
    return replace(BASE, inputs=(replace(X, dims=dims, **more),))


def giving(*dims: int, **more: Any) -> Contract:
    return replace(BASE, outputs=(replace(Y, dims=dims, **more),))


def batches(most: int) -> Contract:
    return replace(BASE, max_batch=most)


def labelled(*labels: str) -> Contract:
    return giving(3, labels=labels)


def also(**more: Any) -> Contract:
    """With a second input."""
    return replace(BASE, inputs=(X, Tensor("x2", "FP32", (1,), **more)))


ANY_BATCH = Contract((replace(X, dims=(-1, 3)),), (replace(Y, dims=(-1, 3)),))
ONE = Contract((replace(X, dims=(1, 3)),), (replace(Y, dims=(1, 3)),))
TWO_OUTPUTS = replace(BASE, outputs=(Y, replace(Y, name="y2")))


def sent(name: str, *shape: int) -> dict[str, Any]:
    """The numbers 1, 2, 3 and so on, in this shape."""
    numbers = 1
    for size in shape:
        numbers *= size
    return {"name": name, "shape": list(shape), "datatype": "FP32", "data": list(range(1, numbers + 1))}


def asking(*inputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"inputs": list(inputs), **more}


THREE = asking(sent("x", 3))
BOTH = asking(sent("x", 3), sent("x2", 1))


def classes(most: int) -> dict[str, Any]:
    """A client that asks for the names of the highest numbers."""
    return {**THREE, "outputs": [{"name": "y", "parameters": {"classification": most}}]}


SEQUENCE = {**THREE, "parameters": {"sequence_id": 7, "sequence_start": True, "sequence_end": True}}

ROWS = (
    Row("the same shape, spelt in another way", None, batches(1), ONE, asking(sent("x", 1, 3))),
    Row(
        "an input is gone or renamed",
        BREAK,
        BASE,
        replace(BASE, inputs=(replace(X, name="x2"),)),
        THREE,
        400,
        "unexpected inference input 'x'",
    ),
    Row("a new input, required", BREAK, BASE, also(), THREE, 400, "missing required input(s) ['x2']"),
    Row("a new input, optional", WIDENING, BASE, also(optional=True), THREE),
    Row("a required input becomes optional", WIDENING, also(), also(optional=True), BOTH),
    Row(
        "an optional input becomes required",
        BREAK,
        also(optional=True),
        also(),
        THREE,
        400,
        "missing required input(s) ['x2']",
    ),
    Row(
        "an input has another data type",
        BREAK,
        BASE,
        taking(3, datatype="FP64"),
        THREE,
        400,
        "data-type is 'FP32', but model",
    ),
    Row("a size of an input becomes free", WIDENING, BASE, taking(-1), THREE),
    Row(
        "a free size of an input becomes fixed",
        BREAK,
        taking(-1),
        BASE,
        asking(sent("x", 4)),
        400,
        "Expected [3], got [4]",
    ),
    Row("another size of an input", BREAK, BASE, taking(4), THREE, 400, "Expected [4], got [3]"),
    Row(
        "another number of dimensions of an input",
        BREAK,
        BASE,
        taking(1, 3),
        THREE,
        400,
        "Expected [1,3], got [3]",
    ),
    Row(
        "batches where there were none",
        BREAK,
        BASE,
        batches(8),
        THREE,
        400,
        "Expected [-1,3], got [3]",
    ),
    Row(
        "a smaller largest batch",
        BREAK,
        batches(8),
        batches(4),
        asking(sent("x", 8, 3)),
        400,
        "batch-size must be <= 4",
    ),
    Row(
        "a largest batch where there was none",
        BREAK,
        ANY_BATCH,
        batches(8),
        asking(sent("x", 9, 3)),
        400,
        "batch-size must be <= 8",
    ),
    Row("a larger largest batch", WIDENING, batches(4), batches(8), asking(sent("x", 4, 3))),
    Row("no largest batch any more", WIDENING, batches(8), ANY_BATCH, asking(sent("x", 8, 3))),
    Row(
        "an output is gone or renamed",
        BREAK,
        TWO_OUTPUTS,
        BASE,
        {**THREE, "outputs": [{"name": "y2"}]},
        400,
        "unexpected inference output 'y2'",
    ),
    Row("a new output", WIDENING, BASE, TWO_OUTPUTS, THREE),
    Row(
        "an output has another data type",
        BREAK,
        BASE,
        giving(3, datatype="FP64"),
        THREE,
        said='"datatype":"FP64"',
    ),
    Row(
        "another size or number of dimensions of an output",
        BREAK,
        BASE,
        giving(1, 3),
        THREE,
        said='"shape":[1,3]',
    ),
    Row(
        "a free size of an output becomes fixed",
        WIDENING,
        replace(taking(-1), outputs=(replace(Y, dims=(-1,)),)),
        taking(-1),
        THREE,
    ),
    Row("a size of an output becomes free", UNKNOWN, BASE, giving(-1), THREE),
    Row(
        "a line of the labels changes",
        BREAK,
        labelled("a", "b", "c"),
        labelled("a", "b", "d"),
        classes(1),
        said='"3.000000:2:d"',
    ),
    Row(
        "a line of the labels, or all of them, is gone",
        BREAK,
        labelled("a", "b", "c"),
        labelled("a", "b"),
        classes(1),
        said='"3.000000:2"',
    ),
    Row(
        "more labels after those that are there",
        WIDENING,
        labelled("a", "b"),
        labelled("a", "b", "c"),
        {**classes(2), "inputs": [{**sent("x", 3), "data": [3, 2, 1]}]},
    ),
    Row(
        "labels where there were none",
        UNKNOWN,
        BASE,
        labelled("a", "b", "c"),
        classes(1),
        said='"3.000000:2:c"',
    ),
    Row(
        "an output with labels, and batches turned on or off",
        BREAK,
        replace(labelled("a", "b", "c"), max_batch=1),
        replace(ONE, outputs=(replace(ONE.outputs[0], labels=("a", "b", "c")),)),
        {**classes(1), "inputs": [sent("x", 1, 3)]},
        said='"shape":[1]',
    ),
    Row(
        "decoupled is turned on",
        BREAK,
        BASE,
        replace(BASE, decoupled=True),
        THREE,
        501,
        "doesn't support models with decoupled",
    ),
    Row(
        "decoupled is turned off",
        UNKNOWN,
        replace(BASE, decoupled=True),
        BASE,
        {"x": [1, 2, 3]},
        route="generate_stream",
    ),
    Row(
        "sequence batching is turned on",
        BREAK,
        BASE,
        replace(BASE, sequence=True),
        THREE,
        400,
        "must specify a non-zero or non-empty correlation ID",
    ),
    Row(
        "sequence batching is turned off",
        BREAK,
        replace(BASE, sequence=True),
        BASE,
        SEQUENCE,
        said='"data":[1.0,2.0,3.0]',
    ),
)
