"""Model deployments and catalog models, from the SDK's classes to `core.live`. Pure.

What the core does not model is left out here; `oci_requests` carries it over, so that an update does not lose
it.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

from oci.data_science import models

from reconciler.core.live import (
    ARTIFACT,
    NAME,
    OWNER,
    PUBLISHING,
    SINGLE_MODEL,
    CatalogModel,
    Live,
    State,
    split_tags,
)
from reconciler.core.values import (
    Autoscaling,
    Bandwidth,
    Configuration,
    Container,
    FixedScaling,
    Instance,
    LogRef,
    Logs,
    Pairs,
    Scaling,
)
from reconciler.core.work import WorkProgress

Sdk: TypeAlias = Any
"""An object of the SDK, which has no types."""

DEFAULT_PORT = 8080
"""The port of a container for which none was given (the console's default)."""

DEFAULT_COOL_DOWN = 300
"""Seconds (docs/service.md §1.6, scalingPolicy)."""

FAILED_WORK = frozenset({"FAILED", "CANCELED"})
ENDED_WORK = FAILED_WORK | {"SUCCEEDED"}


def state_of(text: str | None) -> State:
    """The state of this name; one that we do not know is UNKNOWN."""
    return State(text) if text in set(State) else State.UNKNOWN


def live_of(item: Sdk, artifacts: Mapping[str, str]) -> Live:
    """A ModelDeployment or its summary as Live; `artifacts` gives the digest of a catalog model's content."""
    details = item.model_deployment_configuration_details
    single = isinstance(details, models.SingleModelDeploymentConfigurationDetails)
    model = details.model_configuration_details if single else None
    model_id = model.model_id if model else None
    _, marks = split_tags(tags_of(item))
    return Live(
        ocid=item.id,
        display_name=item.display_name or "",
        state=state_of(item.lifecycle_state),
        configuration=configuration_of(item, artifacts.get(model_id or "")),
        model_id=model_id,
        project_id=item.project_id or "",
        marks=marks,
        deployment_type=details.deployment_type if details else SINGLE_MODEL,
        url=item.model_deployment_url or "",
        # A list leaves out the details of the state (docs/service.md §1.7).
        details=getattr(item, "lifecycle_details", None) or "",
    )


def configuration_of(item: Sdk, artifact: str | None) -> Configuration | None:
    """What can be compared; None when it is not a single model in a container of one's own."""
    details = item.model_deployment_configuration_details
    if not isinstance(details, models.SingleModelDeploymentConfigurationDetails):
        return None
    model, environment = details.model_configuration_details, details.environment_configuration_details
    if model is None or not isinstance(
        environment, models.OcirModelDeploymentEnvironmentConfigurationDetails
    ):
        return None
    labels, _ = split_tags(tags_of(item))
    return Configuration(
        name=item.display_name or "",
        artifact=artifact,
        container=container_of(environment),
        instance=instance_of(model.instance_configuration),
        scaling=scaling_of(model.scaling_policy),
        # Not always told (docs/service.md §1.6, null handling): then it is unknown, not empty.
        description=item.description,
        labels=labels,
        bandwidth=bandwidth_of(model),
        logs=logs_of(item.category_log_details),
    )


def tags_of(item: Sdk) -> Pairs:
    """The freeform tags of any resource, sorted."""
    return tuple(sorted((item.freeform_tags or {}).items()))


def container_of(environment: Sdk) -> Container:
    """A container; `image:tag@digest` is taken apart, because the two are compared one by one."""
    image, _, pinned = (environment.image or "").partition("@")
    variables = environment.environment_variables or {}
    return Container(
        image=image,
        digest=environment.image_digest or pinned or None,
        command=tuple(environment.cmd or ()),
        entrypoint=tuple(environment.entrypoint or ()),
        port=environment.server_port or DEFAULT_PORT,
        health_port=environment.health_check_port or DEFAULT_PORT,
        environment=tuple(sorted(variables.items())),
    )


def instance_of(configuration: Sdk) -> Instance:
    """Shape, and for a flexible one OCPUs and GB of memory; networking is not modelled."""
    if configuration is None:
        return Instance("")
    details = configuration.model_deployment_instance_shape_config_details
    shape = configuration.instance_shape_name or ""
    return Instance(shape, details and details.ocpus, details and details.memory_in_gbs)


def scaling_of(policy: Sdk) -> Scaling:
    """One instance when nothing is told. Autoscaling by anything but one CPU rule has thresholds of 0,
    which no manifest can ask for: so it always differs.
    """
    if isinstance(policy, models.FixedSizeScalingPolicy):
        return FixedScaling(policy.instance_count)
    if not isinstance(policy, models.AutoScalingPolicy):
        return FixedScaling(1)
    details = (policy.auto_scaling_policies or [None])[0]
    limits = getattr(details, "minimum_instance_count", 0), getattr(details, "maximum_instance_count", 0)
    out, in_ = _cpu_thresholds(details) if policy.is_enabled is not False else (0, 0)
    return Autoscaling(*limits, out, in_, policy.cool_down_in_seconds or DEFAULT_COOL_DOWN)


def _cpu_thresholds(details: Sdk) -> tuple[int, int]:
    rules = getattr(details, "rules", None) or []
    rule = rules[0] if len(rules) == 1 else None
    if not isinstance(rule, models.PredefinedMetricExpressionRule) or rule.metric_type != "CPU_UTILIZATION":
        return 0, 0
    return _threshold(rule.scale_out_configuration), _threshold(rule.scale_in_configuration)


def _threshold(configuration: Sdk) -> int:
    return getattr(configuration, "threshold", None) or 0


def bandwidth_of(model: Sdk) -> Bandwidth | None:
    """Mbps; a maximum of 0 is none (docs/service.md §1.6, maximumBandwidthMbps)."""
    if not model.bandwidth_mbps:
        return None
    return Bandwidth(model.bandwidth_mbps, model.maximum_bandwidth_mbps or None)


def logs_of(details: Sdk) -> Logs:
    """Where the logs go, None where they go nowhere."""
    return Logs(_log(details.access), _log(details.predict)) if details else Logs()


def _log(details: Sdk) -> LogRef | None:
    return LogRef(details.log_group_id, details.log_id) if details and details.log_id else None


def catalog_model_of(item: Sdk) -> CatalogModel:
    """A catalog model or its summary."""
    tags = dict(tags_of(item))
    return CatalogModel(
        ocid=item.id,
        display_name=item.display_name or "",
        active=item.lifecycle_state == "ACTIVE",
        owner=tags.get(OWNER),
        name=tags.get(NAME),
        artifact=tags.get(ARTIFACT),
        publishing=tags.get(PUBLISHING),
    )


def work_progress_of(item: Sdk, message: str = "") -> WorkProgress:
    """A work request or its summary."""
    return WorkProgress(
        percent=float(item.percent_complete or 0),
        done=item.status in ENDED_WORK,
        failed=item.status in FAILED_WORK,
        message=message,
    )
