"""Whether a document is a saved plan, as schemas/plan.v1.json says. It knows nothing of what values mean."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from reconciler.core.model.errors import Failed
from reconciler.shipped import schema_text

if TYPE_CHECKING:
    from jsonschema import ValidationError
    from jsonschema.protocols import Validator

LONGEST_FAULT = 300
AGAIN = "make it again with reconcile plan --out"

TAGS = ("kind", "step")
"""The keys under which the members of unions have their names."""


def check_schema(document: Mapping[str, Any]) -> None:
    """Raise Failed for a document that the schema does not allow; the message names the place."""
    from jsonschema.exceptions import best_match

    fault = best_match(_validator().iter_errors(dict(document)))
    if fault is not None:
        raise Failed(
            f"the saved plan is damaged: {fault.json_path}: {fault.message[:LONGEST_FAULT]}; {AGAIN}"
        )


@cache
def _validator() -> "Validator":
    from jsonschema import Draft7Validator
    from jsonschema.validators import extend

    kind = extend(Draft7Validator, {"oneOf": _one_by_its_tag})  # type: ignore[no-untyped-call]  # it has no types
    validator: Validator = kind(json.loads(schema_text("plan.v1.json")))
    return validator


def _one_by_its_tag(
    validator: Any, members: list[dict[str, Any]], value: Any, schema: Mapping[str, Any]
) -> "Iterator[ValidationError]":
    """`oneOf` of the schema, where each member has its own constant under one key, such as `step`: only the
    member with that constant can fit, so it alone is checked. To try all kinds of steps takes three times as
    long.
    """
    from jsonschema import Draft7Validator

    place = _member(members, value)
    if place is None:
        yield from Draft7Validator.VALIDATORS["oneOf"](validator, members, value, schema)
    else:
        yield from validator.descend(value, members[place], schema_path=place)


def _member(members: list[dict[str, Any]], value: Any) -> int | None:
    """The place of the member whose constant is in the value; None if no member fits or some have none."""
    for tag in TAGS:
        constants = [member.get("properties", {}).get(tag, {}).get("const") for member in members]
        if None not in constants and isinstance(value, dict) and constants.count(value.get(tag)) == 1:
            return constants.index(value[tag])
    return None
