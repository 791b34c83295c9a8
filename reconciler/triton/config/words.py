"""What is said of fields that a model configuration does not have, and of values that a field cannot have:
the same words for a config.pbtxt and for the `config:` of a manifest.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from reconciler.core.model.text import LONGEST_WORD_SHOWN, cut, joined, nearest
from reconciler.triton.config.protobuf import protobuf

# google.protobuf.descriptor.FieldDescriptor.CPPTYPE_*; importing it here would slow down every offline verb.
INTEGERS = {1: (-(2**31), 2**31 - 1), 2: (-(2**63), 2**63 - 1), 3: (0, 2**32 - 1), 4: (0, 2**64 - 1)}
FRACTIONS = (5, 6)
BOOL = 7
ENUM = 8

_TYPES_ELSEWHERE = {
    "BFLOAT16": "TYPE_BF16", "BOOLEAN": "TYPE_BOOL", "BYTES": "TYPE_STRING", "DOUBLE": "TYPE_FP64",
    "FLOAT": "TYPE_FP32", "FLOAT16": "TYPE_FP16", "FLOAT32": "TYPE_FP32", "FLOAT64": "TYPE_FP64",
    "HALF": "TYPE_FP16", "INT": "TYPE_INT32", "LONG": "TYPE_INT64", "STR": "TYPE_STRING",
}  # fmt: skip
"""Types as numpy and torch name them."""


def shown(word: object) -> str:
    """A word of somebody else's, as messages quote it."""
    return cut(str(word), LONGEST_WORD_SHOWN)


def repeated(field: Any) -> bool:
    """Whether a field has many values; so in every version of protobuf."""
    return isinstance(field.default_value, list)


def is_map(field: Any) -> bool:
    """Whether a field is a map."""
    return bool(field.message_type and field.message_type.GetOptions().map_entry)


def no_field(name: str, message: Any) -> str:
    """What to do about a field that a message does not have: it has one like it, or another level has it."""
    if places := _levels().get(name):
        return f"{name} belongs {joined(places, ' or ')}."
    near = nearest(name, message.fields_by_name) or nearest(name, _levels())
    return near or f"These are known: {', '.join(sorted(message.fields_by_name))}."


_LEVELS = {
    "ModelConfig": "at the top of the configuration",
    "ModelInput": "in `input`",
    "ModelOutput": "in `output`",
    "ModelInstanceGroup": "in `instance_group`",
    "ModelDynamicBatching": "in `dynamic_batching`",
    "ModelSequenceBatching": "in `sequence_batching`",
    "ModelOptimizationPolicy": "in `optimization`",
    "ModelTransactionPolicy": "in `model_transaction_policy`",
    "ModelParameter": "in the `value` of `parameters`",
    "Step": "in a `step` of `ensemble_scheduling`",
    "ModelWarmup": "in `model_warmup`",
    "ModelTensorReshape": "in `reshape`",
    "ModelQueuePolicy": "in `default_queue_policy`",
}
"""Messages whose fields people put elsewhere."""


@cache
def _levels() -> Mapping[str, tuple[str, ...]]:
    """Where each field of a configuration belongs."""
    found: dict[str, list[str]] = {}
    for message in _messages(protobuf().ModelConfig.DESCRIPTOR, set()):
        for name in message.fields_by_name if message.name in _LEVELS else ():
            found.setdefault(name, []).append(_LEVELS[message.name])
    return {name: tuple(places) for name, places in found.items()}


def _messages(message: Any, seen: set[str]) -> Iterator[Any]:
    if message.full_name not in seen:
        seen.add(message.full_name)
        yield message
        for field in message.fields:
            if field.message_type:
                yield from _messages(field.message_type, seen)


def no_value(word: str, enum: Any) -> str:
    """What to do about a word that is no value of this enum."""
    known = enum.values_by_name
    endings = {name.split("_", 1)[-1]: name for name in known}
    elsewhere = _TYPES_ELSEWHERE.get(word.upper().removeprefix("TYPE_"), "")
    meant = endings.get(word.upper()) or (elsewhere if elsewhere in known else "")
    if meant:
        return f"Write {meant}."
    return nearest(word, known) or f"These are known: {', '.join(sorted(known))}."
