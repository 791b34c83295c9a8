"""currentInstanceCount is the number of servers that serve, not the number that is configured."""

from typing import Any

import pytest

from datascience_emulator.faults.orders import Fault, Order
from datascience_emulator.readings import Readings


@pytest.fixture
def emulator(start: Any) -> Any:
    """One that tells the count of all deployments, and not only of those that scale by themselves."""
    return start(readings=Readings(system_data="all"))


def count(emulator: Any, deployment: str) -> int:
    found = emulator.client.get_model_deployment(deployment).data
    return int(found.model_deployment_system_data.current_instance_count)


@pytest.mark.shows("instance-count")
def test_the_count_follows_the_servers(emulator: Any, until: Any) -> None:
    deployment = emulator.deploy("one", instances=2)
    assert count(emulator, deployment) == 2
    emulator.serving.hold.set()
    update = emulator.update(deployment, instances=3)
    until(lambda: len(emulator.serving.rolls) == 2)
    assert count(emulator, deployment) == 2, "the new ones do not serve yet"
    emulator.serving.hold.clear()
    emulator.finished(update)
    assert count(emulator, deployment) == 3
    emulator.finished(emulator.client.deactivate_model_deployment(deployment))
    assert count(emulator, deployment) == 0
    emulator.finished(emulator.client.activate_model_deployment(deployment))
    assert count(emulator, deployment) == 3
    (listed,) = emulator.client.list_model_deployments(emulator.compartment).data
    assert listed.model_deployment_system_data.current_instance_count == 3


def test_an_update_that_fails_changes_no_count(emulator: Any) -> None:
    deployment = emulator.deploy("one", instances=2)
    emulator.orders.add(Order(Fault.CAPACITY))
    emulator.finished(emulator.update(deployment, instances=4))
    assert count(emulator, deployment) == 2


def test_none_while_activating(emulator: Any, until: Any) -> None:
    deployment = emulator.deploy("one", instances=2)
    emulator.finished(emulator.client.deactivate_model_deployment(deployment))
    emulator.serving.hold.set()
    activation = emulator.client.activate_model_deployment(deployment)
    until(lambda: len(emulator.serving.rolls) == 2)
    assert count(emulator, deployment) == 0
    emulator.serving.hold.clear()
    emulator.finished(activation)
    assert count(emulator, deployment) == 2


@pytest.mark.shows("other-containers")
def test_where_no_server_is_run_the_count_is_what_is_asked_for(emulator: Any) -> None:
    deployment = emulator.deploy("one", triton=False, instances=2)
    assert count(emulator, deployment) == 2
    emulator.finished(emulator.update(deployment, triton=False, instances=3))
    assert count(emulator, deployment) == 3
    emulator.finished(emulator.update(deployment, instances=3))
    assert (count(emulator, deployment), len(emulator.serving.rolls)) == (3, 1)
