"""Compute targets and the deployments on them: documents, states and work, through the real SDK."""

from collections.abc import Iterator
from typing import Any

import pytest
from oci.data_science import models as m

from datascience_emulator.faults.orders import Fault, Order
from tests.support.clusters import autoscaling, compute_target, deploy, flex, flex_update, resources
from tests.support.refusing import refused

RELATED = (400, "RelatedResourceNotAuthorizedOrNotFound")


@pytest.fixture
def target(emulator: Any) -> str:
    return str(_made(emulator))


def _made(emulator: Any, **more: Any) -> Any:
    created = compute_target(emulator, **more)
    emulator.finished(created)
    return created.data.id


@pytest.fixture
def project(emulator: Any) -> str:
    return str(emulator.project())


@pytest.fixture
def model(emulator: Any, project: str, make_artifact: Any) -> str:
    return str(emulator.model(project, make_artifact("one")))


@pytest.fixture
def deployment(emulator: Any, project: str, model: str, target: str) -> Iterator[str]:
    created = deploy(emulator, flex(model, target), project)
    emulator.finished(created)
    return str(created.data.id)


def test_the_life_of_a_target(emulator: Any) -> None:
    client = emulator.client
    created = compute_target(emulator, description="about", metadata={"KEY": "v"}, freeform_tags={"a": "1"})
    assert (created.status, created.data.lifecycle_state) == (200, "CREATING")
    assert created.data.compute_target_system_data.current_instance_count == 0
    work = emulator.finished(created)
    assert (work.operation_type, work.status) == ("COMPUTE_TARGET_CREATE", "SUCCEEDED")
    assert (work.resources[0].entity_type, work.resources[0].action_type) == ("compute-target", "CREATED")
    found = client.get_compute_target(created.data.id)
    one = found.data
    assert (one.lifecycle_state, one.description, one.metadata) == ("ACTIVE", "about", {"KEY": "v"})
    assert isinstance(one.compute_target_system_data, m.ManagedComputeClusterSystemData)
    assert one.compute_target_system_data.current_instance_count == 2
    details = one.compute_configuration_details.instance_configuration.instance_shape_details
    assert (details.ocpus, details.memory_in_gbs) == (4.0, 64.0)

    changes = m.UpdateComputeTargetDetails(
        display_name="new",
        compute_configuration_details=m.UpdateManagedComputeClusterConfigurationDetails(
            scaling_policy=m.ManagedComputeClusterFixedSizeScalingPolicy(instance_count=3)
        ),
    )
    stale = refused(client.update_compute_target, one.id, changes, if_match="x")
    assert stale[:2] == (412, "NoEtagMatch")
    updated = client.update_compute_target(one.id, changes, if_match=found.headers["etag"])
    assert (updated.status, updated.data) == (202, None)
    work = emulator.finished(updated)
    assert (work.operation_type, work.resources[0].action_type) == ("COMPUTE_TARGET_UPDATE", "UPDATED")
    after = client.get_compute_target(one.id).data
    assert (after.display_name, after.compute_target_system_data.current_instance_count) == ("new", 3)
    assert after.compute_configuration_details.instance_configuration.boot_volume_size_in_gbs == 100

    deleted = client.delete_compute_target(one.id)
    assert emulator.finished(deleted).operation_type == "COMPUTE_TARGET_DELETE"
    assert client.get_compute_target(one.id).data.lifecycle_state == "DELETED"
    assert refused(client.delete_compute_target, one.id)[0] == 404


def test_lists_and_shapes(emulator: Any) -> None:
    one, two = _made(emulator, name="b", description="about"), _made(emulator, name="a")
    emulator.finished(emulator.client.delete_compute_target(two))

    def listed(**filters: Any) -> list[str]:
        return [
            each.id for each in emulator.client.list_compute_targets(emulator.compartment, **filters).data
        ]

    assert listed() == listed(sort_by="displayName") == [two, one]
    assert listed(sort_order="ASC") == [one, two]
    assert listed(id=one) == listed(display_name="b") == listed(lifecycle_state="ACTIVE") == [one]
    assert listed(limit=1) == [two]
    body = emulator.raw("GET", f"/computeTargets?compartmentId={emulator.compartment}").json()
    assert {"description", "metadata", "computeConfigurationDetails"}.isdisjoint(body[0])
    shapes = emulator.client.list_compute_target_shapes(emulator.compartment, limit=2)
    assert len(shapes.data) == 2
    assert (shapes.data[0].core_count, shapes.data[0].shape_series) == (64, "AMD_ROME")
    assert shapes.headers["opc-next-page"]


