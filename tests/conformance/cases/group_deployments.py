"""Deployments of model groups: all their fields, their models, and updates with another group."""

import oci
from oci.data_science import models as m

from tests.conformance.cases import deployment_parts as parts
from tests.conformance.cases import deployments, endpoints, groups, models, projects
from tests.conformance.cases.deployment_updates import updated
from tests.support.operations import World, case


def configuration(
    group: str, environment: object, **more: object
) -> m.ModelGroupDeploymentConfigurationDetails:
    return m.ModelGroupDeploymentConfigurationDetails(
        model_group_configuration_details=m.ModelGroupConfigurationDetails(model_group_id=group),
        infrastructure_configuration_details=m.InstancePoolInfrastructureConfigurationDetails(
            **parts.pool(**more)
        ),
        environment_configuration_details=environment,
    )


def make(world: World, project: str, group: str, **more: object) -> oci.Response:
    """A deployment of the group that serves: what get answers."""
    environment = deployments.byoc(**parts.plain_container(world))
    return _made(world, project, configuration(group, environment, **more))


def _made(world: World, project: str, given: object) -> oci.Response:
    answer = world.client.create_model_deployment(deployments.details(world, project, given))
    world.delete_later("delete_model_deployment", answer.data.id)
    return deployments.serving(world, answer)


@case("create_model_deployment")
def create(world: World) -> None:
    project = projects.make(world).data.id
    network = parts.own_network(world, endpoints.make(world).data.id)
    full = deployments.byoc(**parts.container(world))
    plain = deployments.byoc(**parts.container(world))
    fixed = configuration(groups.make(world, project).data.id, full, instance_configuration=network)
    scaling = parts.autoscaling(parts.on_query())
    scaled = configuration(groups.make(world, project).data.id, plain, scaling_policy=scaling)
    for given in (fixed, scaled):
        found = _made(world, project, given).data
        assert found.model_deployment_configuration_details == given
        system, scales = found.model_deployment_system_data, given is not fixed
        assert (system.system_infra_type if system else None) == ("INSTANCE_POOL" if scales else None)


@case("list_model_deployment_model_states")
def model_states(world: World) -> None:
    project = projects.make(world).data.id
    first = models.make(world, project, display_name="first").data
    second = models.make(world, project, display_name="second").data
    for one in (first, second):
        world.client.create_model_artifact(one.id, b"content")
    members = groups.entries(one=first.id, two=second.id)
    asked = world.client.create_model_group(groups.details(world, project, members))
    deployment = make(world, project, groups.made(world, asked).data.id).data
    found = world.listed(
        "list_model_deployment_model_states",
        deployment.id,
        world.compartment,
        filters={
            "project_id": (project, "ocid1.datascienceproject.oc1.iad.none"),
            "display_name": ("second", "nobody"),
            "inference_key": ("two", "none"),
            "model_id": (first.id, "ocid1.datasciencemodel.oc1.iad.none"),
        },
        sorts={"displayName": "display_name"},
        key="model_id",
    )
    assert {one.inference_key: (one.model_id, one.state) for one in found} == {
        "one": (first.id, "SUCCESS"),
        "two": (second.id, "SUCCESS"),
    }
    call = world.client.list_model_deployment_model_states
    more = {"sort_by": "timeCreated", "sort_order": "ASC", "opc_retry_token": world.named("states")}
    in_order = call(deployment.id, world.compartment, **more).data
    assert [one.model_id for one in in_order] == [first.id, second.id]


def _to_group(group: str, update_type: str) -> m.UpdateModelDeploymentDetails:
    """As Oracle's samples do it: nothing but the group is sent."""
    config = m.UpdateModelGroupDeploymentConfigurationDetails(
        update_type=update_type,
        model_group_configuration_details=m.UpdateModelGroupConfigurationDetails(model_group_id=group),
    )
    return m.UpdateModelDeploymentDetails(model_deployment_configuration_details=config)


@case("update_model_deployment")
def another_group_while_serving(world: World) -> None:
    project = projects.make(world).data.id
    made = make(world, project, groups.make(world, project).data.id).data
    before = made.model_deployment_configuration_details
    for update_type in ("ZDT", "LIVE"):
        group = groups.make(world, project).data.id
        found = updated(world, made.id, _to_group(group, update_type))
        now = found.model_deployment_configuration_details
        assert now.model_group_configuration_details.model_group_id == group
        assert now.infrastructure_configuration_details == before.infrastructure_configuration_details
        assert now.environment_configuration_details == before.environment_configuration_details


@case("update_model_deployment")
def all_at_once_while_stopped(world: World) -> None:
    project = projects.make(world).data.id
    deployment = make(world, project, groups.make(world, project).data.id).data.id
    deployments.stopped(world, deployment)
    group, endpoint = groups.make(world, project).data.id, endpoints.make(world).data.id
    pool = m.UpdateInstancePoolInfrastructureConfigurationDetails(
        **parts.pool(
            instance_configuration=parts.own_network(world, endpoint, ocpus=2),
            scaling_policy=parts.autoscaling(parts.on_load()),
            bandwidth_mbps=20,
            maximum_bandwidth_mbps=40,
        )
    )
    config = m.UpdateModelGroupDeploymentConfigurationDetails(
        update_type="ZDT",
        model_group_configuration_details=m.UpdateModelGroupConfigurationDetails(model_group_id=group),
        infrastructure_configuration_details=pool,
        environment_configuration_details=m.UpdateOcirModelDeploymentEnvironmentConfigurationDetails(
            **parts.container(world)
        ),
    )
    details = m.UpdateModelDeploymentDetails(model_deployment_configuration_details=config)
    now = updated(world, deployment, details).model_deployment_configuration_details
    assert now.model_group_configuration_details.model_group_id == group
    for name in pool.swagger_types:
        assert getattr(now.infrastructure_configuration_details, name) == getattr(pool, name), name
    assert now.environment_configuration_details.cmd == parts.container(world)["cmd"]
