"""How a change is cut, what goes first, and what it needs for a while."""

from dataclasses import replace

import pytest

from reconciler.core.model.configuration import (
    Autoscaling,
    Bandwidth,
    Configuration,
    DeploymentType,
    FixedScaling,
    Instance,
    LogRef,
    Logs,
    Metric,
    ThresholdRule,
)
from reconciler.core.model.target import OptionGroupsReading
from reconciler.core.planning.diff.comparison import diff
from reconciler.core.planning.diff.merge import fill, with_groups
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.steps import TemporaryCapacity
from reconciler.core.planning.transition.batches import DOCUMENTED_SOURCE, batches, temporary_capacity
from reconciler.core.planning.transition.changes import numbered
from tests.support.reviews import HERE, SUBNET, as_served, spec

META, LOGS, BANDWIDTH, SCALING, NETWORK = (
    OptionGroup.METADATA,
    OptionGroup.LOGS,
    OptionGroup.BANDWIDTH,
    OptionGroup.SCALING,
    OptionGroup.NETWORK,
)
CONTAINER, CORE, MODELS = OptionGroup.CONTAINER, OptionGroup.CORE, OptionGroup.MODELS
LOG = LogRef("ocid1.loggroup.g", "ocid1.log.l")
RULE = ThresholdRule(Metric.CPU, 70, 30)
FLEX = "VM.Standard.E4.Flex"
BASE = as_served(
    spec(scaling=Autoscaling(2, 4, RULE), bandwidth=Bandwidth(20, 40), network=HERE).configuration
)
OTHER = "sha256:" + "0" * 64


def changed(base: Configuration = BASE, **changes: object) -> Configuration:
    return replace(base, **changes)


def image(base: Configuration = BASE) -> Configuration:
    return replace(base, container=replace(base.container, image="x:2"))


def instance(ocpus: float, memory: float = 32.0, base: Configuration = BASE) -> Configuration:
    return replace(base, instance=Instance(FLEX, ocpus, memory))


def cut(
    wanted: Configuration,
    live: Configuration = BASE,
    reading: OptionGroupsReading = OptionGroupsReading.STRICT,
) -> list[set[OptionGroup]]:
    desired = fill(wanted, live)
    return [set(batch) for batch in batches(diff(desired, live), desired, live, reading)]


WIDER, NARROWER = Bandwidth(30, 60), Bandwidth(10, 20)
MORE, FEWER = Autoscaling(3, 6, RULE), Autoscaling(1, 2, RULE)


def test_up_in_the_safe_order() -> None:
    """Logs, capacity that grows, networking, the container."""
    wanted = changed(image(instance(8.0)), logs=Logs(predict=LOG), bandwidth=WIDER, scaling=MORE)
    wanted = replace(wanted, network=SUBNET)
    assert cut(wanted) == [{LOGS}, {BANDWIDTH}, {SCALING}, {CORE}, {NETWORK}, {CONTAINER, META}]


def test_down_in_the_safe_order() -> None:
    """Logs, networking, the container, then capacity that shrinks."""
    wanted = changed(image(instance(2.0)), logs=Logs(predict=LOG), bandwidth=NARROWER, scaling=FEWER)
    wanted = replace(wanted, network=SUBNET)
    assert cut(wanted) == [{LOGS}, {NETWORK}, {CONTAINER}, {CORE}, {SCALING}, {BANDWIDTH, META}]


@pytest.mark.parametrize("ocpus", [2.0, 8.0])
def test_new_models_go_after_the_container_whatever_the_capacity(ocpus: float) -> None:
    """The model and the shape are one group, so they go together."""
    wanted = changed(image(instance(ocpus)), artifact=OTHER, network=SUBNET)
    assert cut(wanted) == [{NETWORK}, {CONTAINER}, {CORE, META}]
    more = changed(wanted, bandwidth=WIDER, scaling=MORE, logs=Logs(predict=LOG))
    assert cut(more) == [{LOGS}, {BANDWIDTH}, {SCALING}, {NETWORK}, {CONTAINER}, {CORE, META}]
    fewer = changed(wanted, bandwidth=NARROWER, scaling=FEWER)
    assert cut(fewer) == [{NETWORK}, {CONTAINER}, {CORE}, {SCALING}, {BANDWIDTH, META}]


@pytest.mark.parametrize(
    ("ocpus", "memory", "first"),
    [(8.0, 64.0, True), (4.0, 32.0, True), (2.0, 32.0, False), (8.0, 16.0, False)],
)
def test_in_a_model_group_the_models_are_apart_from_the_capacity(
    ocpus: float, memory: float, first: bool
) -> None:
    """As many OCPUs and as much memory as before, or more, is capacity that grows."""
    live = changed(kind=DeploymentType.MODEL_GROUP)
    wanted = changed(image(instance(ocpus, memory, live)), artifact=OTHER)
    wanted = replace(wanted, instance=replace(wanted.instance, reservations=("ocid1.r",)))
    order = [{CORE}, {CONTAINER}, {MODELS, META}] if first else [{CONTAINER}, {MODELS}, {CORE, META}]
    assert cut(wanted, live) == order


def test_capacity_is_counted_over_all_instances() -> None:
    """Twice as many instances of half the size are no less."""
    live = changed(scaling=FixedScaling(2))
    halves = changed(image(instance(2.0, 16.0, live)), scaling=FixedScaling(4))
    assert cut(halves, live)[0] == {CORE}
    fewer = changed(image(instance(2.0, 16.0, live)), scaling=FixedScaling(3))
    assert cut(fewer, live)[-1] >= {CORE}