def test_states_and_bodies_that_are_refused(emulator: Any, target: str) -> None:
    client = emulator.client
    emulator.orders.add(Order(Fault.HOLD, "update_compute_target"))
    update = client.update_compute_target(target, m.UpdateComputeTargetDetails(description="x"))
    assert client.get_compute_target(target).data.lifecycle_state == "UPDATING"
    details = m.ChangeComputeTargetCompartmentDetails(compartment_id=emulator.config["tenancy"])
    for call in (
        lambda: client.delete_compute_target(target),
        lambda: client.update_compute_target(target, m.UpdateComputeTargetDetails()),
        lambda: client.change_compute_target_compartment(target, details),
    ):
        assert refused(call)[:2] == (409, "IncorrectState")
    emulator.orders.release()
    emulator.finished(update)
    assert "opc-work-request-id" not in client.change_compute_target_compartment(target, details).headers
    assert client.get_compute_target(target).data.compartment_id == emulator.config["tenancy"]
    assert refused(_made, emulator, metadata={"K": "v"})[:2] == (400, "InvalidParameter")
    assert refused(_made, emulator, metadata={"KEY": "v" * 2048})[:2] == (400, "InvalidParameter")


# -- deployments on them


@pytest.mark.shows("flex")
def test_a_deployment_on_a_target(emulator: Any, deployment: str, target: str, model: str) -> None:
    found = emulator.client.get_model_deployment(deployment).data
    assert found.lifecycle_state == "ACTIVE"
    config = found.model_deployment_configuration_details
    assert isinstance(config, m.SingleModelDeploymentFlexConfigurationDetails)
    infrastructure = config.infrastructure_configuration_details
    assert (config.model_configuration_details.model_id, infrastructure.compute_target_id) == (model, target)
    size = infrastructure.model_deployment_resource_configuration.resource_request_configuration
    assert (size.ocpus, size.memory_in_gbs, size.gpus) == (1.0, 8.0, 0)
    assert config.environment_configuration_details.image_digest.startswith("sha256:")
    assert found.model_deployment_system_data is None
    raw = emulator.raw("GET", f"/modelDeployments/{deployment}").json()["modelDeploymentConfigurationDetails"]
    request = raw["infrastructureConfigurationDetails"]["modelDeploymentResourceConfiguration"]
    assert type(request["resourceRequestConfiguration"]["ocpus"]) is float
    answer = emulator.predict(deployment)
    assert (answer.status_code, answer.json()["code"]) == (503, "ServiceUnavailable")
    assert "compute targets" in answer.json()["message"]
    (state,) = emulator.client.list_model_deployment_model_states(deployment, emulator.compartment).data
    assert state.model_id == model
    assert emulator.serving.rolls == []


def test_its_scaling_with_every_field(emulator: Any, project: str, model: str, target: str) -> None:
    created = deploy(emulator, flex(model, target, autoscaling(initial=0), resources(2, limit=4)), project)
    narrow = flex(model, target, size=resources(2, limit=1))
    assert refused(deploy, emulator, narrow, project)[:2] == (400, "InvalidParameter")
    emulator.finished(created)
    infrastructure = emulator.raw("GET", f"/modelDeployments/{created.data.id}").json()[
        "modelDeploymentConfigurationDetails"
    ]["infrastructureConfigurationDetails"]
    (policy,) = infrastructure["scalingPolicy"]["autoScalingPolicies"]
    assert [policy[f"{name}InstanceCount"] for name in ("minimum", "initial", "maximum")] == [0, 0, 4]
    assert policy["scaleInPolicy"] == {
        "pendingDuration": "PT1M",
        "instanceCountAdjustment": 1,
        "coolDownInSeconds": 60,
    }
    assert [rule["scaleConfiguration"]["threshold"] for rule in policy["rules"]] == [70.0, 0.5]
    system = emulator.client.get_model_deployment(created.data.id).data.model_deployment_system_data
    assert isinstance(system, m.ManagedComputeClusterModelDeploymentSystemData)
    assert system.current_instance_count == 0


