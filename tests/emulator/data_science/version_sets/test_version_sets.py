"""Model version sets and the models in them, through the real SDK."""

from collections.abc import Callable
from typing import Any

import oci
import pytest
from oci.data_science import models as m

from datascience_emulator.faults.orders import Fault, Order
from datascience_emulator.readings import Readings
from tests.support.refusing import refused

GONE = (404, "NotAuthorizedOrNotFound")


@pytest.fixture
def project(emulator: Any) -> str:
    return str(emulator.project())


@pytest.fixture
def make(emulator: Any, project: str) -> Callable[..., Any]:
    """Creates a version set; the whole response."""

    def one(name: str, **more: Any) -> Any:
        details = {"compartment_id": emulator.compartment, "project_id": project, "name": name, **more}
        return emulator.client.create_model_version_set(m.CreateModelVersionSetDetails(**details))

    return one


def test_the_life_of_a_version_set(emulator: Any, project: str, make: Any) -> None:
    client = emulator.client
    created = make("birds", description="all of them", freeform_tags={"team": "vision"})
    made = created.data
    assert (created.status, made.lifecycle_state, made.category) == (200, "ACTIVE", "USER")
    assert (made.name, made.project_id, made.description) == ("birds", project, "all of them")
    assert made.created_by == emulator.config["user"]
    assert made.time_created == made.time_updated
    got = client.get_model_version_set(made.id)
    assert (got.data, got.headers["etag"]) == (made, created.headers["etag"])

    change = m.UpdateModelVersionSetDetails(description="some", freeform_tags={})
    changed = client.update_model_version_set(made.id, change, if_match=got.headers["etag"])
    assert (changed.data.description, changed.data.freeform_tags) == ("some", {})
    assert changed.data.name == "birds"
    assert changed.data.time_updated > made.time_updated
    stale = refused(client.update_model_version_set, made.id, change, if_match=got.headers["etag"])
    assert stale[:2] == (412, "NoEtagMatch")

    deleted = client.delete_model_version_set(made.id, if_match=changed.headers["etag"])
    assert deleted.status == 202
    work = emulator.finished(deleted)
    assert (work.operation_type, work.status) == ("MODELVERSIONSET_DELETE", "SUCCEEDED")
    resource = work.resources[0]
    assert (resource.action_type, resource.identifier) == ("DELETED", made.id)
    assert resource.entity_uri == f"/20190101/modelVersionSets/{made.id}"
    assert client.get_model_version_set(made.id).data.lifecycle_state == "DELETED"
    assert refused(client.update_model_version_set, made.id, change)[:2] == GONE


def test_the_name_stays(emulator: Any, make: Any) -> None:
    made = make("birds").data
    body = {"name": "fish", "description": "d"}
    assert emulator.raw("PUT", f"/modelVersionSets/{made.id}", body).json()["name"] == "birds"


def test_a_name_is_taken_until_its_set_is_deleted(emulator: Any, make: Any) -> None:
    first = make("birds").data
    assert refused(make, "birds")[:2] == (409, "Conflict")
    tenancy = emulator.config["tenancy"]
    other = make("birds", compartment_id=tenancy).data
    move = m.ChangeModelVersionSetCompartmentDetails(compartment_id=tenancy)
    taken = refused(emulator.client.change_model_version_set_compartment, first.id, move)
    assert taken[:2] == (409, "Conflict")
    assert other.id in taken[2]
    emulator.finished(emulator.client.delete_model_version_set(first.id))
    assert make("birds").data.id != first.id


def test_names_in_the_whole_tenancy(start: Any) -> None:
    emulator = start(readings=Readings(version_set_names="tenancy"))
    details = {"project_id": emulator.project(), "name": "birds"}
    create = emulator.client.create_model_version_set
    create(m.CreateModelVersionSetDetails(compartment_id=emulator.compartment, **details))
    elsewhere = m.CreateModelVersionSetDetails(compartment_id=emulator.config["tenancy"], **details)
    assert refused(create, elsewhere)[:2] == (409, "Conflict")


