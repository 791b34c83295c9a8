"""Option groups: which parts of a model deployment may change together. The emulator's reading of documents.

While a deployment serves (ACTIVE, NEEDS_ATTENTION), its options form groups that change "one at a time with
zero downtime". While it is INACTIVE, all may change at once. No document names the refusal of another
combination: 400 InvalidParameter is the emulator's reading.

Sources: EDIT = data-science/using/model-dep-edit.htm; SDK = docstring of `update_model_deployment`, oci
2.189; AUTOSCALE = data-science/using/autoscale-vms-update-deployment.htm; BYOC = the acceptance test
`datascience_model_deployment_byoc_test.go` of oracle/terraform-provider-oci 8.28, whose one update of an
active deployment changes model, shape, size and environment variables; ADS = oracle-ads 2.16,
`ads/model/deployment/model_deployment.py`.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from enum import StrEnum
from typing import Any

from datascience_emulator.data_science.deployments.document_parts import DEFAULT_PORT
from datascience_emulator.wire.empty_values import without_empty
from datascience_emulator.wire.json_values import JsonValue

Document = Mapping[str, Any]


class OptionGroup(StrEnum):
    META = "name, description and tags"
    CORE = "model, compute shape and fixed instance count"
    MODEL_GROUP = "model group"
    SCALING = "autoscaling"
    BANDWIDTH = "bandwidth"
    LOGS = "logs"
    ENVIRONMENT = "container and environment"
    NETWORK = "networking"


# What may change together, by reading (`Readings.update_groups`, docs/service.md §3.2). The documents
# disagree: `strict` follows EDIT, `documented` also follows BYOC.
_TOGETHER = {
    "strict": frozenset[OptionGroup](),
    "documented": frozenset({OptionGroup.CORE, OptionGroup.ENVIRONMENT}),
}
_CONFIG = ("modelDeploymentConfigurationDetails",)
_MODEL = (*_CONFIG, "modelConfigurationDetails")
_INFRASTRUCTURE = (*_CONFIG, "infrastructureConfigurationDetails")
_COMPUTE_TARGET = (*_INFRASTRUCTURE, "computeTargetId")
_RESOURCES = (*_INFRASTRUCTURE, "modelDeploymentResourceConfiguration")
_REQUESTED = (*_RESOURCES, "resourceRequestConfiguration")
_ENVIRONMENT = (*_CONFIG, "environmentConfigurationDetails")
_POOLS = (_MODEL, _INFRASTRUCTURE)  # of one model; of a model group, and of a workload on a compute target

_ANYWHERE: tuple[tuple[tuple[str, ...], OptionGroup], ...] = (
    (("displayName",), OptionGroup.META),  # EDIT "Name or description"; with anything: AUTOSCALE
    (("description",), OptionGroup.META),
    (("freeformTags",), OptionGroup.META),
    (("definedTags",), OptionGroup.META),
    ((*_MODEL, "modelId"), OptionGroup.CORE),  # SDK: "instanceShapeName, instanceCount and modelId" in one
    ((*_MODEL, "modelArtifactSignatureId"), OptionGroup.CORE),  # pins the model's artifact
    # ADS and Oracle's samples change the model group alone; no document says what may change with it.
    ((*_CONFIG, "modelGroupConfigurationDetails", "modelGroupId"), OptionGroup.MODEL_GROUP),
    # Of SINGLE_MODEL_FLEX. No document puts it in an option group; it stands for a compute shape.
    (_RESOURCES, OptionGroup.CORE),
    (("categoryLogDetails",), OptionGroup.LOGS),  # SDK "independently"; EDIT "Logging"
    # EDIT "Default configuration", "BYOC"
    (_ENVIRONMENT, OptionGroup.ENVIRONMENT),
)
# The same for deployments of one model and of a model group, each in its own pool. No document mentions
# those of a model group.
_IN_POOL: tuple[tuple[tuple[str, ...], OptionGroup], ...] = (
    (("instanceConfiguration", "instanceShapeName"), OptionGroup.CORE),  # SDK; EDIT "Compute"
    (
        ("instanceConfiguration", "modelDeploymentInstanceShapeConfigDetails"),
        OptionGroup.CORE,
    ),  # EDIT "Compute"
    (
        ("instanceConfiguration", "capacityReservationIds"),
        OptionGroup.CORE,
    ),  # no document; where they come from
    (("bandwidthMbps",), OptionGroup.BANDWIDTH),  # SDK "separately loadBalancerShape"; EDIT "Load Balancer"
    (("maximumBandwidthMbps",), OptionGroup.BANDWIDTH),
    (("instanceConfiguration", "subnetId"), OptionGroup.NETWORK),  # EDIT "Networking resources"
    (("instanceConfiguration", "networkAccessType"), OptionGroup.NETWORK),
    (("instanceConfiguration", "privateEndpointId"), OptionGroup.NETWORK),
)
_TABLE = (*_ANYWHERE, *(((*pool, *path), group) for pool in _POOLS for path, group in _IN_POOL))

# Option groups whose changes restart no container.
WITHOUT_RESTART = frozenset({OptionGroup.META, OptionGroup.LOGS, OptionGroup.BANDWIDTH})


def refusal(old: Document, new: Document, reading: str, *, live: bool = False) -> str | None:
    """Why a deployment that serves `old` may not be updated to `new` in one call; None when it may.

    `reading`: that of `Readings.update_groups`. `live`: the update is of the type LIVE. Both documents are
    complete and normalised.
    """
    return refusal_anytime(old, new, live=live) or _together(changed_option_groups(old, new), reading)


def refusal_anytime(old: Document, new: Document, *, live: bool = False) -> str | None:
    """As `refusal`, but only by the rules that hold in every state."""
    if _kind(old) != _kind(new):
        # No document says what the service answers.
        return f"The deploymentType of a model deployment cannot be changed: it is {_kind(old)}."
    if _at(old, _COMPUTE_TARGET) != _at(new, _COMPUTE_TARGET):
        # "You can update the modelDeploymentResourceConfiguration and scalingPolicy properties" (SDK).
        return "The computeTargetId of a model deployment cannot be changed; create another one there."
    if _custom(old) and not _custom(new):  # EDIT
        return "Custom networking cannot be changed to default networking."
    return _live(changed_option_groups(old, new)) if live else None


def changed_option_groups(old: Document, new: Document) -> frozenset[OptionGroup]:
    """The option groups in which two normalised documents differ. A default that only one of them states is
    no difference.
    """
    old, new = _with_defaults(old), _with_defaults(new)
    groups = {group for path, group in _TABLE if _at(old, path) != _at(new, path)}
    return frozenset(groups.union(*(_scaling_group(old, new, pool) for pool in _POOLS)))


def _with_defaults(document: Document) -> Document:
    """The document with the defaults that the service documents (docs/service.md §1.6), so that stating one
    is no change; and so that stating an empty value is none.
    """
    filled = without_empty(deepcopy(dict(document)))
    for pool in _POOLS:
        instance = _part(filled, (*pool, "instanceConfiguration"))
        if instance:
            network = (
                "CUSTOM_NETWORKING" if "subnetId" in instance else "MANAGED_NETWORKING_NO_INTERNET_ACCESS"
            )
            instance.setdefault("networkAccessType", network)
        size = _part(filled, (*pool, "instanceConfiguration", "modelDeploymentInstanceShapeConfigDetails"))
        if size:
            size.setdefault("cpuBaseline", "BASELINE_1_1")
        policy = _part(filled, (*pool, "scalingPolicy"))
        if policy.get("policyType") == "AUTOSCALING":
            policy.setdefault("coolDownInSeconds", 300)
        for pace in _paces(policy):
            pace.setdefault("pendingDuration", "PT3M")
    request = _part(filled, _REQUESTED)
    if request:
        request.setdefault("gpus", 0)
    container = _part(filled, _ENVIRONMENT)
    if container == {"environmentConfigurationType": "DEFAULT"}:
        del filled[_CONFIG[0]][_ENVIRONMENT[-1]]
    elif container.get("environmentConfigurationType") == "OCIR_CONTAINER":
        container.setdefault("serverPort", DEFAULT_PORT)
        container.setdefault("healthCheckPort", container["serverPort"])
    return filled


def _paces(policy: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Where the rules of a pool say how long a condition lasts. Those of a compute target have no default."""
    for one in policy.get("autoScalingPolicies", ()):
        for rule in one.get("rules", ()):
            for name in ("scaleInConfiguration", "scaleOutConfiguration"):
                if name in rule:
                    yield rule[name]


