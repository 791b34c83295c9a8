"""Which release of Triton came to know a field of config.pbtxt: an older server refuses the whole file.

Source: the release branches of github.com/triton-inference-server/common (protobuf/model_config.proto), with
the versions in the branches of the same name of triton-inference-server/server (TRITON_VERSION). Older fields
are taken to be known everywhere.
"""

from collections.abc import Iterator
from typing import Any

SINCE = {
    "ModelInstanceGroup.host_policy": "2.11.0",
    "ModelInstanceGroup.passive": "2.11.0",
    "ModelInstanceGroup.secondary_devices": "2.11.0",
    "ModelSequenceBatching.Control.bool_false_true": "2.14.0",
    "ModelConfig.response_cache": "2.15.0",
    "ModelSequenceBatching.state": "2.16.0",
    "ModelInput.optional": "2.18.0",
    "ModelSequenceBatching.State.initial_state": "2.18.0",
    "BatchInput.Kind.BATCH_ITEM_SHAPE": "2.20.0",
    "BatchInput.Kind.BATCH_ITEM_SHAPE_FLATTEN": "2.20.0",
    "DataType.TYPE_BF16": "2.22.0",
    "ModelWarmup.count": "2.24.0",
    "ModelEnsembling.Step.model_namespace": "2.32.0",
    "ModelSequenceBatching.StrategyOldest.preserve_ordering": "2.37.0",
    "ModelSequenceBatching.iterative_sequence": "2.40.0",
    "ModelSequenceBatching.State.use_growable_memory": "2.40.0",
    "ModelSequenceBatching.State.use_same_buffer_for_input_output": "2.40.0",
    "ModelConfig.runtime": "2.42.0",
    "ModelInput.is_non_linear_format_io": "2.49.0",
    "ModelOutput.is_non_linear_format_io": "2.49.0",
    "ModelConfig.model_metrics": "2.52.0",
    "ModelEnsembling.max_inflight_requests": "2.63.0",
}
"""First releases, by message and field, or by enum and value."""

PLATFORMS_SINCE = {"torch_aoti": "2.67.0"}
"""First releases of platforms: an older server knows no backend for such a model."""

PACKAGE = "inference."


def newer_fields(message: Any) -> tuple[tuple[str, str], ...]:
    """The fields, values of enums, and platforms in a model configuration that not every release knows, by
    their name in the file; each with the first release that does.
    """
    found = {name: SINCE[key] for key, name in _used(message) if key in SINCE}
    if since := PLATFORMS_SINCE.get(message.platform):
        found[f'platform "{message.platform}"'] = since
    return tuple(sorted(found.items()))


def _used(message: Any) -> Iterator[tuple[str, str]]:
    """What a message uses: its place in the protobuf, and its name."""
    for field, value in message.ListFields():
        yield _key(message.DESCRIPTOR, field.name), field.name
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            values = value.values() if field.message_type.fields_by_name["value"].message_type else ()
        else:
            # So for repeated fields, in every version of protobuf.
            values = value if isinstance(field.default_value, list) else (value,)
        for item in values:
            if field.enum_type is not None:
                known = field.enum_type.values_by_number.get(item)
                yield from ((_key(field.enum_type, known.name), known.name),) if known else ()
            elif hasattr(item, "ListFields"):
                yield from _used(item)


def _key(descriptor: Any, name: str) -> str:
    return f"{descriptor.full_name.removeprefix(PACKAGE)}.{name}"
