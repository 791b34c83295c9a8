"""All rules on ensembles, in the order in which their faults are told."""

from reconciler.triton.rules.ensembles import decoupled, flow, members, promises, settings, tensors
from reconciler.triton.rules.rule import with_fields

_OF_STEPS = (*members.RULES, *flow.RULES, *tensors.RULES, *decoupled.RULES, *promises.RULES)

RULES = (
    *with_fields(settings.RULES, "ensemble_scheduling", "platform", "backend"),
    *with_fields(_OF_STEPS, "ensemble_scheduling"),
)
