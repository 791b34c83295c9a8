"""What two contracts of a version have to do with each other: each difference breaks clients of the old one,
widens what they may ask for, or nobody can tell (docs/updates.md, The version structure, has the table, with
what a server answers).

Shapes are compared as they are on the wire, since one shape can be spelt in two ways: a batch of 8 is
`[8, 3]`, whether the configuration says `max_batch_size: 8, dims: [3]` or `max_batch_size: 0, dims: [-1, 3]`.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import zip_longest

from reconciler.core.model.served.contract import Contract, Tensor
from reconciler.core.model.text import LONGEST_WORD_SHOWN, counted, cut


class DifferenceKind(StrEnum):
    """A BREAK gives clients of the old contract an error or another answer; after a WIDENING all that they
    do works as before; UNKNOWN is what depends on the client or on the model's own code.
    """

    BREAK = "break"
    UNKNOWN = "unknown"
    WIDENING = "widening"


@dataclass(frozen=True, slots=True)
class Difference:
    kind: DifferenceKind
    text: str


BREAK, UNKNOWN, WIDENING = DifferenceKind.BREAK, DifferenceKind.UNKNOWN, DifferenceKind.WIDENING


def contract_differences(old: Contract, new: Contract) -> tuple[Difference, ...]:
    """In words and by kind; none when clients cannot tell the two apart."""
    found = (*_manners(old, new), *_inputs(old, new), *_outputs(old, new))
    return tuple(dict.fromkeys(found))


def _manners(old: Contract, new: Contract) -> Iterator[Difference]:
    if new.decoupled and not old.decoupled:
        yield Difference(BREAK, "it may answer any number of times now (decoupled)")
    if old.decoupled and not new.decoupled:
        yield Difference(UNKNOWN, "it answers exactly once now (no longer decoupled)")
    if new.sequence and not old.sequence:
        yield Difference(BREAK, "it wants a sequence's number with each request now (sequence batching)")
    if old.sequence and not new.sequence:
        yield Difference(BREAK, "it is not told any more which requests are one sequence (sequence batching)")


@dataclass(frozen=True, slots=True)
class _Dimension:
    """The sizes that one dimension may have on the wire. Which it has is up to who sends it where it is free,
    as that of a batch is, even of 1 at most.
    """

    least: int
    most: float
    free: bool = True

    def takes(self, other: "_Dimension") -> bool:
        return self.least <= other.least and other.most <= self.most

    def differs(self, other: "_Dimension") -> bool:
        return (self.least, self.most) != (other.least, other.most)

    def __str__(self) -> str:
        if self.least == self.most:
            return str(self.least)
        return "-1" if self.most == math.inf else f"{self.least}..{self.most}"


_ANY = _Dimension(0, math.inf)
_Shape = tuple[_Dimension, ...]


def _dimension(size: int) -> _Dimension:
    return _ANY if size == -1 else _Dimension(size, size, free=False)


def _batch(contract: Contract) -> _Dimension | None:
    """The dimension in front of each tensor of a model that takes batches."""
    return _Dimension(1, contract.max_batch) if contract.max_batch > 0 else None


def _shape(tensor: Tensor, batch: _Dimension | None) -> _Shape:
    """On the wire."""
    return (*([batch] if batch else []), *map(_dimension, tensor.dims))


def _written(tensor: Tensor, shape: _Shape) -> str:
    return cut(f"{tensor.datatype}[{', '.join(map(str, shape))}]", LONGEST_WORD_SHOWN)


def _named(tensors: tuple[Tensor, ...]) -> Mapping[str, Tensor]:
    return {tensor.name: tensor for tensor in tensors}


def _inputs(old: Contract, new: Contract) -> Iterator[Difference]:
    was, will = _named(old.inputs), _named(new.inputs)
    for name in sorted(was.keys() | will.keys()):
        before, after = was.get(name), will.get(name)
        if before is not None and after is not None:
            yield from _input_shapes(before, _shape(before, _batch(old)), after, _shape(after, _batch(new)))
            if after.optional and not before.optional:
                yield Difference(WIDENING, f"{_input(name)} may be left out now")
            if before.optional and not after.optional:
                yield Difference(BREAK, f"{_input(name)} may not be left out any more")
        elif after is not None:
            written = _written(after, _shape(after, _batch(new)))
            kind, needed = (WIDENING, "optional") if after.optional else (BREAK, "required")
            yield Difference(kind, f"{_input(name)} {written} is new and {needed}")
        else:
            yield Difference(BREAK, f"{_input(name)} is gone")


def _input_shapes(before: Tensor, was: _Shape, after: Tensor, will: _Shape) -> Iterator[Difference]:
    """Another largest batch is one difference of the model, however many inputs it has: so each tells it in
    the same words.
    """
    told = f"{_input(before.name)} {_written(before, was)} becomes {_written(after, will)}"
    if before.datatype != after.datatype or len(was) != len(will):
        yield Difference(BREAK, told)
        return
    if was and was[0].free and will[0].free:
        if was[0].differs(will[0]):
            kind = WIDENING if will[0].takes(was[0]) else BREAK
            yield Difference(kind, f"the largest batch: {_largest(was[0])} becomes {_largest(will[0])}")
        was, will = was[1:], will[1:]
    if not all(one.takes(other) for other, one in zip(was, will, strict=True)):
        yield Difference(BREAK, told)
    elif any(one.differs(other) for other, one in zip(was, will, strict=True)):
        yield Difference(WIDENING, told)


def _largest(batch: _Dimension) -> str:
    return "unlimited" if batch.most == math.inf else str(batch.most)


def _outputs(old: Contract, new: Contract) -> Iterator[Difference]:
    was, will = _named(old.outputs), _named(new.outputs)
    for name in sorted(was.keys() | will.keys()):
        before, after = was.get(name), will.get(name)
        if before is not None and after is not None:
            yield from _output_shapes(before, after, old, new)
            yield from _classified(before, old, new)
            yield from _labels(before, after)
        elif after is not None:
            yield Difference(
                WIDENING, f"{_output(name)} {_written(after, _shape(after, _batch(new)))} is new"
            )
        else:
            yield Difference(BREAK, f"{_output(name)} is gone")


def _output_shapes(before: Tensor, after: Tensor, old: Contract, new: Contract) -> Iterator[Difference]:
    sent = _batch(old) or _sent(old)
    was, will = _shape(before, _batch(old) and sent), _shape(after, _batch(new) and sent)
    kind = _output_kind(before, was, after, will)
    if kind is not None:
        yield Difference(
            kind, f"{_output(before.name)} {_written(before, was)} becomes {_written(after, will)}"
        )


def _sent(old: Contract) -> _Dimension:
    """What clients of a contract without batches send as the batch of one that takes some: an answer has as
    many.
    """
    fronts = {_dimension(tensor.dims[0]) for tensor in old.inputs if tensor.dims}
    return replace(fronts.pop(), free=True) if len(fronts) == 1 else _ANY


def _output_kind(before: Tensor, was: _Shape, after: Tensor, will: _Shape) -> DifferenceKind | None:
    """A client of a free dimension had to be ready for any size."""
    if before.datatype != after.datatype or len(was) != len(will):
        return BREAK
    pairs = [pair for pair in zip(was, will, strict=True) if pair[0].differs(pair[1])]
    if any(not one.free and not other.free for one, other in pairs):
        return BREAK
    if any(other.free and not one.free for one, other in pairs):
        return UNKNOWN
    return WIDENING if any(one.free and not other.free for one, other in pairs) else None


def _classified(before: Tensor, old: Contract, new: Contract) -> Iterator[Difference]:
    """By classifications alone a batch differs from the same shape without one. Labels say that an output is
    meant for them.
    """
    if before.labels and (old.max_batch > 0) != (new.max_batch > 0):
        ways = ("the whole answer", "each request of a batch")
        was, will = ways[old.max_batch > 0], ways[new.max_batch > 0]
        yield Difference(BREAK, f"{_output(before.name)}: classifications are of {will} now, not of {was}")


def _labels(before: Tensor, after: Tensor) -> Iterator[Difference]:
    """A class without a label, or with an empty one, is answered as `value:index`, else as
    `value:index:label`.
    """
    if after.labels and not before.labels:
        yield Difference(UNKNOWN, f"{_output(after.name)} has labels now: they are added to classifications")
        return
    lines = [
        (number, was, will)
        for number, (was, will) in enumerate(zip_longest(before.labels, after.labels, fillvalue=""), 1)
        if was != will
    ]
    lost = [line for line in lines if line[1]]
    if lost:
        number, was, will = lost[0]
        becomes = f"becomes {_quoted(will)}" if will else "is gone"
        more = f" (and {counted(len(lost) - 1, 'line')} more)" if len(lost) > 1 else ""
        yield Difference(
            BREAK, f"{_output(after.name)}, line {number} of the labels: {_quoted(was)} {becomes}{more}"
        )
    elif lines:
        yield Difference(WIDENING, f"{_output(after.name)} has {counted(len(lines), 'label')} more")


def _input(name: str) -> str:
    return f"input {cut(name, LONGEST_WORD_SHOWN)}"


def _output(name: str) -> str:
    return f"output {cut(name, LONGEST_WORD_SHOWN)}"


def _quoted(label: str) -> str:
    return f"'{cut(label, LONGEST_WORD_SHOWN)}'"
