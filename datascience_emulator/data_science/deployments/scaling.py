"""What requests may say about the scaling of instance pools and compute targets, and of workloads on those.

Pure, as `documents`. Field lists and limits: OCI SDK 2.189, `oci/data_science/models`.
"""

from typing import Any

from datascience_emulator.wire.errors import invalid
from datascience_emulator.wire.schema import (
    Parser,
    boolean,
    integer,
    number,
    one_of,
    record,
    sequence,
    tagged,
    text,
)

_threshold = {
    "scalingConfigurationType": one_of("THRESHOLD"),
    "threshold": integer(1, 100),
}
_query = {"scalingConfigurationType": one_of("QUERY"), "query": text()}
_extras: dict[str, Parser] = {
    "pendingDuration": text(pattern=r"PT(?:[3-9]|[1-5]\d|60)M|PT1H", hint="PT3M to PT1H"),
    "instanceCountAdjustment": integer(1),
}
_METRIC = one_of("CPU_UTILIZATION", "MEMORY_UTILIZATION")
_rule = tagged(
    "metricExpressionRuleType",
    {
        "PREDEFINED_EXPRESSION": record(
            {
                "metricType": _METRIC,
                "scaleInConfiguration": record(_threshold, _extras),
                "scaleOutConfiguration": record(_threshold, _extras),
            },
            {},
        ),
        "CUSTOM_EXPRESSION": record(
            {
                "scaleInConfiguration": record(_query, _extras),
                "scaleOutConfiguration": record(_query, _extras),
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


def _policies(rule: Parser, least: int, more: dict[str, Parser]) -> Parser:
    counts = {
        "minimumInstanceCount": integer(least),
        "initialInstanceCount": integer(least),
        "maximumInstanceCount": integer(1),
    }
    policy = record({"rules": sequence(rule, minimum=1), **counts}, more, _ordered_counts)
    return sequence(tagged("autoScalingPolicyType", {"THRESHOLD": policy}), minimum=1, maximum=1)


# ScalingPolicy and ManagedComputeClusterScalingPolicy have the same fields.
instances = tagged(
    "policyType",
    {
        "FIXED_SIZE": record({"instanceCount": integer(1)}, {}),
        "AUTOSCALING": record(
            {"autoScalingPolicies": _policies(_rule, 1, {})},
            {"coolDownInSeconds": integer(300), "isEnabled": boolean},
        ),
    },
)

# -- workloads on a managed compute cluster

_pace = record(
    {},
    {
        "pendingDuration": text(pattern=r"PT(?:[1-9]|[12]\d|30)M", hint="PT1M to PT30M"),
        "instanceCountAdjustment": integer(1),
        "coolDownInSeconds": integer(0),
    },
)
_aim: dict[str, Parser] = {"threshold": number(0, 1e12)}
_target_rule = tagged(
    "metricExpressionRuleType",
    {
        "TARGET_PREDEFINED_EXPRESSION": record(
            {
                "metricType": _METRIC,
                "scaleConfiguration": record(
                    {"targetScalingConfigurationType": one_of("THRESHOLD"), **_aim}, {}
                ),
            },
            {},
        ),
        "TARGET_CUSTOM_EXPRESSION": record(
            {
                "scaleConfiguration": record(
                    {"targetScalingConfigurationType": one_of("QUERY"), "query": text(), **_aim},
                    {"metricNamespace": text(maximum=255)},
                )
            },
            {},
        ),
    },
)
workloads = tagged(
    "policyType",
    {
        "FIXED_SIZE": record({"instanceCount": integer(1)}, {}),
        "AUTOSCALING": record(
            # A minimum of zero is scale-to-zero.
            {
                "autoScalingPolicies": _policies(
                    _target_rule, 0, {"scaleInPolicy": _pace, "scaleOutPolicy": _pace}
                )
            },
            {"isEnabled": boolean},
        ),
    },
)
