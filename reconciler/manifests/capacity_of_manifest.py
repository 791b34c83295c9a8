"""The machine and the scaling of a manifest → values of the core."""

from reconciler.core.model.configuration import (
    Autoscaling,
    FixedScaling,
    Instance,
    Metric,
    QueryRule,
    Rule,
    Scaling,
    ThresholdRule,
)
from reconciler.manifests.declarations.instance_and_scaling import (
    ManifestAutoscaling,
    ManifestFixedScaling,
    ManifestInstance,
)
from reconciler.manifests.schema.formats import seconds


def instance_of(instance: ManifestInstance) -> Instance:
    return Instance(
        shape=instance.shape,
        ocpus=instance.ocpus,
        memory_gbs=instance.memory_gbs,
        cpu_baseline=instance.cpu_baseline and instance.cpu_baseline.value,
        reservations=instance.capacity_reservations,
    )


def scaling_of(
    scaling: ManifestFixedScaling | ManifestAutoscaling,
) -> Scaling:
    match scaling:
        case ManifestFixedScaling():
            return FixedScaling(scaling.instances)
        case ManifestAutoscaling():
            return Autoscaling(
                minimum=scaling.min,
                maximum=scaling.max,
                rule=_rule(scaling),
                cool_down_seconds=seconds(scaling.cool_down),
                initial=scaling.initial,
            )


def _rule(scaling: ManifestAutoscaling) -> Rule | None:
    pending = seconds(scaling.pending_duration)
    if scaling.query:
        return QueryRule(scaling.query.out, scaling.query.in_, pending)
    for metric, thresholds in ((Metric.CPU, scaling.cpu), (Metric.MEMORY, scaling.memory)):
        if thresholds:
            return ThresholdRule(metric, thresholds.out, thresholds.in_, pending)
    return None  # Something is wrong with the rule, and there is a finding about it.