def _scaling_group(old: Document, new: Document, pool: tuple[str, ...]) -> set[OptionGroup]:
    """A fixed instance count goes with CORE (SDK); everything about autoscaling stands alone (AUTOSCALE)."""
    policies = [_at(document, (*pool, "scalingPolicy")) for document in (old, new)]
    if policies[0] == policies[1]:
        return set()
    kinds = {policy["policyType"] for policy in policies if policy}
    return {OptionGroup.SCALING} if "AUTOSCALING" in kinds else {OptionGroup.CORE}


def _together(groups: frozenset[OptionGroup], reading: str) -> str | None:
    """Why these option groups may not change together. META may change with any other."""
    rest = groups - {OptionGroup.META}
    if len(rest) <= 1 or rest <= _TOGETHER[reading]:
        return None
    return (
        "These option groups cannot be changed together while the model deployment is active: "
        f"{'; '.join(sorted(rest))}. Change them one at a time, or deactivate the model deployment first."
    )


def _live(groups: frozenset[OptionGroup]) -> str | None:
    """Why these option groups may not change by a LIVE update. ADS: LIVE "can only be used if model group id
    has been changed". That only META may change with it is how Oracle's samples use it; no document says so.
    """
    if OptionGroup.MODEL_GROUP not in groups:
        return "The updateType LIVE can only be used if the modelGroupId has been changed."
    more = groups - {OptionGroup.MODEL_GROUP, OptionGroup.META}
    if not more:
        return None
    return (
        "An update of updateType LIVE changes the model group in place, and name, description and tags; not "
        f"{'; '.join(sorted(more))}. Leave that out, or use ZDT."
    )


def _kind(document: Document) -> JsonValue:
    return _at(document, (*_CONFIG, "deploymentType"))


def _custom(document: Document) -> bool:
    for pool in _POOLS:
        instance = _at(document, (*pool, "instanceConfiguration")) or {}
        if "subnetId" in instance or instance.get("networkAccessType") == "CUSTOM_NETWORKING":
            return True
    return False


def _part(document: Document, path: tuple[str, ...]) -> dict[str, Any]:
    """The part itself, so that it can be changed; where there is none, an empty one outside the document."""
    part: Any = _at(document, path)
    return part if isinstance(part, dict) else {}


def _at(document: Document, path: tuple[str, ...]) -> JsonValue:
    value: Any = document
    for name in path:
        value = value.get(name) if value is not None else None
    return value
