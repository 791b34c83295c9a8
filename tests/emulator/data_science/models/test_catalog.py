"""Models and projects: moving, lists, provenance and refusals, through the real SDK."""

from typing import Any

import pytest
from oci.data_science import models as m

from datascience_emulator.readings import Readings
from tests.support.refusing import refused

GONE = (404, "NotAuthorizedOrNotFound")


def test_moving_a_model(emulator: Any) -> None:
    client, tenancy = emulator.client, emulator.config["tenancy"]
    model = emulator.model(emulator.project())
    before = client.get_model(model).headers["etag"]
    details = m.ChangeModelCompartmentDetails(compartment_id=tenancy)
    assert client.change_model_compartment(model, details, if_match=before).data is None
    after = client.get_model(model)
    assert (after.data.compartment_id, after.data.lifecycle_state) == (tenancy, "ACTIVE")
    assert after.headers["etag"] != before
    stale = refused(client.change_model_compartment, model, details, if_match=before)
    assert stale[:2] == (412, "NoEtagMatch")
    assert [one.id for one in client.list_models(tenancy).data] == [model]
    client.delete_model(model)
    assert refused(client.change_model_compartment, model, details)[:2] == GONE


def test_moving_a_project(emulator: Any) -> None:
    client, tenancy, project = emulator.client, emulator.config["tenancy"], emulator.project()
    details = m.ChangeProjectCompartmentDetails(compartment_id=tenancy)
    client.change_project_compartment(project, details)
    assert client.get_project(project).data.compartment_id == tenancy
    emulator.finished(client.delete_project(project))
    assert refused(client.change_project_compartment, project, details)[:2] == GONE


def test_lists_of_models(emulator: Any) -> None:
    client, project, other = emulator.client, emulator.project(), emulator.project()
    models = {name: emulator.model(project, display_name=name) for name in ("b", "a", "c")}
    models["d"] = emulator.model(other, display_name="d", version_label="label")
    client.deactivate_model(models["a"])

    def names(**more: Any) -> list[str]:
        return [one.display_name for one in client.list_models(emulator.compartment, **more).data]

    assert names() == ["d", "c", "a", "b"]
    assert names(sort_by="displayName") == ["a", "b", "c", "d"]
    assert names(sort_by="lifecycleState", sort_order="DESC")[0] == "a"
    assert names(project_id=other) == ["d"]
    assert names(id=models["c"]) == ["c"]
    assert names(display_name="b", lifecycle_state="ACTIVE") == ["b"]
    assert names(lifecycle_state="INACTIVE") == ["a"]
    assert names(created_by=emulator.config["user"], category="USER") == ["d", "c", "a", "b"]
    assert names(category="SERVICE") == []
    assert names(version_label="label") == ["d"]
    assert names(model_version_set_name="none") == []


@pytest.mark.shows("settings")
def test_settings_are_kept(emulator: Any) -> None:
    retention = m.RetentionSetting(
        archive_after_days=40, delete_after_days=45, customer_notification_type="ALL"
    )
    backup = m.BackupSetting(
        is_backup_enabled=True, backup_region="us-phoenix-1", customer_notification_type="NONE"
    )
    model = emulator.model(emulator.project(), retention_setting=retention, backup_setting=backup)
    found = emulator.client.get_model(model).data
    assert (found.retention_setting, found.backup_setting) == (retention, backup)
    planned = found.retention_operation_details
    assert (planned.archive_state, planned.delete_state) == ("PENDING", "PENDING")
    assert [
        (time - found.time_created).days
        for time in (planned.time_archival_scheduled, planned.time_deletion_scheduled)
    ] == [40, 45]
    assert found.backup_operation_details.backup_state == "PENDING"
    bare = emulator.client.get_model(emulator.model(emulator.project())).data
    assert (bare.retention_operation_details, bare.backup_operation_details) == (None, None)


def test_nothing_is_archived(emulator: Any) -> None:
    client, model = emulator.client, emulator.model(emulator.project(), b"x")
    assert refused(client.restore_archived_model_artifact, model)[:2] == (409, "Conflict")
    hours = refused(client.restore_archived_model_artifact, model, restore_model_for_hours_specified=0)
    assert hours[:2] == (400, "InvalidParameter")
    assert refused(client.restore_archived_model_artifact, model[:-3] + "abc")[:2] == GONE


@pytest.mark.shows("provenance")
def test_provenance(emulator: Any) -> None:
    client, model = emulator.client, emulator.model(emulator.project())
    assert refused(client.get_model_provenance, model)[:2] == GONE
    fields = {
        "repository_url": "https://example.com/r.git",
        "git_branch": "main",
        "git_commit": "c0ffee",
        "script_dir": "src",
        "training_script": "train.py",
        "training_id": "ocid1.datasciencejobrun.oc1.iad.abc",
    }
    made = client.create_model_provenance(model, m.CreateModelProvenanceDetails(**fields))
    assert made.data == m.ModelProvenance(**fields)
    assert refused(client.create_model_provenance, model, m.CreateModelProvenanceDetails())[0] == 409
    change = m.UpdateModelProvenanceDetails(git_commit="decaf")
    client.update_model_provenance(model, change, if_match=made.headers["etag"])
    got = client.get_model_provenance(model)
    assert got.data == m.ModelProvenance(**{**fields, "git_commit": "decaf"})
    stale = refused(client.update_model_provenance, model, change, if_match=made.headers["etag"])
    assert stale[:2] == (412, "NoEtagMatch")


@pytest.mark.parametrize(
    ("reading", "told"), [("409", (409, "Conflict")), ("400", (400, "InvalidParameter"))]
)
def test_a_second_artifact(start: Any, reading: str, told: tuple[int, str]) -> None:
    emulator = start(readings=Readings(second_artifact=reading))
    model = emulator.model(emulator.project(), b"first")
    again = refused(emulator.client.create_model_artifact, model, b"second")
    assert again[:2] == told
    assert emulator.client.get_model_artifact_content(model).data.content == b"first"


def test_the_artifact_of_a_deleted_model_is_gone(emulator: Any) -> None:
    project = emulator.project()
    one, two = emulator.model(project, b"shared"), emulator.model(project, b"shared")
    emulator.client.delete_model(one)
    assert refused(emulator.client.get_model_artifact_content, one)[:2] == GONE
    assert emulator.client.get_model_artifact_content(two).data.content == b"shared"
