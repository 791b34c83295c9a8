"""From the SDK's model deployments, catalog models and work requests to values of the core. Pure.

What the core does not model is left out here; `requests` carries it over, so that an update does not lose it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import oci
from oci.data_science import models

from reconciler.adapters.oci.conversion.container import container_of
from reconciler.adapters.oci.conversion.scaling import scaling_of
from reconciler.adapters.sdk import Sdk
from reconciler.core.model.configuration import (
    Bandwidth,
    Configuration,
    DeploymentType,
    Instance,
    LogRef,
    Logs,
    Network,
    NetworkAccess,
    Pairs,
)
from reconciler.core.model.errors import Failed
from reconciler.core.model.live import (
    ARTIFACT,
    NAME,
    OWNER,
    PUBLISHING,
    USED,
    CatalogModel,
    Live,
    State,
    split_tags,
)
from reconciler.core.model.work_requests import WorkProgress
from reconciler.core.planning.history.traces import Ending, PastWork

FAILED_WORK = frozenset({"FAILED", "CANCELED"})
ENDED_WORK = FAILED_WORK | {"SUCCEEDED"}

UNSAID_OF_CONTAINER = (
    ("predict_api_specification", "predictApiSpecification"),
    ("custom_http_endpoints", "customHttpEndpoints"),
    ("image_signature_id", "imageSignatureId"),
)
UNSAID_OF_MODEL = (("model_artifact_signature_id", "modelArtifactSignatureId"),)
"""Fields that no manifest has, by their names in the SDK and on the wire; `requests` keeps them."""

UNKNOWN = "UNKNOWN_ENUM_VALUE"
"""What the SDK makes of an enum value that it does not know, and would send (docs/service.md §5.8)."""


def state_of(text: str | None) -> State:
    """The state of this name; UNKNOWN for a name that we do not know."""
    return State(text) if text in set(State) else State.UNKNOWN


def known_state(item: Sdk, what: str) -> None:
    """Raises Failed for a lifecycle state that the SDK does not know, where the state decides whether
    something exists: otherwise it might be created a second time.
    """
    if item.lifecycle_state in (None, UNKNOWN):
        raise Failed(
            f"{what} ({item.id}) is in a lifecycle state that the installed OCI SDK {oci.__version__} does "
            "not know, so nothing can be said of it: upgrade the SDK: pip install --upgrade oci"
        )


def live_of(item: Sdk, artifacts: Mapping[str, str]) -> Live:
    """A ModelDeployment or its summary as Live; `artifacts` gives the digest of the content of a catalog
    model or a model group by its OCID.
    """
    details = item.model_deployment_configuration_details
    model_id = model_id_of(details)
    _, marks = split_tags(tags_of(item))
    return Live(
        ocid=item.id,
        display_name=item.display_name or "",
        state=state_of(item.lifecycle_state),
        configuration=configuration_of(item, artifacts.get(model_id or "")),
        model_id=model_id,
        project_id=item.project_id or "",
        marks=marks,
        deployment_type=(details.deployment_type or UNKNOWN) if details else DeploymentType.SINGLE_MODEL,
        url=item.model_deployment_url or "",
        # A list leaves out the details of the state (docs/service.md §1.7).
        details=getattr(item, "lifecycle_details", None) or "",
        instances=getattr(item.model_deployment_system_data, "current_instance_count", None),
        created=_moment(item.time_created),
        unsaid=tuple(_unsaid(details)),
    )


def _unsaid(details: Sdk) -> Iterator[str]:
    """What a deployment is configured with and no manifest can say, by the service's names for it."""
    parts = (
        (getattr(details, "environment_configuration_details", None), UNSAID_OF_CONTAINER),
        (getattr(details, "model_configuration_details", None), UNSAID_OF_MODEL),
    )
    for part, fields in parts:
        yield from (name for field, name in fields if getattr(part, field, None))


def _moment(time: datetime | None) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if time else ""


def model_id_of(details: Sdk) -> str | None:
    """The OCID of the catalog model, or of the model group, that a deployment runs."""
    match details:
        case models.SingleModelDeploymentConfigurationDetails(model_configuration_details=model) if model:
            return str(model.model_id)
        case models.ModelGroupDeploymentConfigurationDetails(model_group_configuration_details=group) if (
            group
        ):
            return str(group.model_group_id)
    return None


def infrastructure_of(details: Sdk) -> Sdk:
    """The part that has the instances, the scaling and the bandwidth, which depends on the deployment's type;
    None for one that we do not know.
    """
    match details:
        case models.SingleModelDeploymentConfigurationDetails():
            return details.model_configuration_details
        case models.ModelGroupDeploymentConfigurationDetails():
            pool = details.infrastructure_configuration_details
            return pool if isinstance(pool, models.InstancePoolInfrastructureConfigurationDetails) else None
    return None


