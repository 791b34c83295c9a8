"""Autoscaling as the service writes it, and what of it a manifest can ask for."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from reconciler.adapters.oci.conversion.requests import update_details
from reconciler.core.model.configuration import (
    Autoscaling,
    FixedScaling,
)
from reconciler.core.model.errors import Failed
from reconciler.core.model.live import Marks
from reconciler.core.planning.diff.option_groups import OptionGroup
from tests.support.deployment_updates import update_of
from tests.support.documents import CPU, MODEL, NO_MARKS, configuration_with, created, live, read, wire


def test_the_initial_instance_count_stays_while_the_limits_allow_it() -> None:
    """Changing it would reset the number of instances."""
    before = configuration_with(scaling=FixedScaling(3))
    for limits, expected in [((1, 5), 3), ((4, 5), 4), ((1, 2), 2)]:
        wanted = configuration_with(scaling=Autoscaling(*limits, CPU))
        body = wire(
            update_details(update_of("", [OptionGroup.SCALING], wanted, Marks()), "m", read(created(before)))
        )
        policy = body["modelDeploymentConfigurationDetails"]["modelConfigurationDetails"]["scalingPolicy"]
        assert policy["autoScalingPolicies"][0]["initialInstanceCount"] == expected


def scaling_document(**parts: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A document and the autoscaling policy in it."""
    document = created(configuration_with(scaling=Autoscaling(1, 2, CPU, **parts)))
    model = document["modelDeploymentConfigurationDetails"]["modelConfigurationDetails"]
    return document, model["scalingPolicy"]


def test_autoscaling_as_it_goes_over_the_wire() -> None:
    _, policy = scaling_document(cool_down_seconds=600, initial=2)
    way = {"scalingConfigurationType": "THRESHOLD", "pendingDuration": "PT3M"}
    rule = {
        "metricExpressionRuleType": "PREDEFINED_EXPRESSION",
        "metricType": "CPU_UTILIZATION",
        "scaleOutConfiguration": {**way, "threshold": 70},
        "scaleInConfiguration": {**way, "threshold": 30},
    }
    counts = {"minimumInstanceCount": 1, "maximumInstanceCount": 2, "initialInstanceCount": 2}
    assert policy == {
        "policyType": "AUTOSCALING",
        "isEnabled": True,
        "coolDownInSeconds": 600,
        "autoScalingPolicies": [{"autoScalingPolicyType": "THRESHOLD", "rules": [rule], **counts}],
    }


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [("PT3M", 180), ("PT180S", 180), ("PT1H", 3600), ("PT60M", 3600), ("PT1H30M", 5400), (None, 180)],
)
def test_pending_durations(duration: str | None, seconds: int) -> None:
    document, policy = scaling_document()
    for way in ("scaleOutConfiguration", "scaleInConfiguration"):
        policy["autoScalingPolicies"][0]["rules"][0][way]["pendingDuration"] = duration
    found = live(document).configuration
    assert found is not None
    assert isinstance(found.scaling, Autoscaling)
    assert found.scaling.rule == replace(CPU, pending_seconds=seconds)


def no_rule(policy: dict[str, Any]) -> None:
    policy["autoScalingPolicies"][0]["rules"] = []


def two_rules(policy: dict[str, Any]) -> None:
    policy["autoScalingPolicies"][0]["rules"] *= 2


def two_policies(policy: dict[str, Any]) -> None:
    policy["autoScalingPolicies"] *= 2


def disabled(policy: dict[str, Any]) -> None:
    policy["isEnabled"] = False


def other_pending(policy: dict[str, Any]) -> None:
    policy["autoScalingPolicies"][0]["rules"][0]["scaleInConfiguration"]["pendingDuration"] = "PT5M"


def strange_pending(policy: dict[str, Any]) -> None:
    for way in ("scaleOutConfiguration", "scaleInConfiguration"):
        policy["autoScalingPolicies"][0]["rules"][0][way]["pendingDuration"] = "P1D"


def two_at_once(policy: dict[str, Any]) -> None:
    policy["autoScalingPolicies"][0]["rules"][0]["scaleOutConfiguration"]["instanceCountAdjustment"] = 2


def only_out(policy: dict[str, Any]) -> None:
    del policy["autoScalingPolicies"][0]["rules"][0]["scaleInConfiguration"]


def other_metric(policy: dict[str, Any]) -> None:
    policy["autoScalingPolicies"][0]["rules"][0]["metricType"] = "GPU_UTILIZATION"


def other_kind(policy: dict[str, Any]) -> None:
    policy["autoScalingPolicies"][0]["rules"][0]["metricExpressionRuleType"] = "GUESS"


@pytest.mark.parametrize(
    "change",
    [
        no_rule,
        two_rules,
        two_policies,
        disabled,
        other_pending,
        strange_pending,
        two_at_once,
        only_out,
        other_metric,
        other_kind,
    ],
)
def test_autoscaling_that_a_manifest_cannot_ask_for_always_differs(
    change: Callable[[dict[str, Any]], None],
) -> None:
    document, policy = scaling_document()
    change(policy)
    found = live(document).configuration
    assert found is not None
    assert found.scaling == Autoscaling(1, 2, None, initial=1)


def test_autoscaling_that_no_manifest_can_ask_for_is_kept_and_never_made_anew() -> None:
    document, policy = scaling_document()
    two_at_once(policy)
    seen = live(document).configuration
    assert seen is not None
    body = wire(update_details(update_of("", [OptionGroup.CORE], seen, NO_MARKS), MODEL, read(document)))
    model = body["modelDeploymentConfigurationDetails"]["modelConfigurationDetails"]
    assert model["scalingPolicy"] == policy
    with pytest.raises(Failed, match="no manifest can ask for it"):
        update_details(
            update_of("", [OptionGroup.SCALING], seen, NO_MARKS), MODEL, read(created(configuration_with()))
        )


def test_one_instance_at_a_time_is_the_default_told() -> None:
    document, policy = scaling_document()
    policy["autoScalingPolicies"][0]["rules"][0]["scaleOutConfiguration"]["instanceCountAdjustment"] = 1
    found = live(document).configuration
    assert found is not None
    assert found.scaling == Autoscaling(1, 2, CPU, initial=1)
