"""The artifact of a homogeneous model group, and moving a group, through the real SDK."""

from typing import Any

import pytest
from oci.data_science import models as m

from datascience_emulator.faults.orders import Fault, Order
from datascience_emulator.readings import Readings
from tests.support.refusing import refused


@pytest.fixture
def project(emulator: Any) -> str:
    return str(emulator.project())


@pytest.fixture
def group(emulator: Any, project: str, make_artifact: Any) -> str:
    model = emulator.model(project, make_artifact("one"))
    return str(emulator.group(project, {"a": model}, m.HomogeneousModelGroupDetails()))


def test_up_and_down(emulator: Any, group: str) -> None:
    client, content = emulator.client, b"score.py and runtime.yaml"
    assert refused(client.get_model_group_artifact_content, group)[:2] == (404, "NotAuthorizedOrNotFound")
    assert refused(client.head_model_group_artifact, group)[0] == 404
    before = client.get_model_group(group).headers["etag"]
    sent = client.create_model_group_artifact(
        group, content, content_disposition="attachment; filename=g.zip", if_match=before
    )
    assert (sent.status, bool(sent.headers["etag"])) == (204, True)
    head = client.head_model_group_artifact(group).headers
    assert head["content-length"] == str(len(content))
    assert head["content-disposition"] == "attachment; filename=g.zip"
    assert client.get_model_group_artifact_content(group).data.content == content
    part = client.get_model_group_artifact_content(group, range="bytes=0-7")
    assert (part.status, part.data.content) == (206, b"score.py")
    assert client.get_model_group(group).headers["etag"] != before


@pytest.mark.shows("group-artifact")
def test_it_is_accepted_while_the_group_is_being_created(
    emulator: Any, project: str, make_artifact: Any
) -> None:
    emulator.orders.add(Order(Fault.HOLD, "create_model_group"))
    model = emulator.model(project, make_artifact("one"))
    details = emulator.group_details(project, {"a": model}, m.HomogeneousModelGroupDetails())
    created = emulator.client.create_model_group(details)
    assert emulator.client.get_model_group(created.data.id).data.lifecycle_state == "CREATING"
    assert emulator.client.create_model_group_artifact(created.data.id, b"x").status == 204
    emulator.orders.release()
    emulator.finished(created)
    assert emulator.client.get_model_group_artifact_content(created.data.id).data.content == b"x"


def test_it_is_immutable(emulator: Any, group: str, start: Any) -> None:
    emulator.client.create_model_group_artifact(group, b"one", opc_retry_token="t" * 30)
    assert refused(emulator.client.create_model_group_artifact, group, b"two")[:2] == (409, "Conflict")
    again = emulator.client.create_model_group_artifact(group, b"one", opc_retry_token="t" * 30)
    assert again.status == 204, "the same retry token and body: the same answer"
    emulator.close()
    other = start(readings=Readings(second_artifact="400"))
    assert refused(other.client.create_model_group_artifact, group, b"two")[:2] == (400, "InvalidParameter")
    assert other.client.get_model_group_artifact_content(group).data.content == b"one"


def test_only_homogeneous_groups_have_one(emulator: Any, project: str, make_artifact: Any) -> None:
    plain = emulator.group(project, {"a": emulator.model(project, make_artifact("one"))})
    status, code, message = refused(emulator.client.create_model_group_artifact, plain, b"x")
    assert (status, code) == (400, "InvalidParameter")
    assert "HOMOGENEOUS" in message


def test_what_a_deleted_group_had_is_removed(emulator: Any, project: str, make_artifact: Any) -> None:
    stored = emulator.home / "artifacts"
    model, kind = emulator.model(project, make_artifact("one")), m.HomogeneousModelGroupDetails()
    one, two = (emulator.group(project, {"a": model}, kind) for _ in range(2))
    for group in (one, two):
        emulator.client.create_model_group_artifact(group, b"shared")
    emulator.finished(emulator.client.delete_model_group(one))
    assert emulator.client.get_model_group_artifact_content(two).data.content == b"shared"
    assert len(list(stored.iterdir())) == 2
    emulator.finished(emulator.client.delete_model_group(two))
    assert len(list(stored.iterdir())) == 1, "the model's"


def test_a_deleted_group_has_none(emulator: Any, group: str) -> None:
    emulator.client.create_model_group_artifact(group, b"one")
    emulator.finished(emulator.client.delete_model_group(group))
    assert refused(emulator.client.get_model_group_artifact_content, group)[0] == 404
    assert refused(emulator.client.create_model_group_artifact, group, b"x")[0] == 404


def test_moving_a_group(emulator: Any, group: str) -> None:
    client, tenancy = emulator.client, emulator.config["tenancy"]
    before = client.get_model_group(group)
    details = m.ChangeModelGroupCompartmentDetails(compartment_id=tenancy)
    assert refused(client.change_model_group_compartment, group, details, if_match="x")[:2] == (
        412,
        "NoEtagMatch",
    )
    moved = client.change_model_group_compartment(group, details, if_match=before.headers["etag"])
    assert "opc-work-request-id" not in moved.headers
    after = client.get_model_group(group)
    assert (after.data.compartment_id, after.data.lifecycle_state) == (tenancy, "ACTIVE")
    assert after.headers["etag"] != before.headers["etag"]
    assert [one.id for one in client.list_model_groups(tenancy).data] == [group]
    assert client.list_model_groups(emulator.compartment).data == []
