"""Version histories of model groups."""

import oci
from oci.data_science import models as m

from tests.conformance.cases import groups, projects
from tests.support.operations import World, case

NOBODY = "ocid1.dscmodelgroupversionhistory.oc1.iad.none"


def details(world: World, project: str, **more: object) -> m.CreateModelGroupVersionHistoryDetails:
    given = {
        "compartment_id": world.compartment,
        "project_id": project,
        "display_name": world.named("history"),
        "description": "made by the conformance suite",
        "freeform_tags": {"suite": "conformance"},
        "defined_tags": {},
    }
    return m.CreateModelGroupVersionHistoryDetails(**{**given, **more})


def make(world: World, project: str | None = None, **more: object) -> oci.Response:
    given = details(world, project or projects.make(world).data.id, **more)
    made = world.client.create_model_group_version_history(given)
    world.delete_later("delete_model_group_version_history", made.data.id)
    return made


@case("create_model_group_version_history")
def create(world: World) -> None:
    """Every field: the group that it begins with too."""
    project = projects.make(world).data.id
    group = groups.make(world, project).data.id
    given = details(world, project, latest_model_group_id=group)
    other = details(world, project, latest_model_group_id=group, description="other")
    made = world.once("create_model_group_version_history", given, token="create-history", other=other)
    world.delete_later("delete_model_group_version_history", made.data.id)
    found = world.client.get_model_group_version_history(made.data.id)
    assert found.data == made.data
    assert found.headers["etag"] == made.headers["etag"]
    assert (found.data.lifecycle_state, found.data.display_name) == ("ACTIVE", given.display_name)
    assert found.data.latest_model_group_id == group


@case("get_model_group_version_history")
def get(world: World) -> None:
    made = make(world)
    call = world.client.get_model_group_version_history
    assert call(made.data.id).data == made.data
    world.refused(404, "NotAuthorizedOrNotFound", call, NOBODY)


@case("list_model_group_version_histories")
def list_all(world: World) -> None:
    project = projects.make(world).data.id
    first = make(world, project, display_name=world.named("first")).data
    second = make(world, project, display_name=world.named("second")).data
    world.finished(world.client.delete_model_group_version_history(second.id))
    found = world.listed(
        "list_model_group_version_histories",
        world.compartment,
        within={"project_id": project},
        filters={
            "id": (first.id, NOBODY),
            "project_id": (project, "ocid1.datascienceproject.oc1.iad.none"),
            "display_name": (second.display_name, "nobody"),
            "lifecycle_state": ("ACTIVE", "FAILED"),
            "created_by": (first.created_by, "ocid1.user.oc1..none"),
        },
        sorts={
            "timeCreated": "time_created",
            "displayName": "display_name",
            "lifecycleState": "lifecycle_state",
        },
    )
    assert {one.id for one in found} == {first.id, second.id}


@case("update_model_group_version_history")
def update(world: World) -> None:
    made = make(world)
    group = groups.make(world, made.data.project_id, model_group_version_history_id=made.data.id).data.id
    before = world.client.get_model_group_version_history(made.data.id).headers["etag"]
    changed = m.UpdateModelGroupVersionHistoryDetails(
        display_name=world.named("changed"),
        description="also",
        latest_model_group_id=group,
        freeform_tags={"a": "b"},
        defined_tags={},
    )
    world.guarded("update_model_group_version_history", made.data.id, changed, etag=before)
    found = world.client.get_model_group_version_history(made.data.id)
    assert found.headers["etag"] != before
    for name in changed.swagger_types:
        if name != "defined_tags":
            assert getattr(found.data, name) == getattr(changed, name), name


@case("delete_model_group_version_history")
def delete(world: World) -> None:
    made = make(world)
    call = "delete_model_group_version_history"
    answer = world.guarded(call, made.data.id, etag=made.headers["etag"])
    world.succeeded(answer, "MODEL_GROUP_VERSION_HISTORY_DELETE")
    found = world.client.get_model_group_version_history(made.data.id).data
    assert found.lifecycle_state == "DELETED"


@case("change_model_group_version_history_compartment")
def move(world: World) -> None:
    made = make(world)
    details = m.ChangeModelGroupVersionHistoryCompartmentDetails
    world.moved("model_group_version_history", details, made.data.id, etag=made.headers["etag"])
