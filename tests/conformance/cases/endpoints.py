"""Private endpoints."""

import oci
from oci.data_science import models as m

from tests.support.operations import World, case


def details(world: World, **more: object) -> m.CreateDataSciencePrivateEndpointDetails:
    """Every field of a private endpoint."""
    given = {
        "compartment_id": world.compartment,
        "description": "made by the conformance suite",
        "display_name": world.named("endpoint"),
        "freeform_tags": {"suite": "conformance"},
        "defined_tags": {},
        "nsg_ids": [world.outside["network_security_group"]],
        "subnet_id": world.outside["subnet"],
        "sub_domain": world.named("sub"),
        "data_science_resource_type": "MODEL_DEPLOYMENT",
    }
    return m.CreateDataSciencePrivateEndpointDetails(**{**given, **more})


def make(world: World, **more: object) -> oci.Response:
    """A private endpoint that has come to rest: what get answers."""
    return made(world, world.client.create_data_science_private_endpoint(details(world, **more)))


def made(world: World, answer: oci.Response) -> oci.Response:
    world.delete_later("delete_data_science_private_endpoint", answer.data.id)
    world.succeeded(answer, "PRIVATE_ENDPOINT_CREATE")
    found = world.client.get_data_science_private_endpoint(answer.data.id)
    assert found.data.lifecycle_state == "ACTIVE"
    return found


@case("create_data_science_private_endpoint")
def create(world: World) -> None:
    given, other = details(world), details(world, description="other")
    call = "create_data_science_private_endpoint"
    answer = world.once(call, given, token="create-endpoint", other=other)
    assert answer.data.lifecycle_state == "CREATING"
    found = made(world, answer).data
    for name in given.swagger_types:
        if name not in ("defined_tags", "sub_domain"):
            assert getattr(found, name) == getattr(given, name), name
    assert found.fqdn.startswith(given.sub_domain)


@case("get_data_science_private_endpoint")
def get(world: World) -> None:
    endpoint = make(world).data
    call = world.client.get_data_science_private_endpoint
    assert call(endpoint.id).data == endpoint
    world.refused(404, "NotAuthorizedOrNotFound", call, f"{endpoint.id}none")


@case("list_data_science_private_endpoints")
def list_all(world: World) -> None:
    name = world.named("listed")
    first = make(world, display_name=name, sub_domain=world.named("one")).data
    second = make(
        world,
        display_name=name,
        sub_domain=world.named("two"),
        data_science_resource_type="NOTEBOOK_SESSION",
    ).data
    found = world.listed(
        "list_data_science_private_endpoints",
        world.compartment,
        within={"display_name": name},
        filters={
            "display_name": (name, "nobody"),
            "lifecycle_state": ("ACTIVE", "FAILED"),
            "created_by": (first.created_by, "ocid1.user.oc1..none"),
        },
        sorts={"timeCreated": "time_created"},
    )
    assert {one.id for one in found} == {first.id, second.id}
    for kind, one in (("MODEL_DEPLOYMENT", first), ("NOTEBOOK_SESSION", second)):
        only = world.client.list_data_science_private_endpoints(
            world.compartment, display_name=name, data_science_resource_type=kind
        )
        assert [each.id for each in only.data] == [one.id]


@case("update_data_science_private_endpoint")
def update(world: World) -> None:
    made = make(world)
    changed = m.UpdateDataSciencePrivateEndpointDetails(
        freeform_tags={"a": "b"}, defined_tags={}, description="also", display_name="changed", nsg_ids=[]
    )
    call = "update_data_science_private_endpoint"
    answer = world.guarded(call, made.data.id, changed, etag=made.headers["etag"])
    world.succeeded(answer, "PRIVATE_ENDPOINT_UPDATE")
    found = world.client.get_data_science_private_endpoint(made.data.id)
    assert found.headers["etag"] != made.headers["etag"]
    assert (found.data.display_name, found.data.description) == ("changed", "also")
    assert (found.data.freeform_tags, found.data.nsg_ids or []) == ({"a": "b"}, [])
    assert found.data.lifecycle_state == "ACTIVE"


@case("delete_data_science_private_endpoint")
def delete(world: World) -> None:
    made = make(world)
    call = "delete_data_science_private_endpoint"
    answer = world.guarded(call, made.data.id, etag=made.headers["etag"])
    world.succeeded(answer, "PRIVATE_ENDPOINT_DELETE")
    found = world.client.get_data_science_private_endpoint(made.data.id).data
    assert found.lifecycle_state == "DELETED"


@case("change_data_science_private_endpoint_compartment")
def move(world: World) -> None:
    made = make(world)
    details = m.ChangeDataSciencePrivateEndpointCompartmentDetails
    world.moved("data_science_private_endpoint", details, made.data.id, etag=made.headers["etag"])
