"""Rules on the reshape of an input or output (core, model_config_utils.cc, ValidateIOShape)."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial

from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.reading.completion import knows_largest_batch
from reconciler.triton.rules.reading.data_types import ANY_SIZE, element_count, product, shown_sizes
from reconciler.triton.rules.reading.tensor_list import DeclaredTensor, tensors_of
from reconciler.triton.rules.rule import Fault, Repository, Rule


def _bad_reshape(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    known = cache(partial(knows_largest_batch, model))
    for tensor in tensors_of(model):
        if tensor.message.HasField("reshape") and (wrong := _wrong(model, tensor, known)):
            yield Fault(f"{tensor.title}: {wrong[0]}", wrong[1], tensor.field("reshape"))


def _wrong(
    model: RepositoryModel, tensor: DeclaredTensor, batch_is_known: Callable[[], bool]
) -> tuple[str, str] | None:
    """What is wrong with a reshape, and what to do."""
    dims, shape = tuple(tensor.message.dims), tuple(tensor.message.reshape.shape)
    if not shape and not model.message.max_batch_size and batch_is_known():
        return "an empty reshape is for models that take batches", "Set max_batch_size, or reshape to [ 1 ]."
    if bad := [size for size in shape if size < 1 and size != ANY_SIZE]:
        return f"the reshape has a size of {bad[0]}", "Sizes are 1 or more; -1 is any size."
    if not dims or any(size < 1 and size != ANY_SIZE for size in dims):
        return None  # Another rule tells it.
    if not shape and element_count(dims) == 1:
        return None
    if _parts(dims) != _parts(shape) or not shape:
        what = f"a reshape from {shown_sizes(dims)} to {shown_sizes(shape)} changes the number of values"
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
    return [product(part) for part in parts]


RULES = (Rule("bad-reshape", "core, model_config_utils.cc, ValidateIOShape", _bad_reshape),)
