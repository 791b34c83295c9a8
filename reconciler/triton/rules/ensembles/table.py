"""All rules on ensembles, in the order in which their faults are told."""

from reconciler.triton.rules.ensembles import decoupled, flow, members, promises, settings, tensors

RULES = (
    *settings.RULES,
    *members.RULES,
    *flow.RULES,
    *tensors.RULES,
    *decoupled.RULES,
    *promises.RULES,
)
