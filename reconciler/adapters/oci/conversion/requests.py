"""Specs and plans as the bodies of the service's requests, in the SDK's classes. Pure.

Nested objects are replaced whole by the service (docs/service.md §0.5, §3.4). So an update starts from what
is live: a part that is as it should be is sent as it came, with all that we do not model, and the rest is
made anew.
"""

from collections.abc import Iterator, Mapping
from typing import Any, assert_never

import oci
from oci.data_science import models

from reconciler.adapters.oci.conversion.container import changed_environment, new_environment
from reconciler.adapters.oci.conversion.live import (
    UNKNOWN,
    bandwidth_of,
    infrastructure_of,
    instance_of,
    network_of,
)
from reconciler.adapters.oci.conversion.scaling import policy_of
from reconciler.adapters.sdk import Sdk
from reconciler.core.model.configuration import (
    Configuration,
    DeploymentType,
    Instance,
    LogRef,
    Logs,
    Network,
    Pairs,
)
from reconciler.core.model.errors import Failed
from reconciler.core.model.live import Marks, join_tags
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.steps import UpdateDeployment

IN_CONFIGURATION_DETAILS = frozenset(
    {
        OptionGroup.BANDWIDTH,
        OptionGroup.SCALING,
        OptionGroup.NETWORK,
        OptionGroup.CONTAINER,
        OptionGroup.CORE,
        OptionGroup.MODELS,
    }
)
"""The groups whose fields are in modelDeploymentConfigurationDetails."""


def create_details(
    configuration: Configuration, model: str, marks: Marks, project: str, compartment: str
) -> models.CreateModelDeploymentDetails:
    """The body that creates a deployment; `model` is the OCID of the catalog model or, by the configuration's
    kind, of the model group.

    Raises Failed when a value is none that the installed SDK knows.
    """
    details = models.CreateModelDeploymentDetails(
        display_name=configuration.name,
        description=configuration.description or None,
        project_id=project,
        compartment_id=compartment,
        model_deployment_configuration_details=_created(configuration, model),
        category_log_details=_logs(models.CategoryLogDetails, configuration.logs),
        freeform_tags=dict(join_tags(configuration.labels, marks)),
        defined_tags=_defined_tags(configuration.defined_tags, {}) or None,
    )
    _refuse_unknown(details, f"creating {configuration.name}")
    return details


def _created(configuration: Configuration, model: str) -> Sdk:
    environment = new_environment(configuration.container)
    infrastructure = _infrastructure(configuration, None)
    match configuration.kind:
        case DeploymentType.SINGLE_MODEL:
            return models.SingleModelDeploymentConfigurationDetails(
                model_configuration_details=models.ModelConfigurationDetails(
                    model_id=model, **infrastructure
                ),
                environment_configuration_details=environment,
            )
        case DeploymentType.MODEL_GROUP:
            return models.ModelGroupDeploymentConfigurationDetails(
                model_group_configuration_details=models.ModelGroupConfigurationDetails(model_group_id=model),
                infrastructure_configuration_details=models.InstancePoolInfrastructureConfigurationDetails(
                    **infrastructure
                ),
                environment_configuration_details=environment,
            )
        case _:
            assert_never(configuration.kind)


def update_details(update: UpdateDeployment, model: str, live: Sdk) -> models.UpdateModelDeploymentDetails:
    """The body that changes the option groups of an update. `model` is the OCID of what it is to run, `live`
    the ModelDeployment as it is now.

    Raises Failed when something would have to be sent that the installed SDK does not know.
    """
    groups, configuration = update.option_groups, update.configuration
    parts: dict[str, Any] = {}
    if OptionGroup.METADATA in groups:
        parts |= _metadata(configuration, update.marks, live)
    if OptionGroup.LOGS in groups:
        parts["category_log_details"] = _logs(models.UpdateCategoryLogDetails, configuration.logs)
    if update.in_place:
        parts["model_deployment_configuration_details"] = _updated_in_place(model)
    elif IN_CONFIGURATION_DETAILS & set(groups):
        parts["model_deployment_configuration_details"] = _updated(configuration, model, live)
    details = models.UpdateModelDeploymentDetails(**parts)
    _refuse_unknown(details, f"updating {live.id}")
    return details


def _metadata(configuration: Configuration, marks: Marks, live: Sdk) -> dict[str, Any]:
    """Tags are replaced as maps (docs/service.md §3.4). Where no defined tags are or were, none are sent:
    naming them takes rights of its own. Neither is an empty description in place of none.
    """
    parts: dict[str, Any] = {
        "display_name": configuration.name,
        "description": configuration.description or (live.description and ""),
        "freeform_tags": dict(join_tags(configuration.labels, marks)),
    }
    if configuration.defined_tags or live.defined_tags:
        parts["defined_tags"] = _defined_tags(configuration.defined_tags, live.defined_tags or {})
    return parts


