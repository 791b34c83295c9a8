"""Specs and plans as the bodies of the service's requests, in the SDK's classes. Pure.

Nested objects are replaced whole by the service (docs/service.md §0.5, §3.4). So an update starts from what
is live: a part that is as it should be is sent as it came, with all that we do not model, and the rest is
made anew. Secrets are revealed here and nowhere else.
"""

from collections.abc import Collection, Mapping
from typing import Any, assert_never

import oci
from oci.data_science import models

from reconciler.adapters.oci_mapping import Sdk, container_of, instance_of, scaling_of
from reconciler.core.errors import Failed
from reconciler.core.fields import Group
from reconciler.core.live import Marks, join_tags
from reconciler.core.values import (
    Autoscaling,
    Configuration,
    Container,
    FixedScaling,
    Instance,
    LogRef,
    Logs,
    Scaling,
    Secret,
    Variable,
)

IN_CONFIGURATION_DETAILS = frozenset({Group.BANDWIDTH, Group.SCALING, Group.CONTAINER, Group.CORE})
"""The groups whose fields are in modelDeploymentConfigurationDetails."""

UNKNOWN = "UNKNOWN_ENUM_VALUE"
"""What the SDK makes of an enum value that it does not know, and would send (docs/service.md §5.8)."""


def create_details(
    configuration: Configuration, model: str, marks: Marks, project: str, compartment: str
) -> models.CreateModelDeploymentDetails:
    """The body that creates a deployment."""
    container = {key: value for key, value in _container(configuration.container).items() if value}
    details = models.SingleModelDeploymentConfigurationDetails(
        model_configuration_details=models.ModelConfigurationDetails(
            model_id=model,
            instance_configuration=_instance(configuration.instance, None),
            scaling_policy=_scaling(configuration.scaling, None),
            **_bandwidth(configuration),
        ),
        environment_configuration_details=models.OcirModelDeploymentEnvironmentConfigurationDetails(
            **container, environment_variables=_variables(configuration.container.environment)
        ),
    )
    return models.CreateModelDeploymentDetails(
        display_name=configuration.name,
        description=configuration.description or None,
        project_id=project,
        compartment_id=compartment,
        model_deployment_configuration_details=details,
        category_log_details=_logs(models.CategoryLogDetails, configuration.logs),
        freeform_tags=dict(join_tags(configuration.labels, marks)),
    )


def update_details(
    groups: Collection[Group], configuration: Configuration, model: str, marks: Marks, live: Sdk
) -> models.UpdateModelDeploymentDetails:
    """The body that changes these groups of a deployment. `live` is the ModelDeployment as it is now.

    Raises Failed when something would have to be sent that the installed SDK does not know.
    """
    parts: dict[str, Any] = {}
    if Group.METADATA in groups:
        parts |= {
            "display_name": configuration.name,
            "description": configuration.description,
            "freeform_tags": dict(join_tags(configuration.labels, marks)),
        }
    if Group.LOGS in groups:
        parts["category_log_details"] = _logs(models.UpdateCategoryLogDetails, configuration.logs)
    if IN_CONFIGURATION_DETAILS & set(groups):
        parts["model_deployment_configuration_details"] = _updated(configuration, model, live)
    details = models.UpdateModelDeploymentDetails(**parts)
    _refuse_unknown(details, live)
    return details


def _updated(configuration: Configuration, model: str, live: Sdk) -> Sdk:
    now = live.model_deployment_configuration_details
    old, environment = now.model_configuration_details, now.environment_configuration_details
    signature = old.model_artifact_signature_id if old.model_id == model else None
    return models.UpdateSingleModelDeploymentConfigurationDetails(
        model_configuration_details=models.UpdateModelConfigurationDetails(
            model_id=model,
            model_artifact_signature_id=signature,
            instance_configuration=_instance(configuration.instance, old.instance_configuration),
            scaling_policy=_scaling(configuration.scaling, old.scaling_policy),
            **_bandwidth(configuration),
        ),
        environment_configuration_details=_environment(configuration.container, environment),
    )


def _instance(instance: Instance, old: Sdk) -> models.InstanceConfiguration:
    """The manifest says nothing of networks and reservations: they stay."""
    if old is not None and instance_of(old) == instance:
        return old
    same_shape = old is not None and old.instance_shape_name == instance.shape
    return models.InstanceConfiguration(
        instance_shape_name=instance.shape,
        model_deployment_instance_shape_config_details=_shape(instance, old if same_shape else None),
        subnet_id=old and old.subnet_id,
        private_endpoint_id=old and old.private_endpoint_id,
        network_access_type=old and old.network_access_type,
        capacity_reservation_ids=old and old.capacity_reservation_ids,
    )


def _shape(instance: Instance, old: Sdk) -> models.ModelDeploymentInstanceShapeConfigDetails | None:
    if instance.ocpus is None and instance.memory_gbs is None:
        return None
    details = old and old.model_deployment_instance_shape_config_details
    return models.ModelDeploymentInstanceShapeConfigDetails(
        ocpus=instance.ocpus,
        memory_in_gbs=instance.memory_gbs,
        cpu_baseline=details and details.cpu_baseline,
    )


