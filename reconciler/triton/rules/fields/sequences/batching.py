"""Rules on sequence batching (core, model_config_utils.cc, ValidateModelConfig)."""

from collections.abc import Iterator

from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.fields.batching import preferred_sizes
from reconciler.triton.rules.rule import Fault, Repository, Rule

BATCHER = "sequence_batching"


def _preferred(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    oldest = model.message.sequence_batching.oldest
    yield from preferred_sizes(model, oldest, BATCHER, "oldest")


def _slot_utilization(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    share = model.message.sequence_batching.direct.minimum_slot_utilization
    if share < 0 or share > 1:
        what = f"minimum_slot_utilization is {share:.4g}"
        yield Fault(what, "It is from 0 to 1.", (BATCHER, "direct", "minimum_slot_utilization"))


def _cached(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    message = model.message
    kinds = {
        "takes sequences": message.HasField(BATCHER),
        "is decoupled": message.model_transaction_policy.decoupled,
    }
    reasons = [kind for kind, applies in kinds.items() if applies]
    if message.response_cache.enable and reasons:
        what = f"the model {reasons[0]}, and Triton caches no responses of such a model"
        yield Fault(what, "Take `response_cache` out.", ("response_cache", "enable"))


RULES = (
    Rule("preferred-batch-of-sequences", "core, model_config_utils.cc, ValidateModelConfig", _preferred),
    Rule("slot-utilization", "core, model_config_utils.cc, ValidateModelConfig", _slot_utilization),
    Rule("cached-responses", "core, model_config_utils.cc, ValidateModelConfig", _cached),
)
