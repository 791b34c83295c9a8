"""Which differences two contracts have, and of which kind. A real server is asked about the same rows in
tests/triton/server/test_contract.py.
"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.model.served.contract import Contract, Tensor
from reconciler.core.planning.guard.contract_changes import (
    Difference,
    DifferenceKind,
    contract_differences,
)
from tests.support.contract_rows import ROWS, Row

BREAK, UNKNOWN, WIDENING = DifferenceKind.BREAK, DifferenceKind.UNKNOWN, DifferenceKind.WIDENING
X, Y = Tensor("x", "FP32", (3,)), Tensor("y", "FP32", (3,))
BASE = Contract((X,), (Y,))


def kinds(old: Contract, new: Contract) -> set[DifferenceKind]:
    return {difference.kind for difference in contract_differences(old, new)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.change)
def test_the_kind_of_each_row_of_the_table(row: Row) -> None:
    assert kinds(row.old, row.new) == {row.kind} - {None}


def x(*dims: int, max_batch: int = 0, datatype: str = "FP32", name: str = "x", **more: bool) -> Contract:
    return Contract((Tensor(name, datatype, dims, **more),), (), max_batch)


def both(*dims: int, max_batch: int = 0, out: tuple[int, ...] | None = None) -> Contract:
    """Of an input and an output of these dimensions, or an output of others."""
    return Contract((replace(X, dims=dims),), (replace(Y, dims=dims if out is None else out),), max_batch)


def y(*dims: int, datatype: str = "FP32", labels: tuple[str, ...] = ()) -> Contract:
    return Contract((X,), (Tensor("y", datatype, dims, labels=labels),))


LONG = "a" * 100
TEXTS = [
    (x(3), x(4), [(BREAK, "input x FP32[3] becomes FP32[4]")]),
    (x(3), x(3, 3), [(BREAK, "input x FP32[3] becomes FP32[3, 3]")]),
    (x(3, -1), x(-1, 3), [(BREAK, "input x FP32[3, -1] becomes FP32[-1, 3]")]),
    (x(3), x(-1, datatype="INT64"), [(BREAK, "input x FP32[3] becomes INT64[-1]")]),
    (x(3), x(-1), [(WIDENING, "input x FP32[3] becomes FP32[-1]")]),
    (
        x(3),
        x(3, name="z"),
        [(BREAK, "input x is gone"), (BREAK, "input z FP32[3] is new and required")],
    ),
    (
        x(3, optional=True),
        x(-1),
        [
            (WIDENING, "input x FP32[3] becomes FP32[-1]"),
            (BREAK, "input x may not be left out any more"),
        ],
    ),
    (x(3), x(3, optional=True), [(WIDENING, "input x may be left out now")]),
    (x(3, max_batch=8), x(3, max_batch=4), [(BREAK, "the largest batch: 8 becomes 4")]),
    (x(3, max_batch=8), x(-1, 3), [(WIDENING, "the largest batch: 8 becomes unlimited")]),
    (x(-1, 3), x(3, max_batch=8), [(BREAK, "the largest batch: unlimited becomes 8")]),
    (x(1, 3), x(3, max_batch=8), [(WIDENING, "input x FP32[1, 3] becomes FP32[1..8, 3]")]),
    (x(9, 3), x(3, max_batch=8), [(BREAK, "input x FP32[9, 3] becomes FP32[1..8, 3]")]),
    (x(3, max_batch=8), x(1, 3), [(BREAK, "input x FP32[1..8, 3] becomes FP32[1, 3]")]),
    (
        x(3, max_batch=8),
        x(4, max_batch=9),
        [
            (WIDENING, "the largest batch: 8 becomes 9"),
            (BREAK, "input x FP32[1..8, 3] becomes FP32[1..9, 4]"),
        ],
    ),
    (both(1, 3), both(3, max_batch=8), [(WIDENING, "input x FP32[1, 3] becomes FP32[1..8, 3]")]),
    (both(1, 3, out=(-1, 3)), both(3, max_batch=1), []),
    (both(3, max_batch=1), both(1, 3, out=(-1, 3)), []),
    (both(1, 3, out=(2, 3)), both(3, max_batch=1), [(UNKNOWN, "output y FP32[2, 3] becomes FP32[1, 3]")]),
    (y(3), Contract((X,), ()), [(BREAK, "output y is gone")]),
    (Contract((X,), ()), y(3), [(WIDENING, "output y FP32[3] is new")]),
    (y(3), y(3, datatype="FP16"), [(BREAK, "output y FP32[3] becomes FP16[3]")]),
    (y(3, -1), y(-1, 3), [(UNKNOWN, "output y FP32[3, -1] becomes FP32[-1, 3]")]),
    (y(-1, -1), y(-1, 3), [(WIDENING, "output y FP32[-1, -1] becomes FP32[-1, 3]")]),
    (
        y(3, labels=("a", "b", "c")),
        y(3, labels=("a", "B")),
        [(BREAK, "output y, line 2 of the labels: 'b' becomes 'B' (and 1 line more)")],
    ),
    (
        y(3, labels=("a", LONG)),
        y(3, labels=("a",)),
        [(BREAK, f"output y, line 2 of the labels: '{'a' * 59}…' is gone")],
    ),
    (
        y(3, labels=("a", "b")),
        y(3),
        [(BREAK, "output y, line 1 of the labels: 'a' is gone (and 1 line more)")],
    ),
    (y(3, labels=("a", "")), y(3, labels=("a", "b", "c")), [(WIDENING, "output y has 2 labels more")]),
    (y(3), y(3, labels=("a",)), [(UNKNOWN, "output y has labels now: they are added to classifications")]),
    (
        replace(y(3, labels=("a",)), max_batch=8),
        Contract((replace(X, dims=(-1, 3)),), (replace(Y, dims=(-1, 3), labels=("a",)),)),
        [
            (WIDENING, "the largest batch: 8 becomes unlimited"),
            (BREAK, "output y: classifications are of the whole answer now, not of each request of a batch"),
        ],
    ),
    (BASE, replace(BASE, decoupled=True), [(BREAK, "it may answer any number of times now (decoupled)")]),
]


@pytest.mark.parametrize(("old", "new", "told"), TEXTS)
def test_what_is_told(old: Contract, new: Contract, told: list[tuple[DifferenceKind, str]]) -> None:
    assert contract_differences(old, new) == tuple(Difference(kind, text) for kind, text in told)


def test_another_largest_batch_is_told_once_however_many_inputs_there_are() -> None:
    two = (X, replace(X, name="z"))
    (told,) = contract_differences(Contract(two, (Y,), 8), Contract(two, (Y,), 4))
    assert told.text == "the largest batch: 8 becomes 4"


# -- what holds for any two contracts

SIZES = st.lists(st.sampled_from([-1, 1, 2, 3]), max_size=3).map(tuple)
LABELS = st.lists(st.sampled_from(["", "a", "b"]), max_size=3).map(tuple)
TYPES = st.sampled_from(["FP32", "INT64"])


@st.composite
def tensors(draw: st.DrawFn, **more: st.SearchStrategy) -> tuple[Tensor, ...]:
    names = draw(st.lists(st.sampled_from("abc"), unique=True, max_size=3).map(sorted))
    return tuple(
        Tensor(name, draw(TYPES), draw(SIZES), **{field: draw(value) for field, value in more.items()})
        for name in names
    )


CONTRACTS = st.builds(
    Contract,
    tensors(optional=st.booleans()),
    tensors(labels=LABELS),
    st.sampled_from([0, 1, 2, 8]),
    st.booleans(),
    st.booleans(),
)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Contract, Contract]:
    """Two contracts that have most in common: each part of the second is drawn anew or kept."""
    old, other = draw(CONTRACTS), draw(CONTRACTS)
    kept = draw(st.sets(st.sampled_from(["inputs", "outputs", "max_batch", "decoupled", "sequence"])))
    return old, replace(other, **{name: getattr(old, name) for name in kept})


@given(CONTRACTS)
def test_a_contract_does_not_differ_from_itself(contract: Contract) -> None:
    assert contract_differences(contract, contract) == ()


def spelt_out(contract: Contract) -> Contract:
    """A largest batch of 1 as a fixed dimension of each tensor."""

    def with_front(tensors: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return tuple(replace(tensor, dims=(1, *tensor.dims)) for tensor in tensors)

    return replace(
        contract,
        inputs=with_front(contract.inputs),
        outputs=with_front(contract.outputs),
        max_batch=0,
    )


@given(CONTRACTS.filter(lambda contract: contract.inputs != ()))
def test_nor_from_another_spelling_of_itself(contract: Contract) -> None:
    """But for classifications: those of a batch are other ones."""
    outputs = tuple(replace(output, labels=()) for output in contract.outputs)
    short = replace(contract, outputs=outputs, max_batch=1)
    assert contract_differences(short, spelt_out(short)) == ()
    assert contract_differences(spelt_out(short), short) == ()


@given(pairs())
def test_what_widens_breaks_or_is_unknown_on_the_way_back(pair: tuple[Contract, Contract]) -> None:
    old, new = pair
    if kinds(old, new) == {WIDENING}:
        assert kinds(new, old) & {BREAK, UNKNOWN}


@given(pairs(), st.randoms())
def test_the_order_of_tensors_is_no_difference(pair: tuple[Contract, Contract], chance) -> None:
    old, new = pair
    mixed = replace(
        old,
        inputs=tuple(chance.sample(old.inputs, len(old.inputs))),
        outputs=tuple(chance.sample(old.outputs, len(old.outputs))),
    )
    assert contract_differences(mixed, new) == contract_differences(old, new)
