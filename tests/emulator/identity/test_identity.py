"""Identity, through the SDK: what clients read at start, compartments, and calls that name unknown ones."""

from collections.abc import Callable
from functools import partial
from typing import Any

import oci
import pytest
from oci.identity import models as m

from datascience_emulator.readings import Readings
from tests.support.emulator import Emulator


@pytest.fixture
def identity(emulator: Emulator) -> oci.identity.IdentityClient:
    return client_of(emulator)


def client_of(emulator: Emulator) -> oci.identity.IdentityClient:
    return oci.identity.IdentityClient(
        emulator.config, service_endpoint=emulator.endpoint, retry_strategy=oci.retry.NoneRetryStrategy()
    )


def assert_refused(call: Callable[[], Any], status: int, code: str) -> str:
    with pytest.raises(oci.exceptions.ServiceError) as caught:
        call()
    assert (caught.value.status, caught.value.code) == (status, code)
    return str(caught.value.message)


def new(parent: str, name: str, **more: Any) -> m.CreateCompartmentDetails:
    return m.CreateCompartmentDetails(compartment_id=parent, name=name, description="d", **more)


@pytest.mark.shows("identity")
def test_who_and_where(emulator: Emulator, identity: oci.identity.IdentityClient) -> None:
    tenancy = emulator.config["tenancy"]
    found = identity.get_tenancy(tenancy).data
    assert (found.id, found.home_region_key) == (tenancy, "IAD")
    user = identity.get_user(emulator.config["user"]).data
    assert (user.id, user.compartment_id, user.lifecycle_state) == (
        emulator.config["user"],
        tenancy,
        "ACTIVE",
    )
    assert [(one.key, one.name) for one in identity.list_regions().data] == [("IAD", "us-ashburn-1")]
    (subscription,) = identity.list_region_subscriptions(tenancy).data
    assert (subscription.region_name, subscription.status, subscription.is_home_region) == (
        "us-ashburn-1",
        "READY",
        True,
    )
    domains = identity.list_availability_domains(tenancy).data
    assert [one.name.rpartition("-")[2] for one in domains] == ["1", "2", "3"]
    assert len({one.id for one in domains}) == 3


def test_nobody_else_is_known(identity: oci.identity.IdentityClient) -> None:
    for call in (
        lambda: identity.get_tenancy("ocid1.tenancy.oc1..x"),
        lambda: identity.get_user("ocid1.user.oc1..x"),
        lambda: identity.list_region_subscriptions("ocid1.tenancy.oc1..x"),
        lambda: identity.list_availability_domains("ocid1.compartment.oc1..x"),
        lambda: identity.get_compartment("ocid1.compartment.oc1..x"),
        lambda: identity.list_compartments("ocid1.compartment.oc1..x"),
        lambda: identity.create_compartment(new("ocid1.compartment.oc1..x", "a")),
    ):
        assert_refused(call, 404, "NotAuthorizedOrNotFound")


def test_the_root_and_the_emulators_own(emulator: Emulator, identity: oci.identity.IdentityClient) -> None:
    root = identity.get_compartment(emulator.config["tenancy"]).data
    assert (root.id, root.compartment_id, root.lifecycle_state) == (
        emulator.config["tenancy"],
        None,
        "ACTIVE",
    )
    (own,) = identity.list_compartments(root.id).data
    assert (own.id, own.compartment_id) == (emulator.compartment, root.id)
    assert identity.get_compartment(own.id).data == own


def test_the_life_of_a_compartment(emulator: Emulator, identity: oci.identity.IdentityClient) -> None:
    made = identity.create_compartment(new(emulator.compartment, "team-a", freeform_tags={"k": "v"}))
    assert (made.data.lifecycle_state, made.data.freeform_tags) == ("ACTIVE", {"k": "v"})
    stale = made.headers["etag"]
    details = m.UpdateCompartmentDetails(name="team-b", description="other")
    assert identity.update_compartment(made.data.id, details, if_match=stale).data.name == "team-b"
    assert_refused(partial(identity.delete_compartment, made.data.id, if_match=stale), 412, "NoEtagMatch")
    project = oci.data_science.models.CreateProjectDetails(compartment_id=made.data.id)
    held = emulator.client.create_project(project).data.id
    held_back = assert_refused(partial(identity.delete_compartment, made.data.id), 409, "Conflict")
    assert "1 resources" in held_back
    assert identity.get_compartment(made.data.id).data.lifecycle_state == "ACTIVE"
    emulator.finished(emulator.client.delete_project(held))
    identity.delete_compartment(made.data.id)
    assert identity.get_compartment(made.data.id).data.lifecycle_state == "DELETED"
    again = partial(identity.delete_compartment, made.data.id)
    assert_refused(again, 404, "NotAuthorizedOrNotFound")


