"""Rules on dynamic batching (core, model_config_utils.cc, ValidateModelConfig). The server judges it as it is
written, before a backend may raise the largest batch.
"""

from collections.abc import Iterator
from typing import Any

from reconciler.triton.config.protobuf import protobuf
from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.rule import Fault, Field, Repository, Rule

BATCHER = "dynamic_batching"


def preferred_sizes(model: RepositoryModel, batcher: Any, *field: str) -> Iterator[Fault]:
    """What is wrong with the preferred batch sizes of a batcher, which is at this field."""
    largest = max(model.message.max_batch_size, 0)
    for size in batcher.preferred_batch_size:
        if not 0 < size <= largest:
            what = f"a preferred_batch_size is {size}, and max_batch_size is {largest}"
            advice = "Preferred sizes are from 1 to max_batch_size, which is 0 where it is left out."
            yield Fault(what, advice, (*field, "preferred_batch_size"))


def _preferred(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    yield from preferred_sizes(model, model.message.dynamic_batching, BATCHER)


def _default_level(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    batcher = model.message.dynamic_batching
    levels, default = batcher.priority_levels, batcher.default_priority_level
    if levels and not 1 <= default <= levels:
        what = f"default_priority_level is {default}, and priority_levels is {levels}"
        yield Fault(what, f"Write a level from 1 to {levels}.", (BATCHER, "default_priority_level"))


def _unknown_level(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    batcher = model.message.dynamic_batching
    levels = batcher.priority_levels
    for level in sorted(batcher.priority_queue_policy) if levels else ():
        if not 1 <= level <= levels:
            what = f"priority_queue_policy is of level {level}, and priority_levels is {levels}"
            yield Fault(
                what, f"Levels are from 1 to {levels}.", (BATCHER, "priority_queue_policy", str(level))
            )


def _ordered_levels(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    batcher = model.message.dynamic_batching
    if batcher.preserve_ordering and batcher.priority_levels > 1:
        what = (
            f"preserve_ordering allows one priority level, and priority_levels is {batcher.priority_levels}"
        )
        yield Fault(what, "Leave one of the two out.", (BATCHER, "preserve_ordering"))


def _ordered_delay(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    batcher = model.message.dynamic_batching
    delay = protobuf().ModelQueuePolicy.TimeoutAction.Value("DELAY")
    policies: list[tuple[Field, Any]] = [((BATCHER, "default_queue_policy"), batcher.default_queue_policy)]
    by_level = batcher.priority_queue_policy
    policies += [
        ((BATCHER, "priority_queue_policy", str(level)), by_level[level]) for level in sorted(by_level)
    ]
    for field, policy in policies if batcher.preserve_ordering else ():
        if policy.default_timeout_microseconds and policy.timeout_action == delay:
            what = "a queue policy delays requests, and preserve_ordering is true"
            yield Fault(what, "Use REJECT, or leave one of the two out.", (*field, "timeout_action"))


_SOURCE = "core, model_config_utils.cc, ValidateModelConfig"
RULES = (
    Rule("preferred-batch", _SOURCE, _preferred),
    Rule("default-priority-level", _SOURCE, _default_level),
    Rule("unknown-priority-level", _SOURCE, _unknown_level),
    Rule("ordered-priority-levels", _SOURCE, _ordered_levels),
    Rule("ordered-delay", _SOURCE, _ordered_delay),
)
