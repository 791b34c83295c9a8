"""Checks declared fields of a model configuration against the description of the protobuf.

The reader of protobuf itself would find the same mistakes, but one at a time, and in words for programmers.
"""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.core.model.configuration import Json
from reconciler.core.model.findings import Finding, Location
from reconciler.core.model.text import LONGEST_WORD_SHOWN, cut, nearest

# google.protobuf.descriptor.FieldDescriptor.CPPTYPE_*; importing it here would slow down every offline verb.
_INTEGERS = {1: (-(2**31), 2**31 - 1), 2: (-(2**63), 2**63 - 1), 3: (0, 2**32 - 1), 4: (0, 2**64 - 1)}
_FRACTIONS = (5, 6)
_BOOL = 7


NOWHERE = Location("")


def check_fields(fields: object, message: Any, at: str = "") -> Iterator[Finding]:
    """Everything that keeps these fields from being such a message; `message` is its descriptor. The findings
    have no place: the caller knows where the fields are.
    """
    if not isinstance(fields, Mapping):
        yield _wrong(at, "a mapping")
        return
    prefix = f"{at}." if at else ""
    for name, value in fields.items():
        field = message.fields_by_name.get(name)
        if field is None:
            unknown = f"unknown field {prefix}{cut(name, LONGEST_WORD_SHOWN)}"
            yield Finding(NOWHERE, unknown, nearest_known(name, message.fields_by_name))
        elif value is not None:
            yield from _of_field(value, field, prefix + name)
    for choice in message.oneofs:
        chosen = [field.name for field in choice.fields if fields.get(field.name) is not None]
        if len(chosen) > 1:
            what = f"{prefix}{chosen[0]} and {chosen[1]} exclude each other"
            yield Finding(NOWHERE, what, "Keep one of the two.")


def nearest_known(name: str, known: Mapping[str, object]) -> str:
    """Which of the known names was probably meant; or all of them."""
    return nearest(name, known) or f"These are known: {', '.join(sorted(known))}."


def _of_field(value: Json, field: Any, at: str) -> Iterator[Finding]:
    if field.message_type and field.message_type.GetOptions().map_entry:
        of = field.message_type.fields_by_name["value"]
        if not isinstance(value, dict):
            yield _wrong(at, "a mapping")
            return
        for key, item in value.items():
            yield from _of_value(item, of, f"{at}.{cut(key, LONGEST_WORD_SHOWN)}")
    elif isinstance(field.default_value, list):  # so for repeated fields, in every version of protobuf
        if not isinstance(value, list):
            yield _wrong(at, "a list")
            return
        for item in value:
            yield from _of_value(item, field, at)
    else:
        yield from _of_value(value, field, at)


def _of_value(value: Json, field: Any, at: str) -> Iterator[Finding]:
    if field.message_type:
        yield from check_fields(value, field.message_type, at)
    elif field.enum_type:
        known = field.enum_type.values_by_name
        by_number = field.enum_type.values_by_number
        if isinstance(value, bool) or not isinstance(value, str | int):
            yield _wrong(at, "a word in capitals")
        elif value not in known and value not in by_number:
            what = f"{at} cannot be {cut(str(value), LONGEST_WORD_SHOWN)}"
            yield Finding(NOWHERE, what, nearest_known(str(value), known))
    elif field.cpp_type in _INTEGERS:
        yield from _of_integer(value, at, *_INTEGERS[field.cpp_type])
    elif field.cpp_type in _FRACTIONS:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            yield _wrong(at, "a number")
    elif field.cpp_type == _BOOL:
        if not isinstance(value, bool):
            yield _wrong(at, "true or false")
    elif not isinstance(value, str):
        yield _wrong(at, "text", "Put quotes around it." if isinstance(value, bool | int | float) else "")


def _of_integer(value: Json, at: str, low: int, high: int) -> Iterator[Finding]:
    # Numbers of 64 bits are text in JSON, so text is taken too.
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,20}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        yield _wrong(at, "a whole number")
    elif not low <= value <= high:
        yield _wrong(at, f"between {low} and {high}")


def _wrong(at: str, expected: str, advice: str = "") -> Finding:
    return Finding(NOWHERE, f"{at} must be {expected}", advice)
