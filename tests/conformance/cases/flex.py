"""Deployments of type SINGLE_MODEL_FLEX: one model on a compute target."""

import oci
from oci.data_science import models as m

from tests.conformance.cases import compute_targets, deployments, models, projects, signatures
from tests.conformance.cases import deployment_parts as parts
from tests.conformance.cases.deployment_updates import updated
from tests.support.operations import World, case


def configuration(
    model: str, target: str, environment: object, signature: str | None = None, **more: object
) -> m.SingleModelDeploymentFlexConfigurationDetails:
    return m.SingleModelDeploymentFlexConfigurationDetails(
        model_configuration_details=m.SingleModelConfigurationDetails(
            model_id=model, model_artifact_signature_id=signature
        ),
        infrastructure_configuration_details=m.ManagedComputeClusterModelDeployInfrastructureConfigDetails(
            compute_target_id=target,
            **{
                "model_deployment_resource_configuration": parts.resources(),
                "scaling_policy": parts.replicas(),
                **more,
            },
        ),
        environment_configuration_details=environment,
    )


def make(world: World, given: m.SingleModelDeploymentFlexConfigurationDetails, project: str) -> oci.Response:
    answer = world.client.create_model_deployment(deployments.details(world, project, given))
    world.delete_later("delete_model_deployment", answer.data.id)
    return deployments.serving(world, answer)


@case("create_model_deployment")
def create(world: World) -> None:
    project, target = projects.make(world).data.id, compute_targets.make(world).data.id
    model = models.ready(world, project)
    given = configuration(
        model, target, deployments.byoc(**parts.container(world)), signatures.make(world, model).data.id
    )
    found = make(world, given, project).data
    assert found.model_deployment_configuration_details == given
    assert found.model_deployment_system_data is None


@case("create_model_deployment")
def create_that_scales(world: World) -> None:
    project, target = projects.make(world).data.id, compute_targets.make(world).data.id
    environment = m.DefaultModelDeploymentEnvironmentConfigurationDetails(
        environment_variables={"WEB_CONCURRENCY": "1"}
    )
    for rule in (parts.to_load(), parts.to_query()):
        model, policy = models.ready(world, project), parts.scaled(rule)
        given = configuration(model, target, environment, scaling_policy=policy)
        found = make(world, given, project).data
        assert found.model_deployment_configuration_details == given
        assert found.model_deployment_system_data.system_infra_type == "MANAGED_COMPUTE_CLUSTER"


def _to(
    target: str,
    model: str,
    environment: object,
    scaling: object,
    ocpus: float = 0.5,
    signature: str | None = None,
) -> m.UpdateModelDeploymentDetails:
    infrastructure = m.UpdateManagedComputeClusterModelDeployInfrastructureConfigDetails(
        compute_target_id=target,
        model_deployment_resource_configuration=parts.resources(ocpus),
        scaling_policy=scaling,
    )
    config = m.UpdateSingleModelDeploymentFlexConfigurationDetails(
        model_configuration_details=m.UpdateSingleModelConfigurationDetails(
            model_id=model, model_artifact_signature_id=signature
        ),
        infrastructure_configuration_details=infrastructure,
        environment_configuration_details=environment,
    )
    return m.UpdateModelDeploymentDetails(model_deployment_configuration_details=config)


@case("update_model_deployment")
def update(world: World) -> None:
    project, target = projects.make(world).data.id, compute_targets.make(world).data.id
    model, container = models.ready(world, project), parts.container(world)
    given = configuration(model, target, deployments.byoc(**container))
    deployment = make(world, given, project).data.id
    same = m.UpdateOcirModelDeploymentEnvironmentConfigurationDetails(**container)
    for policy in (parts.scaled(parts.to_load()), parts.scaled(parts.to_query()), parts.replicas(2)):
        found = updated(world, deployment, _to(target, model, same, policy))
        infrastructure = found.model_deployment_configuration_details.infrastructure_configuration_details
        assert infrastructure.scaling_policy == policy
    found = updated(world, deployment, _to(target, model, same, parts.replicas(2), 0.75))
    infrastructure = found.model_deployment_configuration_details.infrastructure_configuration_details
    assert infrastructure.model_deployment_resource_configuration == parts.resources(0.75)
    other = models.ready(world, project)
    signature = signatures.make(world, other).data.id
    details = _to(target, other, same, parts.replicas(2), 0.75, signature)
    now = updated(world, deployment, details).model_deployment_configuration_details
    assert now.model_configuration_details.model_id == other
    assert now.model_configuration_details.model_artifact_signature_id == signature


@case("update_model_deployment")
def update_never_moves_it(world: World) -> None:
    """ "You can update the modelDeploymentResourceConfiguration and scalingPolicy properties" (SDK)."""
    project, target = projects.make(world).data.id, compute_targets.make(world).data.id
    model, container = models.ready(world, project), parts.container(world)
    deployment = make(world, configuration(model, target, deployments.byoc(**container)), project).data.id
    same = m.UpdateOcirModelDeploymentEnvironmentConfigurationDetails(**container)
    details = _to(compute_targets.make(world).data.id, model, same, parts.replicas())
    call = world.client.update_model_deployment
    world.refused(400, "InvalidParameter", call, deployment, details)
