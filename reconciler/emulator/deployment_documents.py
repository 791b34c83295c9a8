"""What requests about model deployments may hold, and the limits that the service documents.

Pure: JSON in, normalised JSON or a ServiceError 400 out. Whether the model exists, and which fields may
change together, is decided elsewhere. Field lists: OCI SDK 2.189, `oci/data_science/models`; limits: sources
beside them.
"""

import re
from typing import Any

from .documents import DESCRIBED, IN_PROJECT, tag_size
from .errors import invalid
from .jsons import JsonValue
from .schema import (
    ANYTHING,
    Parser,
    boolean,
    checked,
    integer,
    mapping,
    number,
    ocid,
    one_of,
    record,
    sequence,
    tagged,
    text,
)
from .shapes import SHAPES

# Service-provided, cannot be overridden (data-science/using/mod-dep-byoc-variables.htm).
_RESERVED = {
    "MODEL_DEPLOYMENT_OCID",
    "MODEL_SERVING_PYTHON_VERSION",
    "TENANCY_OCID",
    "CONTAINER_CUSTOM_IMAGE",
}
_ENV_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,29}[A-Za-z0-9]")
_TEXT_LIMIT = (
    2048  # bytes, exclusive; environment variables in all, and cmd + entrypoint in all (SDK docstrings)
)
_PORT = integer(1024, 65535, excluded=frozenset({24224, 8446, 8447}))


def _legal_variables(variables: dict[str, str], where: str) -> dict[str, str]:
    for key in variables:
        if not _ENV_KEY.fullmatch(key):
            raise invalid(
                f"{where}: {key!r} is not a legal key: 2 to 31 letters, digits and underscores, "
                "a letter first, no underscore last"
            )
        if key in _RESERVED:
            raise invalid(f"{where}: {key} is set by the service and cannot be overridden")
    size = sum(len(f"{key}{one}".encode()) for key, one in variables.items())
    if size >= _TEXT_LIMIT:
        raise invalid(f"{where}: keys and values must be under {_TEXT_LIMIT} bytes in all, are {size}")
    return variables


def _read_only(value: JsonValue, where: str) -> JsonValue:
    if value:
        raise invalid(f"{where}: is read-only")
    return value


def _command_size(value: dict[str, Any], where: str) -> dict[str, Any]:
    size = sum(len(part.encode()) for part in (*value.get("cmd", ()), *value.get("entrypoint", ())))
    if size >= _TEXT_LIMIT:
        raise invalid(f"{where}: cmd and entrypoint must be under {_TEXT_LIMIT} bytes together, are {size}")
    return value


_endpoint = record(
    {
        "endpointUriSuffix": text(maximum=255),
        "httpMethods": sequence(one_of("GET", "POST", "PUT", "DELETE"), minimum=1, maximum=4),
    },
    {},
)
_ENV: dict[str, Parser] = {
    "environmentVariables": checked(mapping(text()), _legal_variables),
    "defaultEnvironmentVariables": checked(ANYTHING, _read_only),
}
_environments = tagged(
    "environmentConfigurationType",
    {
        "DEFAULT": record({}, _ENV),
        "OCIR_CONTAINER": record(
            {"image": text(maximum=2048, pattern=r"[^\s/]+/\S+", hint="REGISTRY/NAME[:TAG][@DIGEST]")},
            {
                "imageDigest": text(
                    pattern=r"(sha256:[0-9a-f]{64})?", hint="sha256: and 64 hexadecimal digits"
                ),
                "imageSignatureId": ocid(),
                "cmd": sequence(text()),
                "entrypoint": sequence(text()),
                "serverPort": _PORT,
                "healthCheckPort": _PORT,
                "predictApiSpecification": text(maximum=255),
                "customHttpEndpoints": sequence(_endpoint, maximum=15),
                **_ENV,
            },
            _command_size,
        ),
    },
)


def _shape_name(value: JsonValue, where: str) -> str:
    if not isinstance(value, str) or value not in SHAPES:
        raise invalid(
            f"{where}: {value!r} is not a shape for model deployments; see GET /modelDeploymentShapes"
        )
    return str(value)


