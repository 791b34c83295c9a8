"""Readings that concern every kind of resource; what each resource has its own of is tested with it."""

from typing import Any

import pytest
from support.emulator import artifact

from reconciler.emulator.readings import Readings, questions


@pytest.mark.parametrize("status", ["200", "202"])
def test_the_status_of_a_create(start: Any, status: str) -> None:
    emulator = start(readings=Readings(created_status=status))
    project = emulator.project()
    made = emulator.create(project, emulator.model(project, artifact("one")))
    assert made.status == int(status)
    assert emulator.settle(made.data.id).lifecycle_state == "ACTIVE"


def test_what_is_deleted_may_be_gone(start: Any) -> None:
    emulator = start(readings=Readings(after_delete="gone"))
    project = emulator.project()
    model, deployment = emulator.model(project), emulator.deploy()
    emulator.client.delete_model(model)
    emulator.finished(emulator.client.delete_model_deployment(deployment))
    emulator.finished(emulator.client.delete_project(project))
    for path in (f"/models/{model}", f"/modelDeployments/{deployment}", f"/projects/{project}"):
        answer = emulator.raw("GET", path)
        assert (answer.status_code, answer.json()["code"]) == (404, "NotAuthorizedOrNotFound")


def test_the_first_choice_of_each_question_is_taken() -> None:
    taken = Readings.parse(f"{one.name}={one.choices[0]}" for one in questions())
    assert taken == Readings.parse([]) == Readings()


@pytest.mark.parametrize("one", questions(), ids=lambda one: one.name)
def test_each_choice_can_be_taken(one: Any) -> None:
    assert len(one.choices) > 1
    for choice in one.choices:
        assert getattr(Readings.parse([f"{one.name}={choice}"]), one.name.replace("-", "_")) == choice
    with pytest.raises(ValueError, match=f"reading {one.name}: must be one of"):
        Readings.parse([f"{one.name}=nothing"])


def test_a_question_that_nobody_asked() -> None:
    with pytest.raises(ValueError, match="reading 'colour': must be one of"):
        Readings.parse(["colour=red"])
