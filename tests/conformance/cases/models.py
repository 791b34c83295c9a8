"""Models of the catalog and their provenance."""

from typing import Any

import oci
from oci.data_science import models as m

from tests.conformance.cases import projects, version_sets
from tests.support.operations import World, case


def custom_metadata() -> list[m.Metadata]:
    return [
        m.Metadata(
            key="accuracy",
            value="0.97",
            description="on the test set",
            category="Performance",
            keywords=["test"],
            has_artifact=False,
        )
    ]


def details(world: World, project: str, **more: object) -> m.CreateModelDetails:
    given = {"compartment_id": world.compartment, "project_id": project, "display_name": "conformance"}
    return m.CreateModelDetails(**{**given, **more})


def everything(world: World, project: str, version_set: str, **more: object) -> m.CreateModelDetails:
    """Every field of a model."""
    given: dict[str, Any] = {
        "description": "made by the conformance suite",
        "freeform_tags": {"suite": "conformance"},
        "defined_tags": {},
        "custom_metadata_list": custom_metadata(),
        "defined_metadata_list": [m.Metadata(key="libraryName", value="onnx")],
        "input_schema": '{"schema": []}',
        "output_schema": '{"schema": []}',
        "model_version_set_id": version_set,
        "version_label": "first",
        "retention_setting": retention(world, 30),
        "backup_setting": backup(world, "ALL"),
    }
    return details(world, project, **{**given, **more})


def retention(world: World, days: int) -> m.RetentionSetting:
    return m.RetentionSetting(
        archive_after_days=days, delete_after_days=2 * days, customer_notification_type="ON_FAILURE"
    )


def backup(world: World, notify: str) -> m.BackupSetting:
    return m.BackupSetting(
        is_backup_enabled=False,
        backup_region=world.outside["backup_region"],
        customer_notification_type=notify,
    )


def make(world: World, project: str | None = None, **more: object) -> oci.Response:
    """A model without an artifact."""
    made = world.client.create_model(details(world, project or projects.make(world).data.id, **more))
    world.delete_later("delete_model", made.data.id)
    return made


def ready(world: World, project: str | None = None, content: bytes = b"content", **more: object) -> str:
    """A model with an artifact."""
    model: str = make(world, project, **more).data.id
    world.client.create_model_artifact(model, content)
    return model


def etag_of(world: World, model: str) -> str:
    return str(world.client.get_model(model).headers["etag"])


@case("create_model")
def create(world: World) -> None:
    project = projects.make(world).data.id
    version_set = version_sets.make(world, project).data
    given = everything(world, project, version_set.id)
    other = everything(world, project, version_set.id, display_name="other")
    made = world.once("create_model", given, token="create-model", other=other)
    world.delete_later("delete_model", made.data.id)
    found = world.client.get_model(made.data.id)
    assert found.data == made.data
    assert found.headers["etag"] == made.headers["etag"]
    _is_as_given(found.data, given)
    assert (found.data.lifecycle_state, found.data.category) == ("ACTIVE", "USER")
    assert (found.data.model_version_set_name, found.data.version_id) == (version_set.name, 1)
    assert found.data.is_model_by_reference is False


def _is_as_given(found: m.Model, given: m.CreateModelDetails) -> None:
    for name in given.swagger_types:
        if name != "defined_tags":  # a compartment's tag defaults may add some
            assert getattr(found, name) == getattr(given, name), name


@case("create_model")
def create_with_a_name_of_the_service(world: World) -> None:
    project = projects.make(world).data.id
    nameless = m.CreateModelDetails(compartment_id=world.compartment, project_id=project)
    made = world.client.create_model(nameless)
    world.delete_later("delete_model", made.data.id)
    assert made.data.display_name
    assert made.data.description is None


@case("get_model")
def get(world: World) -> None:
    made = make(world)
    found = world.client.get_model(made.data.id)
    assert found.data == made.data
    world.refused(404, "NotAuthorizedOrNotFound", world.client.get_model, f"{made.data.id}none")


@case("list_models")
def list_all(world: World) -> None:
    project = projects.make(world).data.id
    version_set = version_sets.make(world, project).data
    first = make(
        world,
        project,
        display_name="first",
        model_version_set_id=version_set.id,
        version_label="one",
        custom_metadata_list=custom_metadata(),
    ).data
    second = make(world, project, display_name="second").data
    world.client.deactivate_model(second.id)
    found = world.listed(
        "list_models",
        world.compartment,
        within={"project_id": project},
        filters={
            "id": (first.id, "ocid1.datasciencemodel.oc1.iad.none"),
            "project_id": (project, "ocid1.datascienceproject.oc1.iad.none"),
            "display_name": ("second", "nobody"),
            "lifecycle_state": ("ACTIVE", "FAILED"),
            "created_by": (first.created_by, "ocid1.user.oc1..none"),
            "model_version_set_name": (version_set.name, "nobody"),
            "version_label": ("one", "two"),
            "category": ("USER", "SERVICE"),
        },
        sorts={
            "timeCreated": "time_created",
            "displayName": "display_name",
            "lifecycleState": "lifecycle_state",
        },
    )
    assert {one.id for one in found} == {first.id, second.id}
    (listed,) = [one for one in found if one.id == first.id]
    assert (listed.version_label, listed.model_version_set_id) == ("one", version_set.id)


