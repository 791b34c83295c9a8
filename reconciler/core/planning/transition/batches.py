"""Cuts a change into the fewest updates that are legal while a deployment serves, in a safe order.

Which field is in which option group is in `diff.fields`. Here is what may go together, and the order: logs
first (only a log that was attached before a failed start explains it), then capacity that grows, the
container, the models, and capacity that shrinks.
"""

from collections.abc import Collection, Iterable
from functools import partial

from reconciler.core.model.configuration import Configuration, DeploymentType, FixedScaling, Scaling
from reconciler.core.model.target import OptionGroupsReading
from reconciler.core.planning.diff.comparison import Change
from reconciler.core.planning.diff.option_groups import NEVER_UPDATED, OptionGroup
from reconciler.core.planning.steps import TemporaryCapacity

DOCUMENTED_SOURCE = (
    "docs/service.md §3.2: the acceptance test of Oracle's Terraform provider changes variables, model and "
    "shape in one update of an active deployment"
)
"""Why the documented reading lets the container and the core go together."""

ROLLING = frozenset({OptionGroup.CONTAINER, OptionGroup.CORE, OptionGroup.NETWORK, OptionGroup.MODELS})
"""Option groups whose update replaces the instances (docs/service.md §3.3: mechanism)."""

Batch = tuple[OptionGroup, ...]


def batches(
    changes: Iterable[Change],
    desired: Configuration,
    live: Configuration,
    reading: OptionGroupsReading,
    *,
    models_first: bool = False,
) -> tuple[Batch, ...]:
    """The option groups of each update, in order. Metadata rides along with the last; alone, it is an
    update too. `models_first`: the models go before the container, where they have updates of their own.
    """
    groups = {change.option_group for change in changes} - NEVER_UPDATED
    rest = groups - {OptionGroup.METADATA}
    together = {OptionGroup.CONTAINER, OptionGroup.CORE}
    parts: list[set[OptionGroup]] = [{group} for group in rest]
    if reading is OptionGroupsReading.DOCUMENTED and together <= rest:
        parts = [{group} for group in rest - together] + [together]
    place = partial(_place, desired=desired, live=live, container=7 if models_first else 5)
    ordered = sorted(parts, key=lambda part: max(map(place, part)))
    if not groups:
        return ()
    last = (*sorted(ordered[-1]), OptionGroup.METADATA) if ordered else (OptionGroup.METADATA,)
    return (*(tuple(sorted(part)) for part in ordered[:-1]), last)


def temporary_capacity(
    groups: Collection[OptionGroup], after: Configuration, in_place: bool
) -> TemporaryCapacity | None:
    """The capacity that an update of these groups needs for a while. No document says how many instances the
    service starts before it ends old ones, so all of them are counted.
    """
    if in_place or not ROLLING & set(groups):
        return None
    return TemporaryCapacity(most_instances(after.scaling), after.instance)


def most_instances(scaling: Scaling) -> int:
    """How many instances there can be."""
    return scaling.instances if isinstance(scaling, FixedScaling) else scaling.maximum


def _place(group: OptionGroup, desired: Configuration, live: Configuration, container: int) -> int:
    """Lower goes first; `container` is the place of the container."""
    match group:
        case OptionGroup.LOGS:
            return 0
        case OptionGroup.BANDWIDTH:
            return 1 if _more_bandwidth(desired, live) else 10
        case OptionGroup.SCALING:
            return 2 if most_instances(desired.scaling) >= most_instances(live.scaling) else 9
        case OptionGroup.CORE if (
            desired.kind is DeploymentType.MODEL_GROUP or desired.artifact == live.artifact
        ):
            return 3 if _more_compute(desired, live) else 8
        case OptionGroup.NETWORK:
            return 4
        case OptionGroup.CONTAINER:
            return container
        case _:
            return 6


def _more_bandwidth(desired: Configuration, live: Configuration) -> bool:
    if desired.bandwidth is None or live.bandwidth is None:
        return True
    return _limits(desired) >= _limits(live)


def _limits(configuration: Configuration) -> tuple[int, int]:
    bandwidth = configuration.bandwidth
    return (bandwidth.minimum, bandwidth.maximum or 0) if bandwidth else (0, 0)


def _more_compute(desired: Configuration, live: Configuration) -> bool:
    """Whether there are at least as many OCPUs and as much memory as before; what is not known counts as
    more. Instances are counted where their number changes with them: a number that has an update of its own
    must not decide, or what is left of a chain would have another order than the chain.
    """
    fixed = isinstance(desired.scaling, FixedScaling) and isinstance(live.scaling, FixedScaling)
    before, after = _compute(live, counted=fixed), _compute(desired, counted=fixed)
    return before is None or after is None or all(a >= b for a, b in zip(after, before, strict=True))


def _compute(configuration: Configuration, *, counted: bool) -> tuple[float, float] | None:
    instance = configuration.instance
    count = most_instances(configuration.scaling) if counted else 1
    if instance.ocpus is None or instance.memory_gbs is None:
        return None
    return instance.ocpus * count, instance.memory_gbs * count
