"""Updates of deployments of one model: one group of options at a time while they serve, all at once when
stopped.
"""

import oci
from oci.data_science import models as m

from tests.conformance.cases import deployment_parts as parts
from tests.conformance.cases import deployments, endpoints, models, signatures
from tests.support.operations import World, case


def to_model(
    model: str, environment: object, *, signature: str | None = None, **more: object
) -> m.UpdateModelDeploymentDetails:
    """A whole configuration, as every client sends it: what is left out of an object may be reset."""
    part = m.UpdateModelConfigurationDetails(
        model_id=model, model_artifact_signature_id=signature, **parts.pool(**more)
    )
    configuration = m.UpdateSingleModelDeploymentConfigurationDetails(
        model_configuration_details=part, environment_configuration_details=environment
    )
    return m.UpdateModelDeploymentDetails(model_deployment_configuration_details=configuration)


def byoc(**container: object) -> m.UpdateOcirModelDeploymentEnvironmentConfigurationDetails:
    return m.UpdateOcirModelDeploymentEnvironmentConfigurationDetails(**container)


def updated(world: World, deployment: str, details: m.UpdateModelDeploymentDetails) -> m.ModelDeployment:
    """The deployment after the update: in the state that it was in before, and with the same URL."""
    before = world.client.get_model_deployment(deployment)
    answer = world.client.update_model_deployment(deployment, details)
    assert answer.status == 202
    work = world.succeeded(answer, "MODEL_DEPLOYMENT_UPDATE")
    (one,) = [one for one in work.resources if one.identifier == deployment]
    assert one.action_type == "UPDATED"
    after = world.client.get_model_deployment(deployment)
    assert after.headers["etag"] != before.headers["etag"]
    assert after.data.lifecycle_state == before.data.lifecycle_state
    assert after.data.model_deployment_url == before.data.model_deployment_url
    return after.data


def _model_of(deployment: m.ModelDeployment) -> m.ModelConfigurationDetails:
    return deployment.model_deployment_configuration_details.model_configuration_details


def _digest_of(deployment: m.ModelDeployment) -> str:
    environment = deployment.model_deployment_configuration_details.environment_configuration_details
    return str(environment.image_digest)


@case("update_model_deployment")
def all_at_once_while_stopped(world: World) -> None:
    made = deployments.make(world)
    deployments.stopped(world, made.data.id)
    model, endpoint = models.ready(world, made.data.project_id), endpoints.make(world).data.id
    details = to_model(
        model,
        byoc(**parts.container(world)),
        signature=signatures.make(world, model).data.id,
        instance_configuration=parts.own_network(world, endpoint, ocpus=2),
        scaling_policy=parts.fixed(2),
        bandwidth_mbps=20,
        maximum_bandwidth_mbps=40,
    )
    details.display_name, details.description = "changed", "also"
    details.freeform_tags, details.defined_tags = {"a": "b"}, {}
    details.category_log_details = m.UpdateCategoryLogDetails(**parts.logs(world))
    etag = world.client.get_model_deployment(made.data.id).headers["etag"]
    answer = world.guarded("update_model_deployment", made.data.id, details, etag=etag)
    world.succeeded(answer, "MODEL_DEPLOYMENT_UPDATE")
    _is_as_asked(world, made.data.id, details)
    world.succeeded(world.client.activate_model_deployment(made.data.id), "MODEL_DEPLOYMENT_ACTIVATE")
    found = world.client.get_model_deployment(made.data.id).data
    assert found.lifecycle_state == "ACTIVE"


def _is_as_asked(world: World, deployment: str, details: m.UpdateModelDeploymentDetails) -> None:
    found = world.client.get_model_deployment(deployment).data
    assert found.lifecycle_state == "INACTIVE"
    assert (found.display_name, found.description, found.freeform_tags) == ("changed", "also", {"a": "b"})
    logs = found.category_log_details
    assert {"access": logs.access, "predict": logs.predict} == parts.logs(world)
    asked, now = (one.model_deployment_configuration_details for one in (details, found))
    for part in ("model_configuration_details", "environment_configuration_details"):
        wanted, got = getattr(asked, part), getattr(now, part)
        for name in wanted.swagger_types:
            assert getattr(got, name) == getattr(wanted, name), f"{part}.{name}"


