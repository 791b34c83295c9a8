"""Reads the text of a config.pbtxt as the server does, and writes one, as far as the reconciler needs it. No
file is read here.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any, TypeAlias

from reconciler.core.model.configuration import Json
from reconciler.core.model.findings import Finding
from reconciler.core.model.served.contract import Contract, Tensor
from reconciler.core.model.served.model_folder import BY_DEFAULT, Latest, Specific, Unlimited, VersionPolicy
from reconciler.triton.config.binding import bind
from reconciler.triton.config.fields import FieldFault, check_fields
from reconciler.triton.config.leftovers import leftover, stranger
from reconciler.triton.config.protobuf import protobuf
from reconciler.triton.config.releases import newer_fields
from reconciler.triton.config.text import place_at
from reconciler.triton.config.tree import tree_of
from reconciler.triton.config.values import Config, InstanceGroup

MOST_FAULTS = 20
"""What is told of one config.pbtxt."""

Parsed: TypeAlias = Config | tuple[Finding, ...]


@lru_cache(maxsize=4096)
def parse_config(text: str) -> Parsed:
    """A config.pbtxt as Triton reads it, or all that is wrong with it. The same text is parsed once."""
    tree = tree_of(text)
    stopped = tree.stopped
    if stopped and (whole := stranger(text)):
        return (whole,)
    message = protobuf().ModelConfig()
    wrong = [*tree.escapes, *islice(bind(tree.entries, message, text), MOST_FAULTS)]
    if stopped:
        here = Finding(place_at(text, stopped.at), stopped.what, stopped.advice)
        wrong.append(leftover(text, stopped.at) or here)
    return tuple(sorted(wrong)[:MOST_FAULTS]) or _config_of(message, text)


def write_config(fields: Mapping[str, Json]) -> str | tuple[FieldFault, ...]:
    """The text of a config.pbtxt with these fields, which are named as in the protobuf; or everything that is
    wrong with them.
    """
    from google.protobuf import json_format, text_format

    message = protobuf().ModelConfig()
    if faults := tuple(islice(check_fields(fields, message.DESCRIPTOR), MOST_FAULTS)):
        return faults
    try:
        json_format.ParseDict(dict(fields), message)
    except json_format.ParseError:
        what = "these are not fields of a model configuration"
        return (FieldFault((), what, "Write a config.pbtxt instead."),)
    return str(text_format.MessageToString(message, as_utf8=True))


def _config_of(message: Any, text: str) -> Config:
    return Config(
        name=message.name,
        backend=message.backend,
        platform=message.platform,
        model_file=message.default_model_filename,
        runtime=message.runtime,
        groups=tuple(map(_group_of, message.instance_group)),
        agents=tuple(agent.name for agent in message.model_repository_agents.agents),
        parameters=tuple(sorted((key, value.string_value) for key, value in message.parameters.items())),
        policy=_policy_of(message),
        steps=tuple((step.model_name, step.model_version) for step in message.ensemble_scheduling.step),
        contract=_contract_of(message),
        label_files=tuple(
            (output.name, output.label_filename) for output in message.output if output.label_filename
        ),
        newer_fields=newer_fields(message),
        text=text,
        message=message,
    )


def _contract_of(message: Any) -> Contract:
    """What clients send and get. A `reshape` is left out: it is between server and model (Triton's model
    configuration guide).
    """
    return Contract(
        inputs=_sorted(message.input),
        outputs=_sorted(message.output),
        max_batch=max(message.max_batch_size, 0),
        decoupled=message.model_transaction_policy.decoupled,
        sequence=message.HasField("sequence_batching"),
    )


def _sorted(declared: Iterable[Any]) -> tuple[Tensor, ...]:
    tensors = (
        Tensor(item.name, _type_name(item.data_type), tuple(item.dims), getattr(item, "optional", False))
        for item in declared
    )
    return tuple(sorted(tensors, key=lambda tensor: tensor.name))


def _type_name(number: int) -> str:
    known = protobuf().DataType.DESCRIPTOR.values_by_number
    return str(known[number].name).removeprefix("TYPE_") if number in known else str(number)


def _group_of(group: Any) -> InstanceGroup:
    known = protobuf().ModelInstanceGroup.Kind.DESCRIPTOR.values_by_number
    kind = known[group.kind].name if group.kind in known else str(group.kind)
    return InstanceGroup(kind, group.count, tuple(group.gpus))


def _policy_of(message: Any) -> VersionPolicy:
    if not message.HasField("version_policy"):
        return BY_DEFAULT
    policy = message.version_policy
    match policy.WhichOneof("policy_choice"):
        case "latest":
            return Latest(policy.latest.num_versions)
        case "specific":
            return Specific(frozenset(policy.specific.versions))
        case _:
            return Unlimited()
