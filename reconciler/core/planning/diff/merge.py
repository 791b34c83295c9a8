"""Configurations merged from two: what is desired, completed from what is live; and what is live, with some
option groups taken from what is desired.
"""

from collections.abc import Collection, Set
from dataclasses import replace
from typing import TypeVar

from reconciler.core.model.configuration import (
    Autoscaling,
    Bandwidth,
    Configuration,
    Network,
    Pairs,
    Scaling,
    Secret,
    Variable,
)
from reconciler.core.planning.diff.fields import LIVE, VARIABLES, fields_of, plain_value
from reconciler.core.planning.diff.option_groups import OptionGroup

T = TypeVar("T")

DEFAULT_BASELINE = "BASELINE_1_1"
"""That of a flexible shape for which none is stated: no bursts (docs/service.md §1.6, Instances)."""


def fill(desired: Configuration, live: Configuration, ignore: Collection[str] = ()) -> Configuration:
    """What is desired, and what is live where that is left open or ignored: so the two can be compared, and
    nested objects can be sent whole.

    A digest that the manifest does not pin stays as it is while the image stays, and is left to the service
    when the image changes (docs/service.md §4.1: a stored digest keeps the deployment pinned).
    """
    container, instance = desired.container, desired.instance
    if container.digest is None and container.image == live.container.image:
        container = replace(container, digest=live.container.digest)
    reservations = _or(instance.reservations, live.instance.reservations)
    instance = replace(instance, reservations=reservations)
    if instance.shape == live.instance.shape:
        instance = replace(
            instance,
            ocpus=_or(instance.ocpus, live.instance.ocpus),
            memory_gbs=_or(instance.memory_gbs, live.instance.memory_gbs),
            cpu_baseline=_fill_baseline(instance.cpu_baseline, live.instance.cpu_baseline),
        )
    filled = replace(
        desired,
        container=replace(container, environment=_fill_variables(container.environment, live)),
        instance=instance,
        scaling=_fill_scaling(desired.scaling, live.scaling),
        logs=replace(
            desired.logs,
            access=_or(desired.logs.access, live.logs.access),
            predict=_or(desired.logs.predict, live.logs.predict),
        ),
        bandwidth=_fill_bandwidth(desired.bandwidth, live.bandwidth),
        network=_fill_network(desired.network, live.network),
        defined_tags=_fill_tags(desired.defined_tags, live.defined_tags),
    )
    return _ignoring(filled, live, ignore)


def _ignoring(desired: Configuration, live: Configuration, ignore: Collection[str]) -> Configuration:
    kept = [row for row in fields_of(desired, live) if ignored(row.pointer, ignore)] if ignore else []
    for row in kept:
        desired = row.put(desired, live)
    names = {row.path.removeprefix(VARIABLES) for row in kept if row.path.startswith(VARIABLES)}
    return _hide(desired, names) if names else desired


def _hide(configuration: Configuration, names: Collection[str]) -> Configuration:
    """Variables that are taken from what is live may be secrets, so they are treated as secrets."""
    container = configuration.container
    hidden = tuple(
        (key, Secret(LIVE, plain_value(value) or "") if key in names else value)
        for key, value in container.environment or ()
    )
    return replace(configuration, container=replace(container, environment=hidden))


def ignored(pointer: str, ignore: Collection[str]) -> bool:
    """Whether a JSON pointer is one of these, or lies below one."""
    return any(pointer == item or pointer.startswith(f"{item}/") for item in ignore)


def with_groups(groups: Set[OptionGroup], desired: Configuration, live: Configuration) -> Configuration:
    """What is live, and what is desired in the fields of these option groups: the configuration after an
    update of just those. The variables of a container that is left alone are None: they never become part
    of a plan.
    """
    result = live
    for row in fields_of(desired, live):
        if row.option_group in groups:
            result = row.put(result, desired)
    if OptionGroup.CONTAINER not in groups:
        result = replace(result, container=replace(result.container, environment=None))
    return result


def _or(desired: T | None, live: T | None) -> T | None:
    return live if desired is None else desired


def _fill_baseline(desired: str | None, live: str | None) -> str | None:
    """To state the default where nothing is stated is no change."""
    return live if live is None and desired == DEFAULT_BASELINE else _or(desired, live)


def _fill_scaling(desired: Scaling, live: Scaling) -> Scaling:
    """The initial number of instances changes only when the manifest has one: "anytime [it] is updated, the
    number of instances will be reset to this value" (docs/service.md §1.6).
    """
    if not isinstance(desired, Autoscaling) or not isinstance(live, Autoscaling):
        return desired
    if desired.initial is not None or live.initial is None:
        return desired
    fits = desired.minimum <= live.initial <= desired.maximum
    return replace(desired, initial=live.initial) if fits else desired


def _fill_bandwidth(desired: Bandwidth | None, live: Bandwidth | None) -> Bandwidth | None:
    if desired is None or live is None:
        return _or(desired, live)
    if desired.maximum is None and desired.minimum == live.minimum:
        return live
    return desired


def _fill_variables(desired: tuple[Variable, ...] | None, live: Configuration) -> tuple[Variable, ...] | None:
    """A secret that was not looked at stays what is live."""
    there = dict(live.container.environment or ())
    return desired and tuple(
        (key, replace(value, value=plain_value(there.get(key))))
        if isinstance(value, Secret) and not value.known
        else (key, value)
        for key, value in desired
    )


def _fill_network(desired: Network, live: Network) -> Network:
    return live if desired.access is None else desired


def _fill_tags(desired: Pairs, live: Pairs) -> Pairs:
    return tuple(sorted({**dict(live), **dict(desired)}.items()))
