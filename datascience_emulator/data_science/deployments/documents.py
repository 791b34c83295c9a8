"""What requests about model deployments may hold, and the limits that the service documents.

Pure: takes JSON and returns it normalised, or raises a ServiceError 400. Whether the model exists is decided
in `references`, and which fields may change together in `option_groups`. Field lists: OCI SDK 2.189,
`oci/data_science/models`; limits: sources beside them.
"""

from typing import Any

from datascience_emulator.data_science.deployments import environments
from datascience_emulator.data_science.deployments.scaling import instances, workloads
from datascience_emulator.data_science.offerings.compute_shapes import COMPUTE_SHAPES, compute_shape
from datascience_emulator.wire.errors import invalid
from datascience_emulator.wire.fields import DESCRIBED, IN_PROJECT, OPTIONAL_ID, tag_size
from datascience_emulator.wire.schema import (
    Parser,
    integer,
    number,
    ocid,
    one_of,
    record,
    sequence,
    tagged,
    text,
)


def _instance_size(value: dict[str, Any], where: str) -> dict[str, Any]:
    """6 to 64 GB for each OCPU, within the compute shape (data-science/using/supported-shapes.htm)."""
    size = value.get("modelDeploymentInstanceShapeConfigDetails", {})
    shape = COMPUTE_SHAPES[value["instanceShapeName"]]
    ocpus, memory = size.get("ocpus"), size.get("memoryInGBs")
    here = f"{where}.modelDeploymentInstanceShapeConfigDetails"
    if ocpus is not None and shape.flexible and ocpus > shape.cores:
        raise invalid(f"{here}.ocpus: {shape.name} has at most {shape.cores}, not {ocpus:g}")
    if memory is not None and shape.flexible and memory > shape.memory:
        raise invalid(f"{here}.memoryInGBs: {shape.name} has at most {shape.memory}, not {memory:g}")
    if ocpus is not None and memory is not None and not 6 * ocpus <= memory <= 64 * ocpus:
        raise invalid(f"{here}.memoryInGBs: must be 6 to 64 GB for each OCPU, is {memory:g} for {ocpus:g}")
    return value


_instance = record(
    {"instanceShapeName": compute_shape("model deployments", "GET /modelDeploymentShapes")},
    {
        "modelDeploymentInstanceShapeConfigDetails": record(
            {},
            {
                "ocpus": number(1, 1024),
                "memoryInGBs": number(1, 4096),
                "cpuBaseline": one_of("BASELINE_1_8", "BASELINE_1_2", "BASELINE_1_1"),
            },
        ),
        "subnetId": ocid("subnet"),
        "privateEndpointId": ocid(),
        "networkAccessType": one_of(
            "MANAGED_NETWORKING_NO_INTERNET_ACCESS", "MANAGED_NETWORKING_INTERNET_ACCESS", "CUSTOM_NETWORKING"
        ),
        "capacityReservationIds": sequence(ocid()),
    },
    _instance_size,
)


def _bandwidth(value: dict[str, Any], where: str) -> dict[str, Any]:
    """The maximum is at most twice the minimum (data-science/using/autoscale-vms-create-deployment.htm)."""
    low, high = value.get("bandwidthMbps"), value.get("maximumBandwidthMbps")
    if high is not None and (low is None or not low <= high <= 2 * low):
        raise invalid(
            f"{where}.maximumBandwidthMbps: must be bandwidthMbps to twice that, is {high} for {low}"
        )
    return value


_POOL: dict[str, Parser] = {
    "scalingPolicy": instances,
    "bandwidthMbps": integer(1),
    "maximumBandwidthMbps": integer(1),
}
_SIGNED: dict[str, Parser] = {"modelArtifactSignatureId": ocid()}
_INSTANCE = {"instanceConfiguration": _instance}
_logs = record({"logId": ocid(), "logGroupId": ocid()}, {})
_LOGS: dict[str, Parser] = {"categoryLogDetails": record({}, {"access": _logs, "predict": _logs})}


def _infrastructure(pool: Parser) -> Parser:
    """The SDK has no other infrastructure for model groups than instance pools."""
    return tagged("infrastructureType", {"INSTANCE_POOL": pool})


