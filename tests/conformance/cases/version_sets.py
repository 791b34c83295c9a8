"""Model version sets."""

import oci
from oci.data_science import models as m

from tests.conformance.cases import models, projects
from tests.support.operations import World, case


def details(world: World, project: str, **more: object) -> m.CreateModelVersionSetDetails:
    """Every field of a version set. The name is unique."""
    given = {
        "compartment_id": world.compartment,
        "project_id": project,
        "name": world.named("set"),
        "description": "made by the conformance suite",
        "freeform_tags": {"suite": "conformance"},
        "defined_tags": {},
    }
    return m.CreateModelVersionSetDetails(**{**given, **more})


def make(world: World, project: str | None = None, **more: object) -> oci.Response:
    given = details(world, project or projects.make(world).data.id, **more)
    made = world.client.create_model_version_set(given)
    world.delete_later("delete_model_version_set", made.data.id)
    return made


@case("create_model_version_set")
def create(world: World) -> None:
    project = projects.make(world).data.id
    given, other = details(world, project), details(world, project, description="other")
    made = world.once("create_model_version_set", given, token="create-set", other=other)
    world.delete_later("delete_model_version_set", made.data.id)
    found = world.client.get_model_version_set(made.data.id)
    assert found.data == made.data
    assert found.headers["etag"] == made.headers["etag"]
    assert (found.data.name, found.data.description) == (given.name, given.description)
    assert (found.data.lifecycle_state, found.data.category) == ("ACTIVE", "USER")


@case("get_model_version_set")
def get(world: World) -> None:
    made = make(world)
    assert world.client.get_model_version_set(made.data.id).data == made.data
    call = world.client.get_model_version_set
    world.refused(404, "NotAuthorizedOrNotFound", call, f"{made.data.id}none")


@case("list_model_version_sets")
def list_all(world: World) -> None:
    project = projects.make(world).data.id
    first = make(world, project, name=world.named("first")).data
    second = make(world, project, name=world.named("second")).data
    world.finished(world.client.delete_model_version_set(second.id))
    found = world.listed(
        "list_model_version_sets",
        world.compartment,
        within={"project_id": project},
        filters={
            "id": (first.id, "ocid1.datasciencemodelversionset.oc1.iad.none"),
            "project_id": (project, "ocid1.datascienceproject.oc1.iad.none"),
            "name": (second.name, "nobody"),
            "lifecycle_state": ("ACTIVE", "FAILED"),
            "created_by": (first.created_by, "ocid1.user.oc1..none"),
            "category": ("USER", "SERVICE"),
        },
        sorts={"timeCreated": "time_created", "name": "name", "lifecycleState": "lifecycle_state"},
    )
    assert {one.id for one in found} == {first.id, second.id}


@case("update_model_version_set")
def update(world: World) -> None:
    made = make(world)
    changed = m.UpdateModelVersionSetDetails(description="changed", freeform_tags={"a": "b"}, defined_tags={})
    answer = world.guarded("update_model_version_set", made.data.id, changed, etag=made.headers["etag"])
    found = world.client.get_model_version_set(made.data.id)
    assert found.headers["etag"] == answer.headers["etag"] != made.headers["etag"]
    assert (found.data.description, found.data.freeform_tags) == ("changed", {"a": "b"})
    assert found.data.name == made.data.name


@case("delete_model_version_set")
def delete(world: World) -> None:
    made = make(world)
    member = models.make(world, made.data.project_id, model_version_set_id=made.data.id).data.id
    call = world.client.delete_model_version_set
    world.refused(409, "Conflict", call, made.data.id, is_delete_related_models=False)
    assert world.client.get_model(member).data.lifecycle_state == "ACTIVE"
    world.client.delete_model(member)
    etag = world.client.get_model_version_set(made.data.id).headers["etag"]
    answer = world.guarded("delete_model_version_set", made.data.id, etag=etag)
    world.succeeded(answer, "MODELVERSIONSET_DELETE")
    assert world.client.get_model_version_set(made.data.id).data.lifecycle_state == "DELETED"


@case("delete_model_version_set")
def delete_with_its_models(world: World) -> None:
    made = make(world)
    members = [
        models.make(world, made.data.project_id, model_version_set_id=made.data.id).data.id for _ in range(2)
    ]
    answer = world.client.delete_model_version_set(made.data.id, is_delete_related_models=True)
    world.succeeded(answer, "MODELVERSIONSET_DELETE")
    states = [world.client.get_model(one).data.lifecycle_state for one in members]
    assert states == ["DELETED", "DELETED"]


@case("change_model_version_set_compartment")
def move(world: World) -> None:
    made = make(world)
    details = m.ChangeModelVersionSetCompartmentDetails
    world.moved("model_version_set", details, made.data.id, etag=made.headers["etag"])