def test_moving(emulator: Any, make: Any) -> None:
    made, tenancy = make("birds").data, emulator.config["tenancy"]
    details = m.ChangeModelVersionSetCompartmentDetails(compartment_id=tenancy)
    moved = emulator.client.change_model_version_set_compartment(made.id, details)
    assert (moved.status, moved.data) == (202, None)
    work = emulator.finished(moved)
    assert (work.status, work.resources[0].action_type) == ("SUCCEEDED", "UPDATED")
    after = emulator.client.get_model_version_set(made.id).data
    assert (after.compartment_id, after.lifecycle_state) == (tenancy, "ACTIVE")
    assert after.time_updated > made.time_updated
    assert emulator.client.list_model_version_sets(emulator.compartment).data == []


@pytest.mark.shows("version-set-moved")
def test_the_sdk_waits_for_a_move(emulator: Any, make: Any) -> None:
    client = oci.data_science.DataScienceClientCompositeOperations(emulator.client)
    made, tenancy = make("birds").data, emulator.config["tenancy"]
    details = m.ChangeModelVersionSetCompartmentDetails(compartment_id=tenancy)
    waited = client.change_model_version_set_compartment_and_wait_for_state(
        made.id, details, wait_for_states=["SUCCEEDED"], waiter_kwargs={"max_interval_seconds": 1}
    )
    assert waited.data.status == "SUCCEEDED"
    assert emulator.client.get_model_version_set(made.id).data.compartment_id == tenancy


def test_a_move_that_is_cancelled(emulator: Any, make: Any) -> None:
    made, tenancy = make("birds").data, emulator.config["tenancy"]
    emulator.orders.add(Order(Fault.STUCK, "change_model_version_set_compartment"))
    details = m.ChangeModelVersionSetCompartmentDetails(compartment_id=tenancy)
    moved = emulator.client.change_model_version_set_compartment(made.id, details)
    emulator.client.cancel_work_request(moved.headers["opc-work-request-id"])
    assert emulator.client.get_model_version_set(made.id).data == made


def test_a_set_that_is_deleted_does_not_move(emulator: Any, make: Any) -> None:
    made, tenancy = make("birds").data, emulator.config["tenancy"]
    emulator.orders.add(Order(Fault.HOLD, "change_model_version_set_compartment"))
    details = m.ChangeModelVersionSetCompartmentDetails(compartment_id=tenancy)
    moved = emulator.client.change_model_version_set_compartment(made.id, details)
    emulator.finished(emulator.client.delete_model_version_set(made.id))
    emulator.orders.release()
    assert emulator.finished(moved).status == "FAILED"
    after = emulator.client.get_model_version_set(made.id).data
    assert (after.compartment_id, after.lifecycle_state) == (emulator.compartment, "DELETED")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": None}, "MissingParameter"),
        ({"name": ""}, "InvalidParameter"),
        ({"name": "n" * 256}, "InvalidParameter"),
        ({"projectId": "ocid1.datascienceproject.oc1.iad.none"}, "RelatedResourceNotAuthorizedOrNotFound"),
    ],
)
def test_bad_creates(emulator: Any, project: str, body: dict[str, Any], code: str) -> None:
    whole = {"compartmentId": emulator.compartment, "projectId": project, "name": "birds", **body}
    answer = emulator.raw("POST", "/modelVersionSets", whole)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_lists(emulator: Any, project: str, make: Any) -> None:
    client, compartment = emulator.client, emulator.compartment
    sets = {name: make(name, description="d").data for name in ("b", "c", "a")}
    emulator.finished(client.delete_model_version_set(sets["c"].id))

    def names(**more: Any) -> list[str]:
        return [one.name for one in client.list_model_version_sets(compartment, **more).data]

    assert names() == ["a", "c", "b"]
    assert names(sort_by="timeCreated", sort_order="ASC") == ["b", "c", "a"]
    assert names(sort_by="name") == ["a", "b", "c"]
    assert names(sort_by="name", sort_order="DESC") == ["c", "b", "a"]
    assert names(sort_by="lifecycleState") == ["b", "a", "c"]
    assert names(name="b") == ["b"]
    assert names(id=sets["a"].id) == ["a"]
    assert names(lifecycle_state="DELETED") == ["c"]
    assert names(created_by=emulator.config["user"], project_id=project) == ["a", "c", "b"]
    assert names(project_id="ocid1.datascienceproject.oc1.iad.none") == []
    assert names(category="SERVICE") == []
    first = client.list_model_version_sets(compartment, sort_by="name", limit=2)
    assert names(sort_by="name", limit=2, page=first.headers["opc-next-page"]) == ["c"]
    assert (
        "description" not in emulator.raw("GET", f"/modelVersionSets?compartmentId={compartment}").json()[0]
    )