@case("update_model_deployment")
def one_group_at_a_time_while_serving(world: World) -> None:
    made = deployments.make(world).data
    model, container = _model_of(made).model_id, parts.plain_container(world, image_digest=_digest_of(made))
    names = m.UpdateModelDeploymentDetails(
        display_name="changed", description="also", freeform_tags={"a": "b"}, defined_tags={}
    )
    found = updated(world, made.id, names)
    assert (found.display_name, found.freeform_tags) == ("changed", {"a": "b"})
    other = models.ready(world, made.project_id)
    core = {"instance_configuration": parts.instance(2), "scaling_policy": parts.fixed(2)}
    found = updated(world, made.id, to_model(other, byoc(**container), **core))
    assert _model_of(found).model_id == other != model
    assert _model_of(found).instance_configuration == parts.instance(2)
    wide = {**core, "bandwidth_mbps": 20, "maximum_bandwidth_mbps": 40}
    found = updated(world, made.id, to_model(other, byoc(**container), **wide))
    assert (_model_of(found).bandwidth_mbps, _model_of(found).maximum_bandwidth_mbps) == (20, 40)
    container["environment_variables"] = {"WEB_CONCURRENCY": "2"}
    found = updated(world, made.id, to_model(other, byoc(**container), **wide))
    environment = found.model_deployment_configuration_details.environment_configuration_details
    assert environment.environment_variables == {"WEB_CONCURRENCY": "2"}


@case("update_model_deployment")
def logs_while_serving(world: World) -> None:
    deployment = deployments.make(world).data.id
    logs = m.UpdateCategoryLogDetails(**parts.logs(world))
    found = updated(world, deployment, m.UpdateModelDeploymentDetails(category_log_details=logs))
    assert found.category_log_details.predict == parts.logs(world)["predict"]


@case("update_model_deployment")
def scaling_while_serving(world: World) -> None:
    made = deployments.make(world).data
    model = _model_of(made).model_id
    container = byoc(**parts.plain_container(world, image_digest=_digest_of(made)))
    for policy in (
        parts.autoscaling(parts.on_load()),
        parts.autoscaling(parts.on_load(), maximum=3),
        parts.autoscaling(parts.on_query()),
        parts.fixed(2),
    ):
        found = updated(world, made.id, to_model(model, container, scaling_policy=policy))
        assert _model_of(found).scaling_policy == policy


@case("update_model_deployment")
def network_while_serving(world: World) -> None:
    """To a network of one's own is allowed; the way back is not."""
    made = deployments.make(world).data
    model = _model_of(made).model_id
    container = byoc(**parts.plain_container(world, image_digest=_digest_of(made)))
    own = parts.instance(subnet_id=world.outside["subnet"], network_access_type="CUSTOM_NETWORKING")
    found = updated(world, made.id, to_model(model, container, instance_configuration=own))
    assert _model_of(found).instance_configuration == own
    back = to_model(model, container)
    world.refused(400, "InvalidParameter", world.client.update_model_deployment, made.id, back)


@case("update_model_deployment")
def from_the_managed_environment(world: World) -> None:
    made = deployments.make(world).data
    deployments.stopped(world, made.id)
    managed = m.UpdateDefaultModelDeploymentEnvironmentConfigurationDetails(
        environment_variables={"WEB_CONCURRENCY": "1"}
    )
    found = updated(world, made.id, to_model(_model_of(made).model_id, managed))
    environment = found.model_deployment_configuration_details.environment_configuration_details
    assert environment.environment_configuration_type == "DEFAULT"
    assert environment.environment_variables == {"WEB_CONCURRENCY": "1"}


@case("update_model_deployment")
def nothing(world: World) -> None:
    """What is sent unchanged is no change: a work request all the same, and it succeeds."""
    made = deployments.make(world).data
    same = m.UpdateModelDeploymentDetails(display_name=made.display_name)
    answer: oci.Response = world.client.update_model_deployment(made.id, same)
    world.succeeded(answer, "MODEL_DEPLOYMENT_UPDATE")
    after = world.client.get_model_deployment(made.id).data
    assert after.model_deployment_configuration_details == made.model_deployment_configuration_details