def configuration_of(item: Sdk, artifact: str | None) -> Configuration | None:
    """What can be compared; None when it is no model or model group in a container of a user's own image."""
    details = item.model_deployment_configuration_details
    infrastructure = infrastructure_of(details)
    if infrastructure is None:
        return None
    environment = details.environment_configuration_details
    if not isinstance(environment, models.OcirModelDeploymentEnvironmentConfigurationDetails):
        return None
    labels, _ = split_tags(tags_of(item))
    return Configuration(
        name=item.display_name or "",
        artifact=artifact,
        container=container_of(environment),
        instance=instance_of(infrastructure.instance_configuration),
        scaling=scaling_of(infrastructure.scaling_policy),
        # Not always there (docs/service.md §1.6, null handling): then it is unknown, not empty.
        description=item.description,
        labels=labels,
        bandwidth=bandwidth_of(infrastructure),
        logs=logs_of(item.category_log_details),
        network=network_of(infrastructure.instance_configuration),
        defined_tags=defined_tags_of(item),
        kind=DeploymentType(details.deployment_type),
    )


def tags_of(item: Sdk) -> Pairs:
    """The freeform tags of any resource, sorted."""
    return tuple(sorted((item.freeform_tags or {}).items()))


def renamed_tags(item: Sdk, name: str) -> dict[str, str] | None:
    """The freeform tags of a catalog entry with a new name; None when it has that name already."""
    tags = dict(tags_of(item))
    right = item.display_name == name and tags.get(NAME) == name
    return None if right else {**tags, NAME: name}


def defined_tags_of(item: Sdk) -> Pairs:
    """Defined tags by `namespace.key`; neither part may hold a period (docs/service.md §8)."""
    tags = {
        f"{namespace}.{key}": str(value)
        for namespace, by_key in (item.defined_tags or {}).items()
        for key, value in by_key.items()
    }
    return tuple(sorted(tags.items()))


def instance_of(configuration: Sdk) -> Instance:
    """The compute shape with its OCPUs, GB of memory and baseline where it is flexible, and the reservations,
    which are an empty tuple when there are none.
    """
    if configuration is None:
        return Instance("", reservations=())
    details = configuration.model_deployment_instance_shape_config_details
    return Instance(
        shape=configuration.instance_shape_name or "",
        ocpus=_number(details and details.ocpus),
        memory_gbs=_number(details and details.memory_in_gbs),
        cpu_baseline=(details and details.cpu_baseline) or None,
        reservations=tuple(configuration.capacity_reservation_ids or ()),
    )


def _number(value: float | None) -> float | None:
    """A float, as the service answers it (docs/service.md §1.6, null fields); other servers send integers."""
    return None if value is None else float(value)


def network_of(configuration: Sdk) -> Network:
    """Without an access type, a subnet means custom networking, and no subnet means the default: no access to
    the internet (docs/service.md §1.6, §4.1). A type that we do not know is None.
    """
    if configuration is None:
        return Network(NetworkAccess.NO_INTERNET)
    access, subnet = configuration.network_access_type, configuration.subnet_id or None
    default = NetworkAccess.CUSTOM if subnet else NetworkAccess.NO_INTERNET
    known = NetworkAccess(access) if access in set(NetworkAccess) else None
    return Network(known if access else default, subnet, configuration.private_endpoint_id or None)


def bandwidth_of(infrastructure: Sdk) -> Bandwidth | None:
    """Mbps; a maximum of 0 is none (docs/service.md §1.6, maximumBandwidthMbps)."""
    if not infrastructure.bandwidth_mbps:
        return None
    return Bandwidth(infrastructure.bandwidth_mbps, infrastructure.maximum_bandwidth_mbps or None)


def logs_of(details: Sdk) -> Logs:
    """Where the logs go; None for one that goes nowhere."""
    return Logs(_log(details.access), _log(details.predict)) if details else Logs()


def _log(details: Sdk) -> LogRef | None:
    return LogRef(details.log_group_id or "", details.log_id) if details and details.log_id else None


def catalog_model_of(item: Sdk) -> CatalogModel:
    """A catalog model or its summary."""
    tags = dict(tags_of(item))
    if OWNER in tags:
        known_state(item, f"the catalog entry {item.display_name}")
    return CatalogModel(
        ocid=item.id,
        display_name=item.display_name or "",
        active=item.lifecycle_state == "ACTIVE",
        owner=tags.get(OWNER),
        name=tags.get(NAME),
        artifact=tags.get(ARTIFACT),
        publishing=tags.get(PUBLISHING),
        inactive=item.lifecycle_state == "INACTIVE",
        failed=item.lifecycle_state == "FAILED",
        created=_moment(item.time_created),
        used=tags.get(USED, ""),
    )


def group_of(item: Sdk, members: tuple[str, ...]) -> CatalogModel:
    """A model group or its summary; `members` are OCIDs of catalog models, which a summary does not have."""
    return replace(
        catalog_model_of(item),
        is_model_group=True,
        members=members,
        creating=item.lifecycle_state == "CREATING",
    )


def work_progress_of(item: Sdk, message: str = "") -> WorkProgress:
    """A work request or its summary."""
    return WorkProgress(
        percent=min(100.0, max(0.0, item.percent_complete or 0.0)),
        done=item.status in ENDED_WORK,
        failed=item.status in FAILED_WORK,
        message=message,
    )


def past_work_of(item: Sdk) -> PastWork:
    """A summary of a work request."""
    failed, ended = item.status in FAILED_WORK, item.status in ENDED_WORK
    return PastWork(
        ocid=item.id,
        operation=item.operation_type or "",
        ending=Ending.FAILED if failed else Ending.DONE if ended else Ending.UNDER_WAY,
        accepted=_moment(item.time_accepted),
        finished=_moment(item.time_finished),
    )
