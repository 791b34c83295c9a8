"""The contract of a version: all that a client of a model depends on, as a value.

What two contracts have to do with each other is decided in `core.planning.guard`; where one is read from is
known to `triton`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tensor:
    """One input or output: its name, Triton's data type without `TYPE_`, and its dimensions as a
    configuration declares them: without the one of the batch, -1 for any size.

    An `optional` input may be left out. `labels` are the lines of the label file of an output, which Triton
    names when a client asks for a classification.
    """

    name: str
    datatype: str
    dims: tuple[int, ...]
    optional: bool = False
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contract:
    """What one version of a model takes and gives; tensors are sorted by name.

    With a `max_batch` above 0 each tensor has one dimension more in front, on the wire, for as many requests
    as that at most. `decoupled` models answer any number of times, `sequence` models want a sequence's
    number with each request.
    """

    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    max_batch: int = 0
    decoupled: bool = False
    sequence: bool = False
