"""What the engine's port `Cloud` promises of updates, and of work that fails, on each cloud that fits it.

Which options may change together is written three times in this project, on purpose: in the planner's table,
the emulator and the double. Here the last two have to say the same.
"""

from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from reconciler.core.model.configuration import (
    Autoscaling,
    Bandwidth,
    Configuration,
    DeploymentType,
    FixedScaling,
    Instance,
    Metric,
    Network,
    ThresholdRule,
)
from reconciler.core.model.errors import CloudError, IncorrectState
from reconciler.core.model.live import State
from reconciler.core.planning.diff.option_groups import OptionGroup
from tests.support.deployment_updates import update_of
from tests.support.ports import MARKS, Stand, artifact, token

# Where the service refuses what no plan may ask for, the double fails the test that asks for it.
REFUSED = (CloudError, AssertionError)
LARGER = Instance("VM.Standard.E4.Flex", 2.0, 32.0, reservations=())

# -- updates


def changes(stand: Stand, now: Configuration) -> dict[OptionGroup, dict[str, Any]]:
    """One change of each group, which does not touch any other."""
    rule = ThresholdRule(Metric.CPU, 70, 30, 300)
    return {
        OptionGroup.LOGS: {"logs": stand.logs},
        OptionGroup.BANDWIDTH: {"bandwidth": Bandwidth(20, 40)},
        OptionGroup.SCALING: {"scaling": Autoscaling(1, 3, rule, cool_down_seconds=600, initial=1)},
        OptionGroup.CONTAINER: {"container": replace(now.container, environment=(("MODE", "slow"),))},
        OptionGroup.CORE: {"instance": LARGER},
        OptionGroup.NETWORK: {"network": stand.own_network},
    }


def serving(stand: Stand) -> tuple[str, str, Configuration]:
    """A deployment, its model, and its configuration as it is told."""
    content = artifact()
    model = stand.published(content)
    live, _ = stand.deployed(stand.configuration(content), model)
    assert live.configuration is not None
    return live.ocid, model, replace(live.configuration, artifact=content.digest)


def update(
    stand: Stand, ocid: str, groups: list[OptionGroup], wanted: Configuration, model: str, state: State
) -> Configuration:
    """What is told after it."""
    etag = stand.cloud.get_deployment(ocid)[1]
    accepted = stand.cloud.update_deployment(update_of(ocid, groups, wanted, MARKS), model, etag)
    live, _ = stand.reached(accepted, state)
    assert live.configuration is not None
    return replace(live.configuration, artifact=wanted.artifact)


def test_each_group_changes_alone_while_it_serves(stand: Stand) -> None:
    ocid, model, now = serving(stand)
    for group, change in changes(stand, now).items():
        now = replace(now, **change)
        assert update(stand, ocid, [group], now, model, State.ACTIVE) == now, group


def test_model_and_size_and_number_go_together_and_names_with_anything(stand: Stand) -> None:
    ocid, _, now = serving(stand)
    content = artifact("other")
    model = stand.published(content)
    larger, named = {"instance": LARGER}, {"name": "other", "labels": ()}
    wanted = replace(now, **larger, **named, scaling=FixedScaling(2), artifact=content.digest)
    assert (
        update(stand, ocid, [OptionGroup.CORE, OptionGroup.METADATA], wanted, model, State.ACTIVE) == wanted
    )
    live = stand.listed(ocid)
    assert (live.model_id, live.display_name) == (model, "other")
    assert live.configuration is not None
    assert live.configuration.artifact == content.digest


def test_two_groups_never_change_together_while_it_serves(stand: Stand) -> None:
    ocid, model, now = serving(stand)
    before = stand.cloud.get_deployment(ocid)
    for (one, first), (two, second) in combinations(changes(stand, now).items(), 2):
        wanted = replace(now, **first, **second)
        with pytest.raises(REFUSED):
            stand.cloud.update_deployment(update_of(ocid, [one, two], wanted, MARKS), model, before[1])
    assert stand.cloud.get_deployment(ocid) == before


def test_everything_changes_together_while_it_is_stopped(stand: Stand) -> None:
    ocid, model, now = serving(stand)
    etag = stand.cloud.get_deployment(ocid)[1]
    stand.reached(stand.cloud.deactivate_deployment(ocid, etag), State.INACTIVE)
    every = changes(stand, now)
    wanted = replace(
        now, name="other", **{name: value for one in every.values() for name, value in one.items()}
    )
    groups = [*every, OptionGroup.METADATA]
    assert update(stand, ocid, groups, wanted, model, State.INACTIVE) == wanted