def _shape_size(value: dict[str, Any], where: str) -> dict[str, Any]:
    """6 to 64 GB for each OCPU, within the shape (data-science/using/supported-shapes.htm)."""
    size, shape = (
        value.get("modelDeploymentInstanceShapeConfigDetails", {}),
        SHAPES[value["instanceShapeName"]],
    )
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
    {"instanceShapeName": Parser(_shape_name, {"type": "string", "enum": list(SHAPES)})},
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
    _shape_size,
)
_threshold = {
    "scalingConfigurationType": one_of("THRESHOLD"),
    "threshold": integer(1, 100),
}
_query = {"scalingConfigurationType": one_of("QUERY"), "query": text()}
_scaling_extras: dict[str, Parser] = {
    "pendingDuration": text(pattern=r"PT(?:[3-9]|[1-5]\d|60)M|PT1H", hint="PT3M to PT1H"),
    "instanceCountAdjustment": integer(1),
}
_rule = tagged(
    "metricExpressionRuleType",
    {
        "PREDEFINED_EXPRESSION": record(
            {
                "metricType": one_of("CPU_UTILIZATION", "MEMORY_UTILIZATION"),
                "scaleInConfiguration": record(_threshold, _scaling_extras),
                "scaleOutConfiguration": record(_threshold, _scaling_extras),
            },
            {},
        ),
        "CUSTOM_EXPRESSION": record(
            {
                "scaleInConfiguration": record(_query, _scaling_extras),
                "scaleOutConfiguration": record(_query, _scaling_extras),
            },
            {},
        ),
    },
)


def _ordered_counts(value: dict[str, Any], where: str) -> dict[str, Any]:
    low, first, high = (value[f"{name}InstanceCount"] for name in ("minimum", "initial", "maximum"))
    if not low <= first <= high:
        raise invalid(
            f"{where}: needs minimum ≤ initial ≤ maximum instance count, has {low}, {first}, {high}"
        )
    return value


_counts = {f"{name}InstanceCount": integer(1) for name in ("minimum", "initial", "maximum")}
_auto_policy = tagged(
    "autoScalingPolicyType",
    {"THRESHOLD": record({"rules": sequence(_rule, minimum=1), **_counts}, {}, _ordered_counts)},
)
_scaling = tagged(
    "policyType",
    {
        "FIXED_SIZE": record({"instanceCount": integer(1)}, {}),
        "AUTOSCALING": record(
            {"autoScalingPolicies": sequence(_auto_policy, minimum=1, maximum=1)},
            {"coolDownInSeconds": integer(300), "isEnabled": boolean},
        ),
    },
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
    "scalingPolicy": _scaling,
    "bandwidthMbps": integer(1),
    "maximumBandwidthMbps": integer(1),
}
_MODEL_PART: dict[str, Parser] = {**_POOL, "modelArtifactSignatureId": ocid()}
_INSTANCE = {"instanceConfiguration": _instance}
_logs = record({"logId": ocid(), "logGroupId": ocid()}, {})
_LOGS: dict[str, Parser] = {"categoryLogDetails": record({}, {"access": _logs, "predict": _logs})}


def _infrastructure(pool: Parser) -> Parser:
    return tagged("infrastructureType", {"INSTANCE_POOL": pool})


_ENVIRONMENT = {"environmentConfigurationDetails": _environments}
_MODEL_ID = {"modelId": text(maximum=255)}
_group = record({"modelGroupId": text(maximum=255)}, {})
_created = tagged(
    "deploymentType",
    {
        "SINGLE_MODEL": record(
            {"modelConfigurationDetails": record({**_MODEL_ID, **_INSTANCE}, _MODEL_PART, _bandwidth)},
            _ENVIRONMENT,
        ),
        "MODEL_GROUP": record(
            {
                "modelGroupConfigurationDetails": _group,
                "infrastructureConfigurationDetails": _infrastructure(record(_INSTANCE, _POOL, _bandwidth)),
            },
            _ENVIRONMENT,
        ),
    },
)
_updated = tagged(
    "deploymentType",
    {
        "SINGLE_MODEL": record(
            {"modelConfigurationDetails": record(_MODEL_ID, {**_INSTANCE, **_MODEL_PART}, _bandwidth)},
            _ENVIRONMENT,
        ),
        # Each part may be left out, and then stays: so all samples do that send a LIVE update.
        "MODEL_GROUP": record(
            {},
            {
                "updateType": one_of("ZDT", "LIVE"),
                "modelGroupConfigurationDetails": _group,
                "infrastructureConfigurationDetails": _infrastructure(
                    record({}, {**_INSTANCE, **_POOL}, _bandwidth)
                ),
                **_ENVIRONMENT,
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
