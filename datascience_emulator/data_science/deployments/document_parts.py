"""Where the parts of a model deployment's document are, whether it serves one model or a model group.

Pure, without rules. Field names: OCI SDK 2.189, `oci/data_science/models`.
"""

from datascience_emulator.wire.json_values import Json

CONFIG = "modelDeploymentConfigurationDetails"
MODEL = "modelConfigurationDetails"
MODEL_GROUP = "modelGroupConfigurationDetails"
INFRASTRUCTURE = "infrastructureConfigurationDetails"
ENVIRONMENT = "environmentConfigurationDetails"
DEFAULT_PORT = 8080
"""For deployments without serverPort. UNVERIFIED: that the service takes it (docs/service.md §4.1)."""
SERVING = ("ACTIVE", "NEEDS_ATTENTION")
"""The states of a deployment in which its servers take requests and it may be updated."""


def model_id(document: Json) -> str | None:
    """The model of a SINGLE_MODEL or SINGLE_MODEL_FLEX deployment."""
    ocid: str | None = document[CONFIG].get(MODEL, {}).get("modelId")
    return ocid


def model_group_id(document: Json) -> str | None:
    """The model group of a MODEL_GROUP deployment."""
    ocid: str | None = document[CONFIG].get(MODEL_GROUP, {}).get("modelGroupId")
    return ocid


def compute_target_id(document: Json) -> str | None:
    """The compute target that a SINGLE_MODEL_FLEX deployment runs on."""
    ocid: str | None = document[CONFIG].get(INFRASTRUCTURE, {}).get("computeTargetId")
    return ocid


def private_endpoint_id(document: Json) -> str | None:
    ocid: str | None = pool(document).get("instanceConfiguration", {}).get("privateEndpointId")
    return ocid


def pool(document: Json) -> Json:
    """The part with the scaling policy and, except in FLEX deployments, instance configuration and
    bandwidth.
    """
    config = document[CONFIG]
    part: Json = config[INFRASTRUCTURE] if INFRASTRUCTURE in config else config[MODEL]
    return part


def environment(document: Json) -> Json:
    part: Json = document[CONFIG].get(ENVIRONMENT, {})
    return part


def instance_count(document: Json) -> int:
    """How many instances the configuration asks for."""
    return instances_of(pool(document).get("scalingPolicy"))


def scales(document: Json) -> bool:
    """Whether the number of instances follows a metric."""
    policy = pool(document).get("scalingPolicy") or {}
    return bool(policy.get("policyType") == "AUTOSCALING")


def instances_of(policy: Json | None) -> int:
    """How many instances a scaling policy asks for: one, if there is no policy."""
    if policy is None:
        return 1
    if policy["policyType"] == "FIXED_SIZE":
        return int(policy["instanceCount"])
    return int(policy["autoScalingPolicies"][0]["initialInstanceCount"])


def members(group: Json) -> dict[str, str]:
    """The members of a model group's document: inference key → OCID of the model.

    The inference key is "an alias to model OCIDs" (SDK, MemberModelDetails). Without one, it is the OCID.
    """
    entries = group["memberModelEntries"]["memberModelDetails"]
    return {entry.get("inferenceKey", entry["modelId"]): entry["modelId"] for entry in entries}