def test_a_network_of_ones_own_is_never_given_up(stand: Stand) -> None:
    ocid, model, now = serving(stand)
    own = update(
        stand, ocid, [OptionGroup.NETWORK], replace(now, network=stand.own_network), model, State.ACTIVE
    )
    back = replace(own, network=Network(now.network.access))
    for state in (State.ACTIVE, State.INACTIVE):
        etag = stand.cloud.get_deployment(ocid)[1]
        if state is State.INACTIVE:
            _, etag = stand.reached(stand.cloud.deactivate_deployment(ocid, etag), state)
        with pytest.raises(REFUSED):
            stand.cloud.update_deployment(update_of(ocid, [OptionGroup.NETWORK], back, MARKS), model, etag)


def test_marks_go_with_metadata_only(stand: Stand) -> None:
    ocid, model, now = serving(stand)
    later = replace(MARKS, applied="b" * 64)
    for groups, expected in (([OptionGroup.CORE], MARKS), ([OptionGroup.METADATA], later)):
        now = replace(now, scaling=FixedScaling(2))
        etag = stand.cloud.get_deployment(ocid)[1]
        accepted = stand.cloud.update_deployment(update_of(ocid, groups, now, later), model, etag)
        assert stand.reached(accepted, State.ACTIVE)[0].marks == expected


def test_variables_that_no_plan_knows_stay(stand: Stand) -> None:
    ocid, model, now = serving(stand)
    untold = replace(now, container=replace(now.container, environment=None), scaling=FixedScaling(2))
    wanted = replace(now, scaling=FixedScaling(2))
    after = update(stand, ocid, [OptionGroup.CORE], untold, model, State.ACTIVE)
    assert after == wanted


def test_a_deployment_of_a_group_gets_another_group(stand: Stand) -> None:
    cloud = stand.cloud
    groups = [stand.grouped(f"sha256:{number}", stand.published(artifact())) for number in range(3)]
    wanted = stand.configuration(artifact(), kind=DeploymentType.MODEL_GROUP)
    live, etag = stand.deployed(wanted, groups[0])
    assert live.configuration is not None
    now = live.configuration
    with pytest.raises(REFUSED):
        cloud.update_deployment(
            update_of(live.ocid, [OptionGroup.MODELS], now, MARKS, in_place=True), groups[0], etag
        )
    for group, in_place in ((groups[1], False), (groups[2], True)):
        accepted = cloud.update_deployment(
            update_of(live.ocid, [OptionGroup.MODELS], now, MARKS, in_place), group, etag
        )
        live, etag = stand.reached(accepted, State.ACTIVE)
        assert (live.model_id, live.configuration) == (group, now)


# -- failures


def test_a_create_that_fails(stand: Stand) -> None:
    cloud, content = stand.cloud, artifact()
    model, wanted = stand.published(content), stand.configuration(content)
    with stand.doomed(wanted, "create_model_deployment") as doomed:
        accepted = cloud.create_deployment(doomed, model, MARKS, token())
        live, etag = stand.reached(accepted, State.FAILED)
    assert cloud.work_progress()[accepted.work_request].failed
    trouble = cloud.trouble(accepted.work_request)
    assert trouble.work_request == accepted.work_request
    assert trouble.errors
    with pytest.raises(IncorrectState):
        cloud.update_deployment(update_of(live.ocid, [OptionGroup.METADATA], wanted, MARKS), model, etag)
    for operation in (cloud.activate_deployment, cloud.deactivate_deployment):
        with pytest.raises(IncorrectState):
            operation(live.ocid, etag)
    stand.reached(cloud.delete_deployment(live.ocid, etag), State.DELETED)


def test_an_update_that_fails_and_one_that_repairs_it(stand: Stand) -> None:
    cloud = stand.cloud
    ocid, model, now = serving(stand)
    wanted = replace(now, container=replace(now.container, environment=(("MODE", "slow"),)))
    with stand.doomed(wanted, "update_model_deployment") as doomed:
        etag = cloud.get_deployment(ocid)[1]
        accepted = cloud.update_deployment(
            update_of(ocid, [OptionGroup.CONTAINER], doomed, MARKS), model, etag
        )
        live, _ = stand.reached(accepted, State.NEEDS_ATTENTION)
    assert cloud.work_request(accepted.work_request).failed
    assert cloud.trouble(accepted.work_request).errors
    assert live.configuration == replace(now, artifact=None)
    assert update(stand, ocid, [OptionGroup.CONTAINER], wanted, model, State.ACTIVE) == wanted