def _scaling(scaling: Scaling, old: Sdk) -> Sdk:
    if old is not None and scaling_of(old) == scaling:
        return old
    match scaling:
        case FixedScaling(instances):
            return models.FixedSizeScalingPolicy(instance_count=instances)
        case Autoscaling():
            return _autoscaling(scaling, old)
        case _:
            assert_never(scaling)


def _autoscaling(scaling: Autoscaling, old: Sdk) -> models.AutoScalingPolicy:
    rule = models.PredefinedMetricExpressionRule(
        metric_type=models.PredefinedMetricExpressionRule.METRIC_TYPE_CPU_UTILIZATION,
        scale_out_configuration=_threshold(scaling.scale_out_percent),
        scale_in_configuration=_threshold(scaling.scale_in_percent),
    )
    policy = models.ThresholdBasedAutoScalingPolicyDetails(
        rules=[rule],
        minimum_instance_count=scaling.minimum,
        maximum_instance_count=scaling.maximum,
        initial_instance_count=_initial(scaling, old),
    )
    return models.AutoScalingPolicy(
        is_enabled=True, cool_down_in_seconds=scaling.cool_down_seconds, auto_scaling_policies=[policy]
    )


def _initial(scaling: Autoscaling, old: Sdk) -> int:
    """A changed initial count resets the number of instances (docs/service.md §1.6), so the old one is kept
    as far as the limits allow; from a fixed count, that count.
    """
    policies = getattr(old, "auto_scaling_policies", None)
    before = policies[0].initial_instance_count if policies else getattr(old, "instance_count", None)
    return min(max(before or scaling.minimum, scaling.minimum), scaling.maximum)


def _threshold(percent: int) -> models.PredefinedExpressionThresholdScalingConfiguration:
    return models.PredefinedExpressionThresholdScalingConfiguration(threshold=percent)


def _bandwidth(configuration: Configuration) -> dict[str, int | None]:
    bandwidth = configuration.bandwidth
    if bandwidth is None:
        return {}
    return {"bandwidth_mbps": bandwidth.minimum, "maximum_bandwidth_mbps": bandwidth.maximum}


def _environment(container: Container, old: Sdk) -> Sdk:
    """What is empty is said to be so: whether leaving it out keeps it is not known (docs/service.md §3.4)."""
    kind = models.UpdateOcirModelDeploymentEnvironmentConfigurationDetails
    if not isinstance(old, models.OcirModelDeploymentEnvironmentConfigurationDetails):
        return kind(**_container(container), environment_variables=_variables(container.environment))
    extras = {
        "predict_api_specification": old.predict_api_specification,
        "custom_http_endpoints": old.custom_http_endpoints,
    }
    if old.image == container.image:
        extras["image_signature_id"] = old.image_signature_id
    variables = _variables(container.environment)
    if container.environment is None or _same(container, old, variables):
        kept = {name: getattr(old, name) for name in _container(container)}
        return kind(**kept, **extras, environment_variables=old.environment_variables)
    return kind(**_container(container), **extras, environment_variables=variables)


def _same(container: Container, old: Sdk, variables: Mapping[str, str]) -> bool:
    """Whether the container is as it should be; a secret counts by its value."""
    now = container_of(old)
    plain = Container(
        container.image,
        container.digest,
        container.command,
        container.entrypoint,
        container.port,
        container.health_port,
        now.environment,
    )
    return plain == now and dict(variables) == dict(now.environment or ())


def _container(container: Container) -> dict[str, Any]:
    """Without a digest, an empty one has the service look the tag up (docs/service.md §1.6, image)."""
    return {
        "image": container.image,
        "image_digest": container.digest or "",
        "cmd": list(container.command),
        "entrypoint": list(container.entrypoint),
        "server_port": container.port,
        "health_check_port": container.health_port,
    }


def _variables(variables: tuple[Variable, ...] | None) -> dict[str, str]:
    return {key: value.value if isinstance(value, Secret) else value for key, value in variables or ()}


def _logs(kind: Sdk, logs: Logs) -> Sdk:
    if logs.access is None and logs.predict is None:
        return None
    return kind(access=_log(logs.access), predict=_log(logs.predict))


def _log(log: LogRef | None) -> models.LogDetails | None:
    return log and models.LogDetails(log_group_id=log.group, log_id=log.log)


def _refuse_unknown(details: Sdk, live: Sdk) -> None:
    if _mentions_unknown(oci.util.to_dict(details)):
        raise Failed(
            f"{live.id} uses a setting that the installed OCI SDK {oci.__version__} does not know and could "
            "not send back unchanged. Upgrade it: pip install --upgrade oci"
        )


def _mentions_unknown(value: object) -> bool:
    if isinstance(value, dict):
        return any(_mentions_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(_mentions_unknown(item) for item in value)
    return bool(value == UNKNOWN)
