"""Version histories of model groups, and their versions, through the real SDK."""

from typing import Any

import pytest
from oci.data_science import models as m

from tests.support.refusing import refused


@pytest.fixture
def project(emulator: Any) -> str:
    return str(emulator.project())


@pytest.fixture
def history(emulator: Any, project: str) -> Any:
    def one(name: str | None = None, **more: Any) -> Any:
        details = m.CreateModelGroupVersionHistoryDetails(
            compartment_id=emulator.compartment, project_id=project, display_name=name, **more
        )
        return emulator.client.create_model_group_version_history(details)

    return one


@pytest.fixture
def version(emulator: Any, project: str, make_artifact: Any) -> Any:
    """A new group, a version in a history."""
    model = emulator.model(project, make_artifact("one"))

    def one(history: str | None, label: str | None = None) -> str:
        details = emulator.group_details(project, {"a": model})
        details.model_group_version_history_id, details.version_label = history, label
        created = emulator.client.create_model_group(details)
        emulator.finished(created)
        return str(created.data.id)

    return one


def test_the_life_of_a_history(emulator: Any, history: Any, project: str) -> None:
    client = emulator.client
    created = history("h", description="about", freeform_tags={"a": "1"})
    assert created.status == 200
    assert created.headers["etag"]
    found = client.get_model_group_version_history(created.data.id)
    one = found.data
    assert one.id.startswith("ocid1.dscmodelgroupversionhistory.oc1.")
    assert (one.lifecycle_state, one.display_name, one.project_id) == ("ACTIVE", "h", project)
    assert (one.description, one.freeform_tags, one.created_by) == (
        "about",
        {"a": "1"},
        emulator.config["user"],
    )
    assert one.latest_model_group_id is None
    changes = m.UpdateModelGroupVersionHistoryDetails(display_name="new", freeform_tags={})
    changed = client.update_model_group_version_history(one.id, changes, if_match=found.headers["etag"])
    assert (changed.data.display_name, changed.data.freeform_tags) == ("new", {})
    assert changed.headers["etag"] != found.headers["etag"]
    assert changed.data.time_updated > changed.data.time_created
    stale = refused(
        client.update_model_group_version_history, one.id, changes, if_match=found.headers["etag"]
    )
    assert stale[:2] == (412, "NoEtagMatch")
    deleted = client.delete_model_group_version_history(one.id)
    work = emulator.finished(deleted)
    assert (work.operation_type, work.status) == ("MODEL_GROUP_VERSION_HISTORY_DELETE", "SUCCEEDED")
    assert (work.resources[0].action_type, work.resources[0].identifier) == ("DELETED", one.id)
    assert client.get_model_group_version_history(one.id).data.lifecycle_state == "DELETED"
    assert refused(client.delete_model_group_version_history, one.id)[0] == 404


def test_names_are_unique_in_a_compartment(emulator: Any, history: Any) -> None:
    first, second = history("h").data.id, history().data.id
    assert refused(history, "h")[:2] == (409, "Conflict")
    rename = m.UpdateModelGroupVersionHistoryDetails(display_name="h")
    assert refused(emulator.client.update_model_group_version_history, second, rename)[:2] == (
        409,
        "Conflict",
    )
    emulator.client.update_model_group_version_history(first, rename)  # its own name is no other's
    emulator.finished(emulator.client.delete_model_group_version_history(first))
    assert history("h").data.lifecycle_state == "ACTIVE", "the name of a deleted one is free"


def test_lists(emulator: Any, history: Any, project: str) -> None:
    one, two = history("b", description="about").data.id, history("a").data.id
    emulator.finished(emulator.client.delete_model_group_version_history(two))

    def listed(**filters: Any) -> list[str]:
        found = emulator.client.list_model_group_version_histories(emulator.compartment, **filters).data
        return [each.id for each in found]

    assert listed() == [two, one]
    assert listed(sort_by="timeCreated", sort_order="ASC") == [one, two]
    assert listed(sort_by="displayName") == [two, one]
    assert listed(sort_by="lifecycleState") == [one, two]
    assert listed(lifecycle_state="ACTIVE") == listed(id=one) == listed(display_name="b") == [one]
    assert listed(project_id=project, created_by=emulator.config["user"], limit=1) == [two]
    assert listed(project_id="ocid1.datascienceproject.oc1.iad.x") == []
    body = emulator.raw("GET", f"/modelGroupVersionHistory?compartmentId={emulator.compartment}").json()
    assert all("description" not in each for each in body)


@pytest.mark.shows("group-histories")
def test_groups_are_numbered_versions(emulator: Any, history: Any, version: Any) -> None:
    client, home = emulator.client, history("h").data.id
    first, second = version(home, "v1"), version(home)

    def group(group_id: str) -> Any:
        return client.get_model_group(group_id).data

    assert [(group(one).version_id, group(one).version_label) for one in (first, second)] == [
        (1, "v1"),
        (2, None),
    ]
    assert group(second).model_group_version_history_name == "h"
    assert client.get_model_group_version_history(home).data.latest_model_group_id == second
    client.update_model_group_version_history(home, m.UpdateModelGroupVersionHistoryDetails(display_name="x"))
    (listed,) = client.list_model_groups(emulator.compartment, id=second).data
    assert (listed.model_group_version_history_name, listed.version_id) == ("x", 2)
    assert {
        one.id
        for one in client.list_model_groups(emulator.compartment, model_group_version_history_id=home).data
    } == {first, second}
    emulator.finished(client.delete_model_group(second))
    assert client.get_model_group_version_history(home).data.latest_model_group_id == first
    assert group(version(home)).version_id == 3, "a number is never given twice"


