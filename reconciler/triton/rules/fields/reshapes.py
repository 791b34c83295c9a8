"""Rules on the reshape of an input or output (core, model_config_utils.cc, ValidateIOShape)."""

from collections.abc import Iterator, Sequence

from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.fields.completion import may_complete
from reconciler.triton.rules.fields.tensor_list import DeclaredTensor, tensors_of
from reconciler.triton.rules.rule import Fault, Repository, Rule

ANY_SIZE = -1
WRAP = 1 << 64
"""The server counts elements in 64 bits."""


def element_count(sizes: Sequence[int]) -> int:
    """As the server counts: -1 where a size is variable, 0 for none."""
    if ANY_SIZE in sizes:
        return ANY_SIZE
    return _product(sizes) if sizes else 0


def _product(sizes: Sequence[int]) -> int:
    product = 1
    for size in sizes:
        product = product * size % WRAP
    return product


def _bad_reshape(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for tensor in tensors_of(model):
        if tensor.message.HasField("reshape") and (wrong := _wrong(model, tensor)):
            yield Fault(f"{tensor.title}: {wrong[0]}", wrong[1], tensor.field("reshape"))


def _wrong(model: RepositoryModel, tensor: DeclaredTensor) -> tuple[str, str] | None:
    """What is wrong with a reshape, and what to do."""
    dims, shape = tuple(tensor.message.dims), tuple(tensor.message.reshape.shape)
    if not shape and not model.message.max_batch_size and not may_complete(model):
        return "an empty reshape is for models that take batches", "Set max_batch_size, or reshape to [ 1 ]."
    if bad := [size for size in shape if size < 1 and size != ANY_SIZE]:
        return f"the reshape has a size of {bad[0]}", "Sizes are 1 or more; -1 is any size."
    if not dims or any(size < 1 and size != ANY_SIZE for size in dims):
        return None  # Another rule tells it.
    if not shape and element_count(dims) == 1:
        return None
    if _parts(dims) != _parts(shape) or not shape:
        what = f"a reshape from {_shown(dims)} to {_shown(shape)} changes the number of values"
        return what, "Both need as many values, before, between and after the sizes that are variable (-1)."
    return None


def _parts(sizes: Sequence[int]) -> list[int]:
    """How many values there are before, between and after the variable sizes."""
    parts: list[list[int]] = [[]]
    for size in sizes:
        if size == ANY_SIZE:
            parts.append([])
        else:
            parts[-1].append(size)
    return [_product(part) for part in parts]


def _shown(sizes: Sequence[int]) -> str:
    return f"[{', '.join(map(str, sizes[:8]))}{', …' if len(sizes) > 8 else ''}]"


RULES = (Rule("bad-reshape", "core, model_config_utils.cc, ValidateIOShape", _bad_reshape),)
