"""Projects."""

import oci
from oci.data_science import models as m

from tests.support.operations import World, case


def details(world: World, **more: object) -> m.CreateProjectDetails:
    """Every field of a project."""
    given = {
        "compartment_id": world.compartment,
        "display_name": "conformance",
        "description": "made by the conformance suite",
        "freeform_tags": {"suite": "conformance"},
        "defined_tags": {},
    }
    return m.CreateProjectDetails(**{**given, **more})


def make(world: World, **more: object) -> oci.Response:
    made = world.client.create_project(details(world, **more))
    world.later(lambda: world.client.delete_project(made.data.id))
    return made


@case("create_project")
def create(world: World) -> None:
    other = details(world, display_name="other")
    made = world.once("create_project", details(world), token="create-project", other=other)
    world.later(lambda: world.client.delete_project(made.data.id))
    found = world.client.get_project(made.data.id)
    assert found.data == made.data
    assert found.headers["etag"] == made.headers["etag"]
    assert found.data.lifecycle_state == "ACTIVE"
    assert (found.data.display_name, found.data.freeform_tags) == ("conformance", {"suite": "conformance"})


@case("get_project")
def get(world: World) -> None:
    made = make(world)
    assert world.client.get_project(made.data.id).data == made.data
    world.refused(404, "NotAuthorizedOrNotFound", world.client.get_project, made.data.id[:-3] + "aaa")


@case("list_projects")
def list_all(world: World) -> None:
    first, second = make(world, display_name="first").data, make(world, display_name="second").data
    found = world.listed(
        "list_projects",
        world.compartment,
        filters={
            "id": (first.id, "ocid1.datascienceproject.oc1.iad.none"),
            "display_name": ("second", "nobody"),
            "lifecycle_state": ("ACTIVE", "DELETING"),
            "created_by": (first.created_by, "ocid1.user.oc1..none"),
        },
        sorts={"timeCreated": "time_created", "displayName": "display_name"},
    )
    assert {first.id, second.id} <= {one.id for one in found}


@case("update_project")
def update(world: World) -> None:
    made = make(world)
    changed = m.UpdateProjectDetails(
        display_name="changed", description="also", freeform_tags={"a": "b"}, defined_tags={}
    )
    answer = world.guarded("update_project", made.data.id, changed, etag=made.headers["etag"])
    assert answer.headers["etag"] != made.headers["etag"]
    found = world.client.get_project(made.data.id).data
    assert (found.display_name, found.description, found.freeform_tags) == ("changed", "also", {"a": "b"})


@case("delete_project")
def delete(world: World) -> None:
    made = make(world)
    gone = world.guarded("delete_project", made.data.id, etag=made.headers["etag"])
    work = world.finished(gone)
    assert (work.operation_type, work.status) == ("PROJECT_DELETE", "SUCCEEDED")
    assert world.client.get_project(made.data.id).data.lifecycle_state == "DELETED"


@case("change_project_compartment")
def move(world: World) -> None:
    made = make(world)
    world.moved("project", m.ChangeProjectCompartmentDetails, made.data.id, etag=made.headers["etag"])
