"""Reads and writes the text of a config.pbtxt with the server's own protobuf, as far as the reconciler needs
it. No file is read here.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from reconciler.core.model.configuration import Json
from reconciler.core.model.findings import Finding, Location
from reconciler.core.model.served.contract import Contract, Tensor
from reconciler.core.model.served.model_folder import BY_DEFAULT, Latest, Specific, Unlimited, VersionPolicy
from reconciler.core.model.text import cut
from reconciler.triton.config.fields import NOWHERE, check_fields, nearest_known
from reconciler.triton.config.protobuf import protobuf
from reconciler.triton.config.releases import newer_fields
from reconciler.triton.config.values import Config, InstanceGroup

_STRINGS = re.compile(r"""#[^\n]*|"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?""")
"""Comments, and the strings between them."""

_ESCAPE = re.compile(r"\\([4-7][0-7]{2}|.)")
_ESCAPES = frozenset("abfnrtvxuU\\'\"01234567")
"""The escapes that the server knows (text format of protobuf, string literals); Python knows them too."""

LONGEST_FAULT = 300
"""Characters of a message of the protobuf's parser. It quotes whole values, which may have any length."""


Parsed: TypeAlias = Config | Finding


@lru_cache(maxsize=4096)
def parse_config(text: str) -> Parsed:
    """A config.pbtxt as Triton reads it. The same text is parsed once."""
    from google.protobuf import text_format

    if wrong := _wrong_escape(text):
        return wrong
    message = protobuf().ModelConfig()
    try:
        text_format.Parse(text, message)
    except text_format.ParseError as error:
        what = cut(re.sub(r"^\d+:\d+ : ('.*': )?", "", str(error)), LONGEST_FAULT)
        where = Location("", error.GetLine() or 0, error.GetColumn() or 0)
        return Finding(where, what, _nearest_field(what))
    except ValueError as error:  # a number that no value of an enum has room for
        return Finding(NOWHERE, cut(str(error), LONGEST_FAULT), "Write the value's name, in capitals.")
    return _config_of(message, text)


def _wrong_escape(text: str) -> Finding | None:
    """The first escape that Python's parser takes as it is, and the server refuses."""
    strings = (match for match in _STRINGS.finditer(text) if not match[0].startswith("#"))
    for string in strings if "\\" in text else ():
        for escape in _ESCAPE.finditer(string[0]):
            if escape[1] not in _ESCAPES:
                at = string.start() + escape.start()
                line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
                what = f"there is no escape sequence '{escape[0]}'"
                return Finding(Location("", line, column), what, "Write two backslashes for one.")
    return None


def write_config(fields: Mapping[str, Json]) -> str | tuple[Finding, ...]:
    """The text of a config.pbtxt with these fields, which are named as in the protobuf; or everything that is
    wrong with them.
    """
    from google.protobuf import json_format, text_format

    message = protobuf().ModelConfig()
    if findings := tuple(check_fields(fields, message.DESCRIPTOR)):
        return findings
    try:
        json_format.ParseDict(dict(fields), message)
    except json_format.ParseError:
        what = "these are not fields of a model configuration"
        return (Finding(NOWHERE, what, "Write a config.pbtxt instead."),)
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


def _nearest_field(what: str) -> str:
    match = re.search(r'Message type "inference\.([\w.]+)" has no field named "(\w+)"', what)
    if not match:
        return ""
    descriptor = protobuf().DESCRIPTOR
    for number, part in enumerate(match[1].split(".")):
        descriptor = (descriptor.nested_types_by_name if number else descriptor.message_types_by_name)[part]
    return nearest_known(match[2], descriptor.fields_by_name)
