"""Which parts of a model deployment may change together. The table is the strict reading of the documents.

While a deployment serves (ACTIVE, NEEDS_ATTENTION) its options form groups that change "one at a time with
zero downtime"; while INACTIVE all may change at once. No document names the refusal of an illegal
combination: 400 InvalidParameter is this emulator's reading.

Sources: EDIT = data-science/using/model-dep-edit.htm; SDK = docstring of `update_model_deployment`, oci
2.189; AUTOSCALE = data-science/using/autoscale-vms-update-deployment.htm.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from .errors import invalid
from .jsons import JsonValue

Document = Mapping[str, Any]


class Group(StrEnum):
    META = "name, description and tags"
    CORE = "model, shape and fixed instance count"
    SCALING = "autoscaling"
    BANDWIDTH = "bandwidth"
    LOGS = "logs"
    ENVIRONMENT = "container and environment"
    NETWORK = "networking"


_CONFIG = ("modelDeploymentConfigurationDetails",)
_MODEL = (*_CONFIG, "modelConfigurationDetails")
_INSTANCE = (*_MODEL, "instanceConfiguration")

_TABLE: tuple[tuple[tuple[str, ...], Group], ...] = (
    (("displayName",), Group.META),  # EDIT "Name or description"; with anything: AUTOSCALE
    (("description",), Group.META),
    (("freeformTags",), Group.META),
    (("definedTags",), Group.META),
    ((*_MODEL, "modelId"), Group.CORE),  # SDK: "instanceShapeName, instanceCount and modelId" in one
    ((*_MODEL, "modelArtifactSignatureId"), Group.CORE),  # pins the model's artifact
    ((*_INSTANCE, "instanceShapeName"), Group.CORE),  # SDK; EDIT "Compute"
    ((*_INSTANCE, "modelDeploymentInstanceShapeConfigDetails"), Group.CORE),  # EDIT "Compute"
    ((*_INSTANCE, "capacityReservationIds"), Group.CORE),  # no document; where the instances come from
    ((*_MODEL, "bandwidthMbps"), Group.BANDWIDTH),  # SDK "separately loadBalancerShape"; EDIT "Load Balancer"
    ((*_MODEL, "maximumBandwidthMbps"), Group.BANDWIDTH),
    (("categoryLogDetails",), Group.LOGS),  # SDK "independently"; EDIT "Logging"
    (
        (*_CONFIG, "environmentConfigurationDetails"),
        Group.ENVIRONMENT,
    ),  # EDIT "Default configuration", "BYOC"
    ((*_INSTANCE, "subnetId"), Group.NETWORK),  # EDIT "Networking resources"
    ((*_INSTANCE, "networkAccessType"), Group.NETWORK),
    ((*_INSTANCE, "privateEndpointId"), Group.NETWORK),
)

# What changes nothing in the running containers.
WITHOUT_RESTART = frozenset({Group.META, Group.LOGS, Group.BANDWIDTH})


def changed_groups(old: Document, new: Document) -> frozenset[Group]:
    """The groups in which two normalised documents differ. An unchanged field counts for nothing."""
    groups = {group for path, group in _TABLE if _at(old, path) != _at(new, path)}
    return frozenset(groups | _scaling_group(old, new))


def _scaling_group(old: Document, new: Document) -> set[Group]:
    """A fixed instance count goes with CORE (SDK); everything about autoscaling stands alone (AUTOSCALE)."""
    policies = [_at(document, (*_MODEL, "scalingPolicy")) for document in (old, new)]
    if policies[0] == policies[1]:
        return set()
    kinds = {policy["policyType"] for policy in policies if policy}
    return {Group.SCALING} if "AUTOSCALING" in kinds else {Group.CORE}


def check_combination(groups: frozenset[Group]) -> None:
    """While serving: one group at a time, and META with any."""
    rest = sorted(groups - {Group.META})
    if len(rest) > 1:
        raise invalid(
            f"These option groups cannot be changed together while the model deployment is active: "
            f"{'; '.join(rest)}. "
            "Change them one at a time, or deactivate the model deployment first."
        )


def check_networking(old: Document, new: Document) -> None:
    """EDIT: custom networking cannot be changed to default networking, in whatever state."""
    if _custom(old) and not _custom(new):
        raise invalid("Custom networking cannot be changed to default networking.")


def _custom(document: Document) -> bool:
    instance = _at(document, _INSTANCE) or {}
    return "subnetId" in instance or instance.get("networkAccessType") == "CUSTOM_NETWORKING"


def _at(document: Document, path: tuple[str, ...]) -> JsonValue:
    value: Any = document
    for name in path:
        value = value.get(name) if value is not None else None
    return value