def test_a_create_that_is_repeated_makes_one(emulator: Any, project: str) -> None:
    details = m.CreateModelVersionSetDetails(
        compartment_id=emulator.compartment, project_id=project, name="birds"
    )
    create = emulator.client.create_model_version_set
    assert create(details, opc_retry_token="t").data.id == create(details, opc_retry_token="t").data.id


# -- models in it


@pytest.mark.shows("versions")
def test_versions_count_up(emulator: Any, project: str, make: Any) -> None:
    client, one, two = emulator.client, make("one").data.id, make("two").data.id
    models = [emulator.model(project, model_version_set_id=one, version_label="exp") for _ in range(2)]
    first, second = (client.get_model(model).data for model in models)
    assert (first.model_version_set_id, first.model_version_set_name) == (one, "one")
    assert (first.version_id, first.version_label, second.version_id) == (1, "exp", 2)
    client.delete_model(models[1])
    third = client.get_model(emulator.model(project, model_version_set_id=one)).data
    assert third.version_id == 3

    moved = client.update_model(third.id, m.UpdateModelDetails(model_version_set_id=two)).data
    assert (moved.model_version_set_name, moved.version_id) == ("two", 1)
    labelled = client.update_model(third.id, m.UpdateModelDetails(version_label="prod")).data
    assert (labelled.version_id, labelled.version_label) == (1, "prod")
    listed = client.list_models(emulator.compartment, model_version_set_name="one", lifecycle_state="ACTIVE")
    assert [model.id for model in listed.data] == [first.id]
    assert (listed.data[0].version_id, listed.data[0].version_label) == (1, "exp")
    by_label = client.list_models(emulator.compartment, version_label="prod").data
    assert [model.id for model in by_label] == [third.id]


def test_the_same_set_again_is_refused(emulator: Any, project: str, make: Any) -> None:
    one = make("one").data.id
    model = emulator.model(project, model_version_set_id=one)
    again = refused(emulator.client.update_model, model, m.UpdateModelDetails(model_version_set_id=one))
    assert again == (409, "Conflict", "The model is already associated with the Model Version Set.")
    assert emulator.client.get_model(model).data.version_id == 1


def test_a_set_that_is_not_there(emulator: Any, project: str, make: Any) -> None:
    gone = make("one").data.id
    emulator.finished(emulator.client.delete_model_version_set(gone))
    for absent in (gone, gone[:-3] + "abc"):
        told = refused(emulator.model, project, model_version_set_id=absent)
        assert told[:2] == (400, "RelatedResourceNotAuthorizedOrNotFound")


def test_models_keep_their_set(emulator: Any, project: str, make: Any) -> None:
    client, one = emulator.client, make("one").data.id
    model = emulator.model(project, model_version_set_id=one)
    assert refused(client.delete_model_version_set, one)[:2] == (409, "Conflict")
    assert client.get_model_version_set(one).data.lifecycle_state == "ACTIVE"
    client.delete_model(model)
    emulator.finished(client.delete_model_version_set(one))
    assert client.get_model_version_set(one).data.lifecycle_state == "DELETED"


@pytest.mark.shows("version-set-models")
def test_deleting_the_models_with_their_set(emulator: Any, project: str, make: Any) -> None:
    client, one = emulator.client, make("one").data.id
    model = emulator.model(project, b"content", model_version_set_id=one)
    beside = emulator.model(project)
    emulator.finished(client.delete_model_version_set(one, is_delete_related_models=True))
    assert client.get_model_version_set(one).data.lifecycle_state == "DELETED"
    assert client.get_model(model).data.lifecycle_state == "DELETED"
    assert client.get_model(beside).data.lifecycle_state == "ACTIVE"
    assert list((emulator.home / "artifacts").iterdir()) == []