def test_a_group_may_enter_a_history_later(emulator: Any, history: Any, version: Any) -> None:
    client, home, group = emulator.client, history("h").data.id, version(None)
    assert client.get_model_group(group).data.version_id is None
    entering = m.UpdateModelGroupDetails(model_group_version_history_id=home, version_label="late")
    entered = client.update_model_group(group, entering).data
    assert (entered.version_id, entered.version_label, entered.model_group_version_history_name) == (
        1,
        "late",
        "h",
    )
    assert client.update_model_group(group, entering).data.version_id == 1, "unchanged is no new version"
    assert client.get_model_group_version_history(home).data.latest_model_group_id == group
    unknown = m.UpdateModelGroupDetails(
        model_group_version_history_id="ocid1.dscmodelgroupversionhistory.oc1.iad.x"
    )
    assert refused(client.update_model_group, group, unknown)[:2] == (
        400,
        "RelatedResourceNotAuthorizedOrNotFound",
    )


def test_the_latest_can_be_chosen_among_its_versions(emulator: Any, history: Any, version: Any) -> None:
    client, home = emulator.client, history("h").data.id
    first, _, other = version(home), version(home), version(None)

    def choose(group: str) -> Any:
        details = m.UpdateModelGroupVersionHistoryDetails(latest_model_group_id=group)
        return client.update_model_group_version_history(home, details)

    assert choose(first).data.latest_model_group_id == first
    assert refused(choose, other)[:2] == (400, "InvalidParameter")
    missing = refused(choose, "ocid1.datasciencemodelgroup.oc1.iad.x")
    assert missing[:2] == (400, "RelatedResourceNotAuthorizedOrNotFound")
    assert client.get_model_group_version_history(home).data.latest_model_group_id == first
    assert history(latest_model_group_id=other).data.latest_model_group_id == other


def test_the_one_that_was_chosen_stays_when_another_goes(emulator: Any, history: Any, version: Any) -> None:
    client, home = emulator.client, history("h").data.id
    first, second, third = version(home), version(home), version(home)
    details = m.UpdateModelGroupVersionHistoryDetails(latest_model_group_id=first)
    client.update_model_group_version_history(home, details)
    for gone, latest in ((second, first), (first, third)):
        emulator.finished(client.delete_model_group(gone))
        assert client.get_model_group_version_history(home).data.latest_model_group_id == latest


def test_a_history_with_groups_is_not_deleted(emulator: Any, history: Any, version: Any) -> None:
    home = history("h").data.id
    group = version(home)
    status, code, message = refused(emulator.client.delete_model_group_version_history, home)
    assert (status, code) == (409, "Conflict")
    assert group in message
    emulator.finished(emulator.client.delete_model_group(group))
    emulator.finished(emulator.client.delete_model_group_version_history(home))


def test_moving_it(emulator: Any, history: Any) -> None:
    client, tenancy = emulator.client, emulator.config["tenancy"]
    found = client.get_model_group_version_history(history("h").data.id)
    details = m.ChangeModelGroupVersionHistoryCompartmentDetails(compartment_id=tenancy)
    moved = client.change_model_group_version_history_compartment(found.data.id, details)
    assert "opc-work-request-id" not in moved.headers
    after = client.get_model_group_version_history(found.data.id)
    assert after.data.compartment_id == tenancy
    assert after.headers["etag"] != found.headers["etag"]


def test_a_project_is_held_by_its_histories(emulator: Any, history: Any, project: str) -> None:
    one = history("h").data.id
    status, code, message = refused(emulator.client.delete_project, project)
    assert (status, code) == (409, "Conflict")
    assert "version histories" in message
    emulator.finished(emulator.client.delete_model_group_version_history(one))
    emulator.finished(emulator.client.delete_project(project))
    assert emulator.client.get_project(project).data.lifecycle_state == "DELETED"


def test_it_does_not_move_to_where_its_name_is_taken(emulator: Any, history: Any, project: str) -> None:
    client, tenancy, here = emulator.client, emulator.config["tenancy"], history("h").data
    there = m.CreateModelGroupVersionHistoryDetails(
        compartment_id=tenancy, project_id=project, display_name="h"
    )
    client.create_model_group_version_history(there)
    details = m.ChangeModelGroupVersionHistoryCompartmentDetails(compartment_id=tenancy)
    taken = refused(client.change_model_group_version_history_compartment, here.id, details)
    assert taken[:2] == (409, "Conflict")
    assert client.get_model_group_version_history(here.id).data == here


def test_a_group_that_goes_to_another_history_is_not_the_latest_of_the_old_one(
    emulator: Any, history: Any, version: Any
) -> None:
    client, old, new = emulator.client, history("old").data.id, history("new").data.id
    first, second = version(old), version(old)
    client.update_model_group(second, m.UpdateModelGroupDetails(model_group_version_history_id=new))
    assert client.get_model_group_version_history(old).data.latest_model_group_id == first
    assert client.get_model_group_version_history(new).data.latest_model_group_id == second
    client.update_model_group(first, m.UpdateModelGroupDetails(model_group_version_history_id=new))
    assert client.get_model_group_version_history(old).data.latest_model_group_id is None