def test_names_are_unique_where_they_are(emulator: Emulator, identity: oci.identity.IdentityClient) -> None:
    first = identity.create_compartment(new(emulator.compartment, "a")).data
    assert_refused(
        partial(identity.create_compartment, new(emulator.compartment, "A")), 409, "CompartmentAlreadyExists"
    )
    second = identity.create_compartment(new(first.id, "a")).data
    assert identity.update_compartment(second.id, m.UpdateCompartmentDetails(name="a")).status == 200
    other = identity.create_compartment(new(emulator.compartment, "b")).data
    taken = m.UpdateCompartmentDetails(name="a")
    assert_refused(partial(identity.update_compartment, other.id, taken), 409, "CompartmentAlreadyExists")
    spaced = new(emulator.compartment, "no spaces")
    assert "name" in assert_refused(partial(identity.create_compartment, spaced), 400, "InvalidParameter")


def test_a_retry_makes_one(emulator: Emulator, identity: oci.identity.IdentityClient) -> None:
    made = [
        identity.create_compartment(new(emulator.compartment, "a"), opc_retry_token="t").data.id
        for _ in range(2)
    ]
    assert made[0] == made[1]


def test_lists(emulator: Emulator, identity: oci.identity.IdentityClient) -> None:
    root, own = emulator.config["tenancy"], emulator.compartment
    first, second = (identity.create_compartment(new(own, name)).data.id for name in ("b", "a"))
    below = identity.create_compartment(new(first, "c")).data.id
    identity.delete_compartment(second)

    def listed(parent: str, **query: Any) -> list[str]:
        found = oci.pagination.list_call_get_all_results(identity.list_compartments, parent, **query).data
        return [one.id for one in found]

    assert listed(root) == [own]
    assert listed(own) == [second, first]
    assert listed(own, sort_by="NAME") == [second, first]
    assert listed(own, sort_by="NAME", sort_order="DESC") == [first, second]
    assert listed(own, lifecycle_state="ACTIVE") == [first]
    assert listed(own, name="b") == [first]
    assert listed(root, compartment_id_in_subtree=True, access_level="ANY", limit=1) == [
        below,
        second,
        first,
        own,
    ]
    assert_refused(
        partial(identity.list_compartments, own, compartment_id_in_subtree=True), 400, "InvalidParameter"
    )


def test_it_is_all_there_after_a_restart(start: Callable[..., Emulator]) -> None:
    first = start()
    made = client_of(first).create_compartment(new(first.compartment, "a")).data
    before = client_of(first).list_compartments(first.compartment).data
    first.close()
    second = start()
    assert client_of(second).list_compartments(second.compartment).data == before
    assert client_of(second).get_compartment(made.id).data == made
    assert len(client_of(second).list_compartments(second.config["tenancy"]).data) == 1


# -- data science in a compartment that is not there

UNKNOWN = ("ocid1.compartment.oc1..x", "ocid1.tenancy.oc1..x", "nonsense")


@pytest.mark.parametrize("compartment", UNKNOWN)
def test_an_unknown_compartment_is_refused(emulator: Emulator, compartment: str) -> None:
    lists = ("projects", "models", "modelDeployments", "modelGroups", "workRequests", "modelDeploymentShapes")
    for path in lists:
        answer = emulator.raw("GET", f"/{path}?compartmentId={compartment}")
        assert (answer.status_code, answer.json()["code"]) == (404, "NotAuthorizedOrNotFound"), path
    if compartment != "nonsense":
        assert emulator.raw("POST", "/projects", {"compartmentId": compartment}).status_code == 404
    assert emulator.client.list_projects(emulator.compartment).data == []


def test_a_deleted_compartment_is_an_unknown_one(
    emulator: Emulator, identity: oci.identity.IdentityClient
) -> None:
    made = identity.create_compartment(new(emulator.compartment, "a")).data.id
    assert emulator.client.list_projects(made).data == []
    identity.delete_compartment(made)
    assert_refused(lambda: emulator.client.list_projects(made), 404, "NotAuthorizedOrNotFound")


def test_the_tenancy_is_a_compartment(emulator: Emulator) -> None:
    details = oci.data_science.models.CreateProjectDetails(compartment_id=emulator.config["tenancy"])
    made = emulator.client.create_project(details).data.id
    assert [one.id for one in emulator.client.list_projects(emulator.config["tenancy"]).data] == [made]


def test_by_the_other_reading_any_compartment_will_do(start: Callable[..., Emulator]) -> None:
    emulator = start(readings=Readings(unknown_compartment="accepted"))
    details = oci.data_science.models.CreateProjectDetails(compartment_id=UNKNOWN[0])
    made = emulator.client.create_project(details).data.id
    assert [one.id for one in emulator.client.list_projects(UNKNOWN[0]).data] == [made]