def test_a_model_in_use_keeps_its_set(emulator: Any, project: str, make: Any, make_artifact: Any) -> None:
    client, one = emulator.client, make("one").data.id
    model = emulator.model(project, make_artifact("one"), model_version_set_id=one)
    deployment = emulator.create(project, model).data.id
    told = refused(client.delete_model_version_set, one, is_delete_related_models=True)
    assert told[:2] == (409, "Conflict")
    assert deployment in told[2]
    assert client.get_model(model).data.lifecycle_state == "ACTIVE"
    emulator.settle(deployment)


def test_a_bad_flag(emulator: Any, make: Any) -> None:
    one = make("one").data.id
    answer = emulator.raw("DELETE", f"/modelVersionSets/{one}?isDeleteRelatedModels=yes")
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidParameter")


def test_a_project_is_held_by_its_sets(emulator: Any, project: str, make: Any) -> None:
    one = make("one").data.id
    assert refused(emulator.client.delete_project, project)[:2] == (409, "Conflict")
    emulator.finished(emulator.client.delete_model_version_set(one))
    emulator.finished(emulator.client.delete_project(project))
    assert emulator.client.get_project(project).data.lifecycle_state == "DELETED"


def test_a_delete_that_is_cancelled(emulator: Any, make: Any) -> None:
    one = make("one").data.id
    emulator.orders.add(Order(Fault.STUCK, "delete_model_version_set"))
    work = emulator.client.delete_model_version_set(one).headers["opc-work-request-id"]
    assert emulator.client.get_model_version_set(one).data.lifecycle_state == "DELETING"
    emulator.client.cancel_work_request(work)
    assert emulator.client.get_model_version_set(one).data.lifecycle_state == "ACTIVE"


@pytest.mark.shows("version-set-cancelled")
def test_a_delete_that_is_cancelled_leaves_the_models(emulator: Any, project: str, make: Any) -> None:
    client, one = emulator.client, make("one").data.id
    model = emulator.model(project, b"content", model_version_set_id=one)
    emulator.orders.add(Order(Fault.STUCK, "delete_model_version_set"))
    deleted = client.delete_model_version_set(one, is_delete_related_models=True)
    assert client.get_model(model).data.lifecycle_state == "ACTIVE"
    client.cancel_work_request(deleted.headers["opc-work-request-id"])
    assert client.get_model_version_set(one).data.lifecycle_state == "ACTIVE"
    assert client.get_model_artifact_content(model).data.content == b"content"


def test_a_model_that_is_deployed_meanwhile_stays(
    emulator: Any, project: str, make: Any, make_artifact: Any
) -> None:
    client, one = emulator.client, make("one").data.id
    models = [emulator.model(project, make_artifact(name), model_version_set_id=one) for name in ("a", "b")]
    emulator.orders.add(Order(Fault.HOLD, "delete_model_version_set"))
    deleted = client.delete_model_version_set(one, is_delete_related_models=True)
    deployment = emulator.create(project, models[1]).data.id
    emulator.settle(deployment)
    emulator.orders.release()
    work = emulator.finished(deleted)
    assert work.status == "FAILED"
    assert deployment in client.list_work_request_errors(work.id).data[0].message
    assert [client.get_model(model).data.lifecycle_state for model in models] == ["ACTIVE", "ACTIVE"]
    assert client.get_model_version_set(one).data.lifecycle_state == "FAILED"
    emulator.finished(client.delete_model_deployment(deployment))
    emulator.finished(client.delete_model_version_set(one, is_delete_related_models=True))
    assert client.get_model_version_set(one).data.lifecycle_state == "DELETED"


def test_to_cancel_a_move_takes_no_other_work_back(emulator: Any, make: Any) -> None:
    client, made = emulator.client, make("birds").data
    emulator.orders.add(Order(Fault.STUCK, "change_model_version_set_compartment"))
    emulator.orders.add(Order(Fault.HOLD, "delete_model_version_set"))
    details = m.ChangeModelVersionSetCompartmentDetails(compartment_id=emulator.config["tenancy"])
    moved = client.change_model_version_set_compartment(made.id, details)
    deleted = client.delete_model_version_set(made.id)
    client.cancel_work_request(moved.headers["opc-work-request-id"])
    assert client.get_model_version_set(made.id).data.lifecycle_state == "DELETING"
    emulator.orders.release()
    assert emulator.finished(deleted).status == "SUCCEEDED"
