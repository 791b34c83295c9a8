"""Scaling policies, from the SDK's classes to ours and back (docs/service.md §1.6, scalingPolicy). Pure.

A policy that no manifest can express is read with a rule of None, which always differs. While it stays, it is
sent back as it came; it is never made anew.
"""

import re
from typing import Any, assert_never

from oci.data_science import models

from reconciler.adapters.sdk import Sdk
from reconciler.core.model.configuration import (
    DEFAULT_PENDING_SECONDS,
    Autoscaling,
    FixedScaling,
    Metric,
    QueryRule,
    Rule,
    Scaling,
    ThresholdRule,
)
from reconciler.core.model.errors import Failed

DEFAULT_COOL_DOWN = 300
"""Seconds, where the service says none."""

_DURATION = re.compile(r"PT(?=\d)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?")


def scaling_of(policy: Sdk) -> Scaling:
    """A policy as a value; one instance when there is none. A policy of an unknown kind differs from all
    that a manifest can express.
    """
    if policy is None:
        return FixedScaling(1)
    if isinstance(policy, models.FixedSizeScalingPolicy):
        # Without a count: 0, which no manifest can express.
        return FixedScaling(policy.instance_count or 0)
    if not isinstance(policy, models.AutoScalingPolicy):
        return Autoscaling(minimum=0, maximum=0, rule=None, cool_down_seconds=DEFAULT_COOL_DOWN)
    policies = policy.auto_scaling_policies or []
    details = policies[0] if policies else None
    expressible = len(policies) == 1 and policy.is_enabled is not False
    return Autoscaling(
        minimum=getattr(details, "minimum_instance_count", None) or 0,
        maximum=getattr(details, "maximum_instance_count", None) or 0,
        rule=_rule_of(details) if expressible else None,
        cool_down_seconds=policy.cool_down_in_seconds or DEFAULT_COOL_DOWN,
        initial=getattr(details, "initial_instance_count", None),
    )


def _rule_of(details: Sdk) -> Rule | None:
    rules: list[Sdk] = getattr(details, "rules", None) or []
    if len(rules) != 1:
        return None
    out: Sdk = getattr(rules[0], "scale_out_configuration", None)
    in_: Sdk = getattr(rules[0], "scale_in_configuration", None)
    pending = _pending(out, in_)
    if pending is None:
        return None
    match rules[0]:
        case models.PredefinedMetricExpressionRule(metric_type=metric) if metric in set(Metric):
            complete = out.threshold is not None and in_.threshold is not None
            return ThresholdRule(Metric(metric), out.threshold, in_.threshold, pending) if complete else None
        case models.CustomMetricExpressionRule() if out.query and in_.query:
            return QueryRule(out.query, in_.query, pending)
    return None


def _pending(out: Sdk, in_: Sdk) -> int | None:
    """Seconds; None when the two directions differ, or step by another number than one instance."""
    if out is None or in_ is None:
        return None
    if {out.instance_count_adjustment, in_.instance_count_adjustment} - {None, 1}:
        return None
    pending_out, pending_in = _seconds(out.pending_duration), _seconds(in_.pending_duration)
    return pending_out if pending_out == pending_in else None


def _seconds(duration: str | None) -> int | None:
    """An ISO 8601 duration of hours, minutes and seconds; None for what is none."""
    if duration is None:
        return DEFAULT_PENDING_SECONDS
    match = _DURATION.fullmatch(duration)
    if match is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds


def policy_of(scaling: Scaling, old: Sdk) -> Sdk:
    """The policy for this scaling; `old`, if any, is the live one, returned when it is right already."""
    if old is not None and scaling_of(old) == scaling:
        return old
    match scaling:
        case FixedScaling(instances):
            return models.FixedSizeScalingPolicy(instance_count=instances)
        case Autoscaling():
            return _autoscaling(scaling, old)
        case _:
            assert_never(scaling)


def _autoscaling(scaling: Autoscaling, old: Sdk) -> models.AutoScalingPolicy:
    policy = models.ThresholdBasedAutoScalingPolicyDetails(
        rules=[_rule(scaling.rule)],
        minimum_instance_count=scaling.minimum,
        maximum_instance_count=scaling.maximum,
        initial_instance_count=_initial(scaling, old),
    )
    return models.AutoScalingPolicy(
        is_enabled=True, cool_down_in_seconds=scaling.cool_down_seconds, auto_scaling_policies=[policy]
    )


def _rule(rule: Rule | None) -> Sdk:
    match rule:
        case ThresholdRule(metric, out, in_, pending):
            kind = models.PredefinedExpressionThresholdScalingConfiguration
            ways: dict[str, Any] = {
                "scale_out_configuration": kind(threshold=out, pending_duration=_duration(pending)),
                "scale_in_configuration": kind(threshold=in_, pending_duration=_duration(pending)),
            }
            return models.PredefinedMetricExpressionRule(metric_type=metric.value, **ways)
        case QueryRule(out_query, in_query, pending):
            custom = models.CustomExpressionQueryScalingConfiguration
            return models.CustomMetricExpressionRule(
                scale_out_configuration=custom(query=out_query, pending_duration=_duration(pending)),
                scale_in_configuration=custom(query=in_query, pending_duration=_duration(pending)),
            )
        case None:
            raise Failed(
                "the autoscaling that was live before cannot be made anew: no manifest can ask for it. "
                "Set it by hand, or give spec.scaling"
            )
        case _:
            assert_never(rule)


def _duration(seconds: int) -> str:
    return f"PT{seconds}S" if seconds % 60 else f"PT{seconds // 60}M"


def _initial(scaling: Autoscaling, old: Sdk) -> int:
    """A changed initial count resets the number of instances (docs/service.md §1.6). So when none is desired,
    the old one, or an old fixed count, is kept as far as the limits allow.
    """
    if scaling.initial is not None:
        return scaling.initial
    before = getattr(old, "instance_count", None)
    if isinstance(old, models.AutoScalingPolicy) and old.auto_scaling_policies:
        before = getattr(old.auto_scaling_policies[0], "initial_instance_count", None)
    return min(max(before or scaling.minimum, scaling.minimum), scaling.maximum)