@case("update_model")
def update(world: World) -> None:
    made = make(world)
    version_set = version_sets.make(world, made.data.project_id).data.id
    changed = m.UpdateModelDetails(
        display_name="changed",
        description="also",
        freeform_tags={"a": "b"},
        defined_tags={},
        custom_metadata_list=[*custom_metadata(), m.Metadata(key="owner", value="me", category="other")],
        defined_metadata_list=[m.Metadata(key="useCaseType", value="image_classification")],
        model_version_set_id=version_set,
        version_label="second",
        retention_setting=retention(world, 60),
        backup_setting=backup(world, "NONE"),
    )
    answer = world.guarded("update_model", made.data.id, changed, etag=made.headers["etag"])
    found = world.client.get_model(made.data.id)
    assert found.data == answer.data
    assert found.headers["etag"] == answer.headers["etag"] != made.headers["etag"]
    for name in changed.swagger_types:
        if name != "defined_tags":
            assert getattr(found.data, name) == getattr(changed, name), name
    assert found.data.version_id == 1


@case("update_model")
def update_of_one_field_leaves_the_rest(world: World) -> None:
    made = make(world, description="before", freeform_tags={"a": "b"})
    world.client.update_model(made.data.id, m.UpdateModelDetails(display_name="after"))
    found = world.client.get_model(made.data.id).data
    assert (found.display_name, found.description, found.freeform_tags) == ("after", "before", {"a": "b"})


@case("deactivate_model", "activate_model")
def stop_and_start(world: World) -> None:
    made = make(world)
    model = made.data.id
    world.refused(409, "IncorrectState", world.client.activate_model, model)
    stopped = world.guarded("deactivate_model", model, etag=made.headers["etag"])
    assert stopped.data.lifecycle_state == world.client.get_model(model).data.lifecycle_state == "INACTIVE"
    world.refused(409, "IncorrectState", world.client.deactivate_model, model)
    started = world.guarded("activate_model", model, etag=stopped.headers["etag"])
    assert started.data.lifecycle_state == world.client.get_model(model).data.lifecycle_state == "ACTIVE"
    assert started.headers["etag"] != stopped.headers["etag"]


@case("delete_model")
def delete(world: World) -> None:
    made = make(world)
    world.guarded("delete_model", made.data.id, etag=made.headers["etag"])
    assert world.client.get_model(made.data.id).data.lifecycle_state == "DELETED"
    world.refused(404, "NotAuthorizedOrNotFound", world.client.delete_model, made.data.id)


@case("change_model_compartment")
def move(world: World) -> None:
    made = make(world)
    world.moved("model", m.ChangeModelCompartmentDetails, made.data.id, etag=made.headers["etag"])


# -- provenance


def _script(**more: str) -> dict[str, str]:
    return {
        "repository_url": "https://example.com/models.git",
        "git_branch": "main",
        "git_commit": "0a1b2c",
        "script_dir": "training",
        "training_script": "train.py",
        "training_id": "ocid1.datasciencejobrun.oc1.iad.none",
        **more,
    }


@case("create_model_provenance", "get_model_provenance")
def create_provenance(world: World) -> None:
    model = make(world).data.id
    world.refused(404, "NotAuthorizedOrNotFound", world.client.get_model_provenance, model)
    given = m.CreateModelProvenanceDetails(**_script())
    other = m.CreateModelProvenanceDetails(**_script(git_branch="other"))
    made = world.once("create_model_provenance", model, given, token="create-provenance", other=other)
    found = world.client.get_model_provenance(model)
    assert found.data == made.data
    assert {name: getattr(found.data, name) for name in _script()} == _script()


@case("update_model_provenance")
def update_provenance(world: World) -> None:
    model = make(world).data.id
    world.client.create_model_provenance(model, m.CreateModelProvenanceDetails(**_script()))
    etag = world.client.get_model_provenance(model).headers["etag"]
    changed = m.UpdateModelProvenanceDetails(**_script(git_branch="other", git_commit="ffffff"))
    world.guarded("update_model_provenance", model, changed, etag=etag)
    found = world.client.get_model_provenance(model)
    assert (found.data.git_branch, found.data.git_commit) == ("other", "ffffff")
    assert found.data.repository_url == _script()["repository_url"]
    assert found.headers["etag"] != etag
