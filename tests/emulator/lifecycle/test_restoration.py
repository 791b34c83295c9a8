"""Calls that arrive while servers are restored after a restart: they wait for that, or cancel it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from datascience_emulator.faults.orders import Fault, Order
from datascience_emulator.readings import Readings
from tests.support.emulator import Emulator, FakeFleet, FakeServing, Revision, artifact

Start = Callable[..., Emulator]


class WatchedFleet(FakeFleet):
    """Fails as Triton does where the model is gone, before the roll as after it."""

    async def roll(self, revision: Revision, progress: Callable[[str], None]) -> None:
        before = sorted(revision.model_dir.rglob("*"))
        await super().roll(revision, progress)
        assert sorted(revision.model_dir.rglob("*")) == before != []


class WatchedServing(FakeServing):
    def __init__(self) -> None:
        super().__init__()
        self.fleets: list[WatchedFleet] = []

    def new_fleet(self, name: str, work_dir: Path, log_dir: Path) -> WatchedFleet:
        self.fleets.append(WatchedFleet(self, name))
        return self.fleets[-1]


@pytest.fixture
def restoring(start: Start, until: Any) -> tuple[Emulator, WatchedServing, str]:
    """An emulator started again whose one deployment (answer: one) is held while it comes back."""
    first = start()
    deployment = first.deploy("one")
    first.close()
    serving = WatchedServing()
    serving.hold.set()
    second = start(serving=serving)
    until(lambda: len(serving.rolls) == 1)
    return second, serving, deployment


def waits(emulator: Emulator, work: str) -> None:
    """The work request stands before its real work, and nothing but the restoration has been rolled."""
    for _ in range(30):  # each a request that the emulator's one event loop answers
        found = emulator.client.get_work_request(work).data
        assert (found.status, emulator.serving.rolls[1:]) == ("IN_PROGRESS", [])


def unpacked(emulator: Emulator) -> list[Path]:
    return list((emulator.home / "servers").glob("*/model-*"))


def test_an_update_waits_until_the_servers_are_back(restoring: Any) -> None:
    emulator, serving, deployment = restoring
    model = emulator.model(emulator.project(), artifact("two"))
    update = emulator.update(deployment, model)
    waits(emulator, update.headers["opc-work-request-id"])
    assert len(unpacked(emulator)) == 1
    serving.hold.clear()
    assert emulator.finished(update).status == "SUCCEEDED"
    assert emulator.predict(deployment).json()["answer"] == "two"
    assert [revision.model_dir.exists() for _, revision in serving.rolls] == [False, True]
    assert unpacked(emulator) == [serving.rolls[1][1].model_dir.parent]


def test_an_update_that_fails_leaves_what_came_back(restoring: Any) -> None:
    emulator, serving, deployment = restoring
    update = emulator.update(deployment, variables={"BREAK": "x"})
    waits(emulator, update.headers["opc-work-request-id"])
    serving.hold.clear()
    assert emulator.finished(update).status == "FAILED"
    found = emulator.client.get_model_deployment(deployment).data
    assert found.lifecycle_state == "NEEDS_ATTENTION"
    assert found.lifecycle_details.endswith("The old servers still serve.")
    assert emulator.predict(deployment).json()["answer"] == "one"


def test_an_update_that_restarts_nothing_starts_nothing_more(restoring: Any) -> None:
    emulator, serving, deployment = restoring
    update = emulator.update(deployment, bandwidth=20)
    waits(emulator, update.headers["opc-work-request-id"])
    serving.hold.clear()
    assert emulator.finished(update).status == "SUCCEEDED"
    assert len(serving.rolls) == 1
    assert emulator.predict(deployment).json()["answer"] == "one"


def test_a_change_in_place_waits_until_the_servers_are_back(start: Start, until: Any) -> None:
    first = start()
    project = first.project()
    one, two = (first.model(project, artifact(answer)) for answer in ("one", "two"))
    groups = [first.group(project, named) for named in ({"a": one}, {"a": one, "b": two})]
    deployment = first.deploy_group(project, groups[0]).data.id
    first.settle(deployment)
    first.close()
    serving = WatchedServing()
    serving.hold.set()
    second = start(serving=serving)
    until(lambda: serving.rolls)
    update = second.update_group(deployment, groups[1], "LIVE")
    waits(second, update.headers["opc-work-request-id"])
    serving.hold.clear()
    assert second.finished(update).status == "SUCCEEDED"
    assert (len(serving.rolls), serving.lives) == (1, [(["b"], [])])


@pytest.mark.parametrize(
    ("order", "state"),
    [("delete_model_deployment", "DELETED"), ("deactivate_model_deployment", "INACTIVE")],
)
def test_servers_that_are_not_wanted_any_more_do_not_come_back(
    restoring: Any, order: str, state: str
) -> None:
    emulator, serving, deployment = restoring
    assert emulator.finished(getattr(emulator.client, order)(deployment)).status == "SUCCEEDED"
    assert emulator.client.get_model_deployment(deployment).data.lifecycle_state == state
    serving.hold.clear()
    other = emulator.deploy("other")  # the loop has gone round
    assert [fleet.name for fleet in serving.fleets if fleet.instances] == [other]
    assert unpacked(emulator) == [serving.rolls[-1][1].model_dir.parent]
    assert emulator.client.get_model_deployment(deployment).data.lifecycle_state == state


def test_an_emulator_that_stops_meanwhile_goes_on_with_the_update(restoring: Any, start: Start) -> None:
    emulator, _, deployment = restoring
    update = emulator.update(deployment, emulator.model(emulator.project(), artifact("two")))
    waits(emulator, update.headers["opc-work-request-id"])
    emulator.close()
    third = start()
    assert third.finished(update).status == "SUCCEEDED"
    assert [name for name, _ in third.serving.rolls] == [deployment] * 2
    assert third.predict(deployment).json()["answer"] == "two"
    assert len(unpacked(third)) == 1


def test_an_emulator_that_stops_meanwhile_brings_them_back_next_time(
    restoring: Any, start: Start, until: Any
) -> None:
    emulator, serving, deployment = restoring
    emulator.close()
    assert not any(fleet.instances for fleet in serving.fleets)
    assert unpacked(emulator) == []
    third = start()
    until(lambda: third.predict(deployment).status_code == 200)
    assert third.client.get_model_deployment(deployment).data.lifecycle_state == "ACTIVE"


def ordered(emulator: Emulator, operation: str, deployment: str) -> Any:
    if operation == "update":
        return emulator.update(deployment, instances=2)
    return getattr(emulator.client, f"{operation}_model_deployment")(deployment)


@pytest.mark.parametrize("operation", ["update", "delete", "deactivate"])
def test_what_is_cancelled_after_a_restart_serves(start: Start, until: Any, operation: str) -> None:
    stuck = Order(Fault.STUCK, f"{operation}_model_deployment", times=0)
    readings = Readings(system_data="all")
    first = start(orders=(stuck,))
    deployment = first.deploy("one")
    work = ordered(first, operation, deployment).headers["opc-work-request-id"]
    first.close()
    second = start(orders=(stuck,), readings=readings)
    second.client.cancel_work_request(work)
    until(lambda: second.predict(deployment).status_code == 200)
    found = second.client.get_model_deployment(deployment).data
    assert (found.lifecycle_state, found.model_deployment_system_data.current_instance_count) == ("ACTIVE", 1)


def test_what_is_held_after_a_restart_serves(start: Start, until: Any) -> None:
    first = start()
    deployment = first.deploy("one")
    first.orders.add(Order(Fault.HOLD, "update_model_deployment"))
    update = first.update(deployment, first.model(first.project(), artifact("two")))
    first.close()
    second = start(orders=(Order(Fault.HOLD, "update_model_deployment"),))
    until(lambda: second.predict(deployment).status_code == 200)
    assert second.predict(deployment).json()["answer"] == "one"
    assert second.client.get_model_deployment(deployment).data.lifecycle_state == "UPDATING"
    second.orders.release()
    assert second.finished(update).status == "SUCCEEDED"
    assert second.predict(deployment).json()["answer"] == "two"


def test_what_is_cancelled_and_did_not_come_back_is_shown(start: Start, until: Any) -> None:
    stuck = Order(Fault.STUCK, "update_model_deployment", times=0)
    first = start(orders=(stuck,))
    deployment = first.deploy("one")
    work = first.update(deployment, instances=2).headers["opc-work-request-id"]
    first.close()
    for blob in (first.home / "artifacts").iterdir():
        blob.write_bytes(b"rotten")
    second = start(orders=(stuck,))

    def details() -> str:
        return str(second.client.get_model_deployment(deployment).data.lifecycle_details)

    until(lambda: "not a readable zip" in details())
    assert second.client.get_model_deployment(deployment).data.lifecycle_state == "UPDATING"
    second.client.cancel_work_request(work)
    found = second.client.get_model_deployment(deployment).data
    assert found.lifecycle_state == "NEEDS_ATTENTION"
    assert "not a readable zip" in found.lifecycle_details