# -- SINGLE_MODEL_FLEX: one model on a managed compute cluster


def _within_limits(value: dict[str, Any], where: str) -> dict[str, Any]:
    """UNVERIFIED: that a limit has to be at least what is requested; no document says so."""
    request, limit = value["resourceRequestConfiguration"], value.get("resourceLimitConfiguration", {})
    for name in ("ocpus", "memoryInGBs"):
        if request[name] > limit.get(name, request[name]):
            raise invalid(
                f"{where}.resourceLimitConfiguration.{name}: is {limit[name]:g}, "
                f"less than the {request[name]:g} that are requested"
            )
    return value


_size: dict[str, Parser] = {"ocpus": number(0.01, 1024), "memoryInGBs": number(0.01, 8192)}
_RESOURCES: dict[str, Parser] = {
    "modelDeploymentResourceConfiguration": record(
        {"resourceRequestConfiguration": record(_size, {"gpus": integer(0, 64)})},
        {"resourceLimitConfiguration": record(_size, {})},
        _within_limits,
    )
}
_TARGET: dict[str, Parser] = {"computeTargetId": OPTIONAL_ID}
_WORKLOADS: dict[str, Parser] = {"scalingPolicy": workloads}


def _cluster(required: dict[str, Parser], optional: dict[str, Parser]) -> Parser:
    return tagged("infrastructureType", {"MANAGED_COMPUTE_CLUSTER": record(required, optional)})


_ENVIRONMENT = {"environmentConfigurationDetails": environments.created}
_NEW_ENVIRONMENT = {"environmentConfigurationDetails": environments.updated}
_MODEL_ID = {"modelId": text(maximum=255)}
_model_group = record({"modelGroupId": text(maximum=255)}, {})
_flex_model = record(_MODEL_ID, _SIGNED)
_created = tagged(
    "deploymentType",
    {
        "SINGLE_MODEL": record(
            {
                "modelConfigurationDetails": record(
                    {**_MODEL_ID, **_INSTANCE}, {**_POOL, **_SIGNED}, _bandwidth
                )
            },
            _ENVIRONMENT,
        ),
        "MODEL_GROUP": record(
            {
                "modelGroupConfigurationDetails": _model_group,
                "infrastructureConfigurationDetails": _infrastructure(record(_INSTANCE, _POOL, _bandwidth)),
            },
            _ENVIRONMENT,
        ),
        "SINGLE_MODEL_FLEX": record(
            {
                "modelConfigurationDetails": _flex_model,
                "infrastructureConfigurationDetails": _cluster({**_TARGET, **_RESOURCES}, _WORKLOADS),
            },
            _ENVIRONMENT,
        ),
    },
)
_updated = tagged(
    "deploymentType",
    {
        "SINGLE_MODEL": record(
            {},
            {
                "modelConfigurationDetails": record(_MODEL_ID, {**_INSTANCE, **_POOL, **_SIGNED}, _bandwidth),
                **_NEW_ENVIRONMENT,
            },
        ),
        # Each part may be left out and stays as it is then: all samples that send a LIVE update rely on it.
        "MODEL_GROUP": record(
            {},
            {
                "updateType": one_of("ZDT", "LIVE"),
                "modelGroupConfigurationDetails": _model_group,
                "infrastructureConfigurationDetails": _infrastructure(
                    record({}, {**_INSTANCE, **_POOL}, _bandwidth)
                ),
                **_NEW_ENVIRONMENT,
            },
        ),
        "SINGLE_MODEL_FLEX": record(
            {},
            {
                "modelConfigurationDetails": _flex_model,
                "infrastructureConfigurationDetails": _cluster({}, {**_TARGET, **_RESOURCES, **_WORKLOADS}),
                **_NEW_ENVIRONMENT,
            },
        ),
    },
)
create = record(
    {**IN_PROJECT, "modelDeploymentConfigurationDetails": _created},
    {**DESCRIBED, **_LOGS},
    tag_size,
)
update = record(
    {},
    {**DESCRIBED, **_LOGS, "modelDeploymentConfigurationDetails": _updated},
    tag_size,
)