def test_capacity_that_is_not_known_counts_as_more() -> None:
    unknown = changed(image(), instance=Instance("VM.GPU.A10.1"))
    assert cut(unknown)[0] == {CORE}
    assert cut(image(instance(2.0)), changed(instance=Instance("VM.GPU.A10.1")))[0] == {CORE}


@pytest.mark.parametrize(
    ("now", "wanted", "first"),
    [
        (Bandwidth(20, 40), Bandwidth(20, 50), True),
        (Bandwidth(20, 40), Bandwidth(20, 30), False),
        (Bandwidth(20, 40), Bandwidth(30, 35), True),
        (None, Bandwidth(10, 20), True),
    ],
)
def test_bandwidth_up_goes_before_and_down_after(
    now: Bandwidth | None, wanted: Bandwidth, first: bool
) -> None:
    groups = cut(image(changed(bandwidth=wanted)), changed(bandwidth=now))
    assert groups[0 if first else -1] >= {BANDWIDTH}
    assert len(groups) == 2


def test_from_fixed_to_automatic_by_the_most_that_there_can_be() -> None:
    live = changed(scaling=FixedScaling(3))
    assert cut(image(changed(scaling=Autoscaling(1, 3, RULE))), live)[0] == {SCALING}
    assert cut(image(changed(scaling=Autoscaling(1, 2, RULE))), live)[-1] >= {SCALING}


def test_metadata_rides_along_or_goes_alone() -> None:
    named = changed(description="other")
    assert cut(named) == [{META}]
    assert cut(changed(named, bandwidth=WIDER)) == [{BANDWIDTH, META}]
    assert cut(image(changed(named, logs=Logs(predict=LOG)))) == [{LOGS}, {CONTAINER, META}]
    assert cut(BASE) == []


def test_only_the_documented_reading_lets_container_and_models_go_together() -> None:
    wanted = changed(image(), artifact=OTHER, bandwidth=NARROWER, logs=Logs(predict=LOG))
    assert cut(wanted) == [{LOGS}, {CONTAINER}, {CORE}, {BANDWIDTH, META}]
    assert cut(wanted, reading=OptionGroupsReading.DOCUMENTED) == [
        {LOGS},
        {CONTAINER, CORE},
        {BANDWIDTH, META},
    ]
    assert cut(image(), reading=OptionGroupsReading.DOCUMENTED) == [{CONTAINER, META}]


@pytest.mark.parametrize("reading", OptionGroupsReading)
def test_what_goes_together_by_the_documented_reading_names_why(reading: OptionGroupsReading) -> None:
    wanted = changed(image(), artifact=OTHER, bandwidth=NARROWER)
    changes = diff(fill(wanted, BASE), BASE)
    told = numbered(changes, tuple(tuple(batch) for batch in cut(wanted, reading=reading)), reading)
    merged = {change.field for change in told if change.source == DOCUMENTED_SOURCE}
    assert merged == ({"spec.image", "spec.models"} if reading is OptionGroupsReading.DOCUMENTED else set())


# -- for a while


@pytest.mark.parametrize("group", [CONTAINER, CORE, NETWORK, MODELS])
def test_what_replaces_the_instances_needs_as_many_again(group: OptionGroup) -> None:
    assert temporary_capacity([group], BASE, False) == TemporaryCapacity(4, BASE.instance)
    assert temporary_capacity([META, group], changed(scaling=FixedScaling(3)), False) == TemporaryCapacity(
        3, BASE.instance
    )
    assert temporary_capacity([group], BASE, True) is None


@pytest.mark.parametrize("group", [META, LOGS, BANDWIDTH, SCALING])
def test_what_does_not_replace_them_needs_nothing(group: OptionGroup) -> None:
    assert temporary_capacity([group], BASE, False) is None


LEFT = [
    (Autoscaling(2, 6, RULE), instance(3)),
    (Autoscaling(2, 3, RULE), instance(8, 64.0)),
    (FixedScaling(1), instance(8, 64.0)),
    (FixedScaling(9), instance(1)),
]


@pytest.mark.parametrize(("scaling", "wanted"), LEFT)
@pytest.mark.parametrize("bandwidth", [Bandwidth(10, 20), Bandwidth(40, 80)])
@pytest.mark.parametrize("reading", OptionGroupsReading)
def test_what_is_left_of_a_chain_has_the_order_of_the_chain(
    scaling: Autoscaling | FixedScaling,
    wanted: Configuration,
    bandwidth: Bandwidth,
    reading: OptionGroupsReading,
) -> None:
    """Another run of the same commit, that begins in the middle, must plan what the first one has left."""
    wanted = replace(image(wanted), scaling=scaling, bandwidth=bandwidth, logs=Logs(predict=LOG))
    live = replace(BASE, instance=Instance(FLEX, 4.0, 32.0))
    chain = cut(wanted, live, reading)
    done: set[OptionGroup] = set()
    for number, batch in enumerate(chain, start=1):
        done |= batch
        now = with_groups(done, fill(wanted, live), live)
        now = now if CONTAINER in done else replace(now, container=live.container)
        assert cut(wanted, now, reading) == chain[number:]