def test_updates(emulator: Any, deployment: str, project: str, make_artifact: Any) -> None:
    client = emulator.client
    scaling = m.ManagedComputeClusterWorkloadFixedSizeScalingPolicy(instance_count=3)
    size = resources(2)
    for details in (
        flex_update(scaling_policy=scaling, model_deployment_resource_configuration=size),
        flex_update(emulator.model(project, make_artifact("two")), scaling_policy=scaling),
        flex_update(scaling_policy=autoscaling()),
    ):
        assert emulator.finished(client.update_model_deployment(deployment, details)).status == "SUCCEEDED"
    config = client.get_model_deployment(deployment).data.model_deployment_configuration_details
    infrastructure = config.infrastructure_configuration_details
    assert infrastructure.scaling_policy.policy_type == "AUTOSCALING"
    kept = infrastructure.model_deployment_resource_configuration.resource_request_configuration
    assert kept.ocpus == 2.0, "may be left out of an update, not of a deployment"
    for step in (client.deactivate_model_deployment, client.activate_model_deployment):
        assert emulator.finished(step(deployment)).status == "SUCCEEDED"


def test_updates_that_are_refused(emulator: Any, deployment: str, target: str, project: str) -> None:
    client, other = emulator.client, _made(emulator)

    def update(**infrastructure: Any) -> tuple[int, str, str]:
        return refused(client.update_model_deployment, deployment, flex_update(**infrastructure))

    for _ in ("while it is active", "while it is inactive"):
        status, code, message = update(compute_target_id=other)
        assert (status, code) == (400, "InvalidParameter")
        assert "computeTargetId" in message
        if client.get_model_deployment(deployment).data.lifecycle_state == "ACTIVE":
            assert update(scaling_policy=autoscaling(), model_deployment_resource_configuration=resources(2))[
                :2
            ] == (400, "InvalidParameter")
            emulator.finished(client.deactivate_model_deployment(deployment))
    assert refused(emulator.update, deployment, "x")[:2] == (400, "InvalidParameter"), "another type"


def test_targets_that_are_not_there(emulator: Any, project: str, model: str, target: str) -> None:
    status, code, message = refused(deploy, emulator, flex(model, "ocid1.x.oc1.iad.x"), project)
    assert (status, code) == RELATED
    assert "computeTargetId" in message
    emulator.finished(emulator.client.delete_compute_target(target))
    assert refused(deploy, emulator, flex(model, target), project)[:2] == RELATED


def test_a_target_in_use_is_not_deleted(emulator: Any, deployment: str, target: str) -> None:
    status, code, message = refused(emulator.client.delete_compute_target, target)
    assert (status, code) == (409, "Conflict")
    assert deployment in message
    emulator.finished(emulator.client.delete_model_deployment(deployment))
    emulator.finished(emulator.client.delete_compute_target(target))


def test_after_a_restart_it_still_says_why_nothing_serves(
    emulator: Any, deployment: str, start: Any, until: Any
) -> None:
    emulator.close()
    again = start()
    until(lambda: "compute targets" in again.predict(deployment).text)
    assert again.client.get_model_deployment(deployment).data.lifecycle_state == "ACTIVE"


def test_containers_of_the_service(emulator: Any) -> None:
    def listed(**filters: Any) -> list[tuple[str, str]]:
        return [(one.container_name, one.tag) for one in emulator.client.list_containers(**filters).data]

    everything = listed()
    assert len(everything) > 3
    assert len(listed(is_latest=True)) == len(everything) - 1
    (vllm,) = listed(container_name="odsc-vllm-serving", is_latest=True)
    assert listed(tag_query_param=vllm[1], container_name=vllm[0]) == [vllm]
    assert listed(usage_query_param="FINE_TUNE") == listed(display_name="Fine-tuning")
    assert set(listed(target_workload="JOB_RUN")) < set(everything)
    assert listed(lifecycle_state="INACTIVE") == []
    assert len(listed(limit=2)) == 2
    assert emulator.raw("GET", "/containers?isLatest=maybe").status_code == 400
    (one,) = emulator.client.list_containers(container_name="odsc-vllm-serving", is_latest=True).data
    assert one.workload_configuration_details_list[0].server_port == 8080