def _defined_tags(tags: Pairs, old: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """By namespace and key. A live value that does not change keeps its type, which may be no text."""
    by_namespace: dict[str, dict[str, Any]] = {}
    for name, value in tags:
        namespace, _, key = name.partition(".")
        before = old.get(namespace, {}).get(key)
        by_namespace.setdefault(namespace, {})[key] = before if str(before) == value else value
    return by_namespace


def _updated_in_place(group: str) -> Sdk:
    """Sends the group alone, as every sample does; the rest stays (docs/service.md §3.3, §3.4)."""
    return models.UpdateModelGroupDeploymentConfigurationDetails(
        update_type=models.UpdateModelGroupDeploymentConfigurationDetails.UPDATE_TYPE_LIVE,
        model_group_configuration_details=models.UpdateModelGroupConfigurationDetails(model_group_id=group),
    )


def _updated(configuration: Configuration, model: str, live: Sdk) -> Sdk:
    details = live.model_deployment_configuration_details
    infrastructure = _infrastructure(configuration, infrastructure_of(details))
    environment = changed_environment(configuration.container, details.environment_configuration_details)
    match configuration.kind:
        case DeploymentType.SINGLE_MODEL:
            return models.UpdateSingleModelDeploymentConfigurationDetails(
                model_configuration_details=models.UpdateModelConfigurationDetails(
                    model_id=model,
                    model_artifact_signature_id=_signature(details.model_configuration_details, model),
                    **infrastructure,
                ),
                environment_configuration_details=environment,
            )
        case DeploymentType.MODEL_GROUP:
            kind = models.UpdateModelGroupDeploymentConfigurationDetails
            pool = models.UpdateInstancePoolInfrastructureConfigurationDetails(**infrastructure)
            return kind(
                update_type=kind.UPDATE_TYPE_ZDT,
                model_group_configuration_details=models.UpdateModelGroupConfigurationDetails(
                    model_group_id=model
                ),
                infrastructure_configuration_details=pool,
                environment_configuration_details=environment,
            )
        case _:
            assert_never(configuration.kind)


def _signature(old: Sdk, model: str) -> str | None:
    """A signature belongs to the artifact of one model."""
    return old.model_artifact_signature_id if old.model_id == model else None


def _infrastructure(configuration: Configuration, old: Sdk) -> dict[str, Any]:
    """The fields that a model and a model group share; `old` is the live part, None for a new deployment."""
    instances = old and old.instance_configuration
    return {
        "instance_configuration": _instance(configuration.instance, configuration.network, instances),
        "scaling_policy": policy_of(configuration.scaling, old and old.scaling_policy),
        **_bandwidth(configuration, old),
    }


def _instance(instance: Instance, network: Network, old: Sdk) -> models.InstanceConfiguration:
    if old is not None and (instance, network) == (instance_of(old), network_of(old)):
        return old
    return models.InstanceConfiguration(
        instance_shape_name=instance.shape,
        model_deployment_instance_shape_config_details=_shape(instance),
        capacity_reservation_ids=_reservations(instance, old),
        **_network(network, old),
    )


def _shape(instance: Instance) -> models.ModelDeploymentInstanceShapeConfigDetails | None:
    if instance.ocpus is None and instance.memory_gbs is None and instance.cpu_baseline is None:
        return None
    return models.ModelDeploymentInstanceShapeConfigDetails(
        ocpus=instance.ocpus, memory_in_gbs=instance.memory_gbs, cpu_baseline=instance.cpu_baseline
    )


def _reservations(instance: Instance, old: Sdk) -> list[str] | None:
    """An empty list removes those that are live."""
    before: list[str] | None = old and old.capacity_reservation_ids
    if instance.reservations is None:
        return before
    return list(instance.reservations) or (None if not before else [])


def _network(network: Network, old: Sdk) -> dict[str, str | None]:
    """All fields: the live ones when nothing changes, or else the new ones."""
    if old is not None and (network.access is None or network == network_of(old)):
        names = ("network_access_type", "subnet_id", "private_endpoint_id")
        return {name: getattr(old, name) for name in names}
    return {
        "network_access_type": network.access and network.access.value,
        "subnet_id": network.subnet,
        "private_endpoint_id": network.private_endpoint,
    }


def _bandwidth(configuration: Configuration, old: Sdk) -> dict[str, int | None]:
    bandwidth = configuration.bandwidth
    if old is not None and bandwidth_of(old) == bandwidth:
        return {"bandwidth_mbps": old.bandwidth_mbps, "maximum_bandwidth_mbps": old.maximum_bandwidth_mbps}
    if bandwidth is None:
        return {}
    return {"bandwidth_mbps": bandwidth.minimum, "maximum_bandwidth_mbps": bandwidth.maximum}


def _logs(kind: Sdk, logs: Logs) -> Sdk:
    if logs.access is None and logs.predict is None:
        return None
    return kind(access=_log(logs.access), predict=_log(logs.predict))


def _log(log: LogRef | None) -> models.LogDetails | None:
    return log and models.LogDetails(log_group_id=log.group, log_id=log.log)


def _refuse_unknown(details: Sdk, what: str) -> None:
    fields = sorted(set(_unknown(details)))
    if fields:
        raise Failed(
            f"{what}: the installed OCI SDK {oci.__version__} does not know the value of "
            f"{', '.join(fields)}, and could not send it. Correct it, or upgrade the SDK: "
            "pip install --upgrade oci"
        )


def _unknown(part: Sdk) -> Iterator[str]:
    """The names of the fields whose value the SDK has replaced, in this part of a body and those below it."""
    for name in getattr(part, "swagger_types", ()):
        value = getattr(part, name)
        if isinstance(value, str) and value == UNKNOWN and _is_enum(type(part), name):
            yield name
        for below in value if isinstance(value, list) else [value]:
            yield from _unknown(below)


def _is_enum(kind: Sdk, name: str) -> bool:
    """Whether the SDK replaces what it does not know; in a text the word may stand of its own right."""
    probe = kind()
    setattr(probe, name, "")
    return bool(getattr(probe, name) == UNKNOWN)
