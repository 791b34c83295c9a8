"""Data Science private endpoints, and deployments that are reached through them, through the real SDK."""

from typing import Any

import pytest
from oci.data_science import models as m

from datascience_emulator.faults.orders import Fault, Order
from tests.support.clusters import deploy, private_endpoint
from tests.support.emulator import configuration
from tests.support.refusing import refused

RELATED = (400, "RelatedResourceNotAuthorizedOrNotFound")


@pytest.fixture
def endpoint(emulator: Any) -> str:
    created = private_endpoint(emulator)
    emulator.finished(created)
    return str(created.data.id)


def reached_through(emulator: Any, endpoint: str) -> Any:
    project = emulator.project()
    details = configuration(emulator.model(project), triton=False)
    instance = details.model_configuration_details.instance_configuration
    instance.subnet_id, instance.network_access_type = "ocid1.subnet.oc1.iad.s", "CUSTOM_NETWORKING"
    instance.private_endpoint_id = endpoint
    return deploy(emulator, details, project)


def test_the_life_of_an_endpoint(emulator: Any) -> None:
    client, group = emulator.client, "ocid1.networksecuritygroup.oc1.iad.g"
    created = private_endpoint(
        emulator, sub_domain="mine", display_name="e", description="about", nsg_ids=[group]
    )
    assert (created.status, created.data.lifecycle_state) == (200, "CREATING")
    work = emulator.finished(created)
    assert (work.operation_type, work.status) == ("PRIVATE_ENDPOINT_CREATE", "SUCCEEDED")
    found = client.get_data_science_private_endpoint(created.data.id)
    one = found.data
    assert (one.lifecycle_state, one.description, one.nsg_ids) == ("ACTIVE", "about", [group])
    assert one.fqdn.startswith("mine.")
    assert (one.freeform_tags, one.defined_tags) == ({}, {})
    assert one.lifecycle_details
    assert "subDomain" not in emulator.raw("GET", f"/dataSciencePrivateEndpoints/{one.id}").json()

    changes = m.UpdateDataSciencePrivateEndpointDetails(
        display_name="new", description="else", nsg_ids=[], freeform_tags={"a": "1"}, defined_tags={}
    )
    stale = refused(client.update_data_science_private_endpoint, one.id, changes, if_match="x")
    assert stale[:2] == (412, "NoEtagMatch")
    updated = client.update_data_science_private_endpoint(one.id, changes, if_match=found.headers["etag"])
    assert updated.data.lifecycle_state == "UPDATING"
    assert emulator.finished(updated).operation_type == "PRIVATE_ENDPOINT_UPDATE"
    after = client.get_data_science_private_endpoint(one.id).data
    assert (after.display_name, after.description, after.nsg_ids) == ("new", "else", [])
    assert after.time_updated > after.time_created

    tenancy = emulator.config["tenancy"]
    moved = client.change_data_science_private_endpoint_compartment(
        one.id, m.ChangeDataSciencePrivateEndpointCompartmentDetails(compartment_id=tenancy)
    )
    work = emulator.finished(moved)
    assert (work.operation_type, work.resources[0].action_type) == ("PRIVATE_ENDPOINT_MOVE", "UPDATED")
    assert client.get_data_science_private_endpoint(one.id).data.compartment_id == tenancy

    deleted = client.delete_data_science_private_endpoint(one.id)
    work = emulator.finished(deleted)
    assert (work.operation_type, work.resources[0].action_type) == ("PRIVATE_ENDPOINT_DELETE", "DELETED")
    assert client.get_data_science_private_endpoint(one.id).data.lifecycle_state == "DELETED"
    assert refused(client.delete_data_science_private_endpoint, one.id)[0] == 404


