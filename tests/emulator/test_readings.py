"""Readings that concern every kind of resource. Those of one resource are tested with it."""

from typing import Any

import oci
import pytest
from oci.data_science.models import CreateModelProvenanceDetails
from oci.object_storage.models import CreateBucketDetails

from datascience_emulator.readings import Readings, questions
from datascience_emulator.wire.limits import Limits
from tests.support.emulator import artifact
from tests.support.refusing import refused
from tests.support.storage import storage


@pytest.mark.parametrize("status", ["200", "202"])
def test_the_status_of_a_create(start: Any, status: str) -> None:
    emulator = start(readings=Readings(created_status=status))
    project = emulator.project()
    made = emulator.create(project, emulator.model(project, artifact("one")))
    assert made.status == int(status)
    assert emulator.settle(made.data.id).lifecycle_state == "ACTIVE"


def test_other_services_create_as_ever(start: Any) -> None:
    emulator = start(readings=Readings(created_status="202"))
    store = storage(emulator)
    made = store.client.create_bucket(
        store.namespace, CreateBucketDetails(name="c", compartment_id=emulator.compartment)
    )
    identity = oci.identity.IdentityClient(emulator.config, service_endpoint=emulator.endpoint)
    details = oci.identity.models.CreateCompartmentDetails(
        compartment_id=emulator.tenancy, name="other", description="Somewhere else."
    )
    assert (made.status, identity.create_compartment(details).status) == (200, 200)


@pytest.mark.parametrize("reading", ["tombstone", "gone"])
def test_a_deleted_model_has_no_provenance(start: Any, reading: str) -> None:
    emulator = start(readings=Readings(after_delete=reading))
    model = emulator.model(emulator.project())
    emulator.client.create_model_provenance(model, CreateModelProvenanceDetails(git_branch="main"))
    emulator.client.delete_model(model)
    assert refused(emulator.client.get_model_provenance, model)[:2] == (404, "NotAuthorizedOrNotFound")


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


@pytest.mark.parametrize("reading", ["refused", "accepted"])
def test_an_artifact_that_is_too_large_for_one_upload(start: Any, reading: str) -> None:
    emulator = start(readings=Readings(large_upload=reading), limits=Limits(artifact_bytes=3))
    answer = emulator.raw("POST", f"/models/{emulator.model(emulator.project())}/artifact", b"four")
    assert answer.status_code == {"refused": 413, "accepted": 204}[reading]
