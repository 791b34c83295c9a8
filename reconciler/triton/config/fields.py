"""Checks declared fields of a model configuration against the description of the protobuf.

The reader of protobuf itself would find the same mistakes, but one at a time, and in words for programmers.
"""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from reconciler.core.model.configuration import Json
from reconciler.triton.config.words import (
    BOOL,
    FRACTIONS,
    INTEGERS,
    is_map,
    no_field,
    no_value,
    repeated,
    shown,
)

Field: TypeAlias = tuple[str | int, ...]
"""A field of a model's configuration: names, and indices of what is repeated, as in `("input", 0, "dims")`.
Keys of maps are names. An empty one is the whole configuration.
"""


class FieldFault(NamedTuple):
    """What is wrong with a field, and what to do."""

    field: Field
    what: str
    advice: str = ""


def named(field: Field) -> str:
    """A field as messages name it: without the indices."""
    return ".".join(shown(name) for name in field if isinstance(name, str))


def check_fields(fields: object, message: Any, at: Field = ()) -> Iterator[FieldFault]:
    """Everything that keeps these fields from being such a message; `message` is its descriptor."""
    if not isinstance(fields, Mapping):
        yield _wrong(at, "a mapping")
        return
    for name, value in fields.items():
        field, here = message.fields_by_name.get(name), (*at, name)
        if field is None:
            yield FieldFault(here, f"unknown field {named(here)}", no_field(name, message))
        elif value is not None:
            yield from _of_field(value, field, here)
    for choice in message.oneofs:
        chosen = [field.name for field in choice.fields if fields.get(field.name) is not None]
        if len(chosen) > 1:
            what = f"{named((*at, chosen[0]))} and {chosen[1]} exclude each other"
            yield FieldFault((*at, chosen[1]), what, "Keep one of the two.")


def _of_field(value: Json, field: Any, at: Field) -> Iterator[FieldFault]:
    if is_map(field):
        of = field.message_type.fields_by_name["value"]
        if not isinstance(value, dict):
            yield _wrong(at, "a mapping")
            return
        for key, item in value.items():
            yield from _of_value(item, of, (*at, key))
    elif repeated(field):
        if not isinstance(value, list):
            yield _wrong(at, "a list")
            return
        for index, item in enumerate(value):
            yield from _of_value(item, field, (*at, index))
    else:
        yield from _of_value(value, field, at)


def _of_value(value: Json, field: Any, at: Field) -> Iterator[FieldFault]:
    if field.message_type:
        yield from check_fields(value, field.message_type, at)
    elif field.enum_type:
        if isinstance(value, bool) or not isinstance(value, str | int):
            yield _wrong(at, "a word in capitals")
        elif value not in field.enum_type.values_by_name and value not in field.enum_type.values_by_number:
            what = f"{named(at)} cannot be {shown(value)}"
            yield FieldFault(at, what, no_value(str(value), field.enum_type))
    elif field.cpp_type in INTEGERS:
        yield from _of_integer(value, at, *INTEGERS[field.cpp_type])
    elif field.cpp_type in FRACTIONS:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            yield _wrong(at, "a number")
    elif field.cpp_type == BOOL:
        if not isinstance(value, bool):
            yield _wrong(at, "true or false")
    elif not isinstance(value, str):
        yield _wrong(at, "text", "Put quotes around it." if isinstance(value, bool | int | float) else "")


def _of_integer(value: Json, at: Field, low: int, high: int) -> Iterator[FieldFault]:
    # Numbers of 64 bits are text in JSON, so text is taken too.
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,20}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        yield _wrong(at, "a whole number")
    elif not low <= value <= high:
        yield _wrong(at, f"between {low} and {high}")


def _wrong(at: Field, expected: str, advice: str = "") -> FieldFault:
    return FieldFault(at, f"{named(at)} must be {expected}", advice)