def test_lists(emulator: Any, endpoint: str) -> None:
    other = private_endpoint(emulator, "NOTEBOOK_SESSION", display_name="n", description="about")
    emulator.finished(other)

    def listed(**filters: Any) -> list[str]:
        found = emulator.client.list_data_science_private_endpoints(emulator.compartment, **filters).data
        return [one.id for one in found]

    assert listed() == [other.data.id, endpoint]
    assert listed(sort_by="timeCreated", sort_order="ASC") == [endpoint, other.data.id]
    assert (
        listed(display_name="n") == listed(data_science_resource_type="NOTEBOOK_SESSION") == [other.data.id]
    )
    assert listed(lifecycle_state="DELETED") == []
    assert listed(created_by=emulator.config["user"], limit=1) == [other.data.id]
    body = emulator.raw("GET", f"/dataSciencePrivateEndpoints?compartmentId={emulator.compartment}").json()
    assert "description" not in body[0]
    bad = emulator.raw(
        "GET", f"/dataSciencePrivateEndpoints?compartmentId={emulator.compartment}&sortBy=displayName"
    )
    assert (bad.status_code, bad.json()["code"]) == (400, "InvalidParameter")


def test_states_and_bodies_that_are_refused(emulator: Any, endpoint: str) -> None:
    client = emulator.client
    emulator.orders.add(Order(Fault.HOLD, "update_data_science_private_endpoint"))
    update = client.update_data_science_private_endpoint(
        endpoint, m.UpdateDataSciencePrivateEndpointDetails()
    )
    assert refused(client.delete_data_science_private_endpoint, endpoint)[:2] == (409, "IncorrectState")
    emulator.orders.release()
    emulator.finished(update)
    assert refused(private_endpoint, emulator, sub_domain="not a label")[:2] == (400, "InvalidParameter")
    bare = emulator.raw("POST", "/dataSciencePrivateEndpoints", {"compartmentId": emulator.compartment})
    assert (bare.status_code, bare.json()["code"]) == (400, "MissingParameter")


def test_deployments_need_an_active_one(emulator: Any, endpoint: str) -> None:
    created = reached_through(emulator, endpoint)
    emulator.finished(created)
    config = created.data.model_deployment_configuration_details.model_configuration_details
    assert config.instance_configuration.private_endpoint_id == endpoint
    status, code, message = refused(emulator.client.delete_data_science_private_endpoint, endpoint)
    assert (status, code) == (409, "Conflict")
    assert created.data.id in message
    status, code, message = refused(reached_through, emulator, "ocid1.datascienceprivateendpoint.oc1.iad.x")
    assert (status, code) == RELATED
    assert "privateEndpointId" in message
    emulator.finished(emulator.client.delete_model_deployment(created.data.id))
    emulator.finished(emulator.client.delete_data_science_private_endpoint(endpoint))
    assert refused(reached_through, emulator, endpoint)[:2] == RELATED
    notebooks = private_endpoint(emulator, "NOTEBOOK_SESSION")
    emulator.finished(notebooks)
    assert refused(reached_through, emulator, notebooks.data.id)[:2] == (400, "InvalidParameter")


def test_one_that_a_deployment_is_on_its_way_to_stays(emulator: Any, endpoint: str) -> None:
    client = emulator.client
    deployment = reached_through(emulator, endpoint).data.id
    emulator.settle(deployment)
    emulator.finished(client.deactivate_model_deployment(deployment))
    another = private_endpoint(emulator)
    emulator.finished(another)
    emulator.orders.add(Order(Fault.STUCK, "update_model_deployment"))
    model = client.get_model_deployment(deployment).data.model_deployment_configuration_details
    details = configuration(model.model_configuration_details.model_id, update=True, triton=False)
    instance = details.model_configuration_details.instance_configuration
    instance.subnet_id, instance.network_access_type = "ocid1.subnet.oc1.iad.s", "CUSTOM_NETWORKING"
    instance.private_endpoint_id = another.data.id
    asked = m.UpdateModelDeploymentDetails(model_deployment_configuration_details=details)
    updated = client.update_model_deployment(deployment, asked)
    for one in (endpoint, another.data.id):
        assert refused(client.delete_data_science_private_endpoint, one)[:2] == (409, "Conflict")
    emulator.orders.release()
    emulator.finished(updated)
    emulator.finished(client.delete_data_science_private_endpoint(endpoint))
