"""Where the parts of a model deployment's document lie: one model or a model group, one form for both.

Pure, and knows no rule: field names as in the OCI SDK 2.189, `oci/data_science/models`.
"""

from datascience_emulator.wire.jsons import Json

CONFIG = "modelDeploymentConfigurationDetails"
MODEL = "modelConfigurationDetails"
GROUP = "modelGroupConfigurationDetails"
INFRASTRUCTURE = "infrastructureConfigurationDetails"
ENVIRONMENT = "environmentConfigurationDetails"
SERVING = ("ACTIVE", "NEEDS_ATTENTION")
"""The states of a deployment in which its servers take requests and it may be updated."""


def model_id(document: Json) -> str | None:
    """The model of a SINGLE_MODEL or SINGLE_MODEL_FLEX deployment."""
    found: str | None = document[CONFIG].get(MODEL, {}).get("modelId")
    return found


def group_id(document: Json) -> str | None:
    """The model group of a MODEL_GROUP deployment."""
    found: str | None = document[CONFIG].get(GROUP, {}).get("modelGroupId")
    return found


def compute_target_id(document: Json) -> str | None:
    """The compute target that a SINGLE_MODEL_FLEX deployment runs on."""
    found: str | None = document[CONFIG].get(INFRASTRUCTURE, {}).get("computeTargetId")
    return found


def private_endpoint_id(document: Json) -> str | None:
    found: str | None = pool(document).get("instanceConfiguration", {}).get("privateEndpointId")
    return found


def pool(document: Json) -> Json:
    """What holds the scaling policy, and, but for a FLEX deployment, instance configuration and bandwidth."""
    config = document[CONFIG]
    found: Json = config[INFRASTRUCTURE] if INFRASTRUCTURE in config else config[MODEL]
    return found


def environment(document: Json) -> Json:
    found: Json = document[CONFIG].get(ENVIRONMENT, {})
    return found


def instance_count(document: Json) -> int:
    """How many instances the configuration asks for."""
    return instances_of(pool(document).get("scalingPolicy"))


def instances_of(policy: Json | None) -> int:
    """Of any scaling policy; one, where there is none."""
    if policy is None:
        return 1
    if policy["policyType"] == "FIXED_SIZE":
        return int(policy["instanceCount"])
    return int(policy["autoScalingPolicies"][0]["initialInstanceCount"])


def members(group: Json) -> dict[str, str]:
    """The models of a model group's document: the name that a member goes by to its model's OCID.

    The inference key is "an alias to model OCIDs" (SDK, MemberModelDetails): without one, the OCID itself.
    """
    entries = group["memberModelEntries"]["memberModelDetails"]
    return {one.get("inferenceKey", one["modelId"]): one["modelId"] for one in entries}
