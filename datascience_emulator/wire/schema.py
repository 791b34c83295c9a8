"""Parsers for request bodies, built from smaller parsers, each with a JSON Schema that says the same.

A parser takes a JSON value and its place in the body, and returns the normalised value or raises a
ServiceError 400. The schemas are for the description that the emulator serves. As in the service, unknown
fields are ignored and nulls count as absent; numbers that the service returns as floats become floats. No
rule about a particular resource lives here.

Clients in other languages send "" and 0 where nothing was configured: Terraform's provider does so for every
optional field of a nested block. An optional field takes them for absent where they could mean nothing else:
"" for a text that has a form, such as an OCID, and 0 for a count that is at least 1. UNVERIFIED, field by
field. Go's SDK leaves out enumerations that are not set, so "" is no choice among them; and no OCPUs and no
memory are a size that nobody leaves open.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from datascience_emulator.wire.errors import invalid, missing
from datascience_emulator.wire.json_values import Json, JsonValue

Check = Callable[[Any, str], Any]
"""Takes a value and its place in the body. Returns it, perhaps changed, or raises a ServiceError 400."""


@dataclass(frozen=True, slots=True)
class Parser:
    """`schema` is a JSON Schema (2020-12) that all accepted values satisfy. `parse` may refuse more. `unset`:
    the values that say of an optional field that it is not set.
    """

    parse: Check
    schema: Json = field(default_factory=dict)
    unset: tuple[JsonValue, ...] = ()

    def says_nothing(self, value: JsonValue) -> bool:
        return value is None or any(type(value) is type(one) and value == one for one in self.unset)

    def __call__(self, value: JsonValue, where: str) -> Any:
        return self.parse(value, where)


def checked(parser: Parser, *checks: Check) -> Parser:
    """`parser`, followed by each check on its result."""

    def parse(value: JsonValue, where: str) -> Any:
        result = parser(value, where)
        for check in checks:
            result = check(result, where)
        return result

    return Parser(parse, parser.schema, parser.unset)


def anything(value: JsonValue, where: str) -> JsonValue:
    return value


ANYTHING = Parser(anything)


def text(*, maximum: int = 65_536, pattern: str | None = None, hint: str = "") -> Parser:
    def parse(value: JsonValue, where: str) -> str:
        if not isinstance(value, str):
            raise invalid(f"{where}: must be a string")
        if len(value) > maximum:
            raise invalid(f"{where}: at most {maximum} characters, has {len(value)}")
        if pattern is not None and not re.fullmatch(pattern, value):
            raise invalid(f"{where}: {value!r} is not {hint}")
        return value

    schema: Json = {"type": "string", "maxLength": maximum}
    unset = ("",) if pattern is not None and not re.fullmatch(pattern, "") else ()
    return Parser(parse, schema | ({"pattern": f"^(?:{pattern})$"} if pattern else {}), unset)


def ocid(kind: str = "[a-z0-9]+") -> Parser:
    return text(
        maximum=255, pattern=rf"ocid1\.{kind}\.[a-z0-9]+\.[a-z0-9-]*\.[A-Za-z0-9_.-]+", hint="an OCID"
    )


def integer(minimum: int, maximum: int = 2**31 - 1, *, excluded: frozenset[int] = frozenset()) -> Parser:
    def parse(value: JsonValue, where: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise invalid(f"{where}: must be a whole number")
        if not minimum <= value <= maximum or value in excluded:
            but = f" except {', '.join(map(str, sorted(excluded)))}" if excluded else ""
            raise invalid(f"{where}: must be {minimum} to {maximum}{but}, is {value}")
        return value

    schema = {"type": "integer", "minimum": minimum, "maximum": maximum}
    return Parser(parse, schema, (0,) if minimum > 0 else ())


def number(minimum: float, maximum: float) -> Parser:
    def parse(value: JsonValue, where: str) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise invalid(f"{where}: must be a number")
        if not minimum <= value <= maximum:
            raise invalid(f"{where}: must be {minimum:g} to {maximum:g}, is {value}")
        return float(value)

    return Parser(parse, {"type": "number", "minimum": minimum, "maximum": maximum})


def _boolean(value: JsonValue, where: str) -> bool:
    if not isinstance(value, bool):
        raise invalid(f"{where}: must be true or false")
    return value


boolean = Parser(_boolean, {"type": "boolean"})


def one_of(*names: str) -> Parser:
    def parse(value: JsonValue, where: str) -> str:
        if value not in names:
            raise invalid(f"{where}: must be one of {', '.join(names)}, is {value!r}")
        return str(value)

    return Parser(parse, {"type": "string", "enum": [str(name) for name in names]})


def sequence(item: Parser, *, minimum: int = 0, maximum: int = 1000) -> Parser:
    def parse(value: JsonValue, where: str) -> list[Any]:
        if not isinstance(value, list):
            raise invalid(f"{where}: must be a list")
        if not minimum <= len(value) <= maximum:
            raise invalid(f"{where}: must have {minimum} to {maximum} items, has {len(value)}")
        return [item(element, f"{where}[{index}]") for index, element in enumerate(value)]

    return Parser(parse, {"type": "array", "items": item.schema, "minItems": minimum, "maxItems": maximum})


def mapping(item: Parser) -> Parser:
    def parse(value: JsonValue, where: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise invalid(f"{where}: must be an object")
        return {key: item(element, f"{where}.{key}") for key, element in value.items()}

    return Parser(parse, {"type": "object", "additionalProperties": item.schema})


def record(required: Mapping[str, Parser], optional: Mapping[str, Parser], *checks: Check) -> Parser:
    """An object with named fields; each check then sees (and returns) the whole normalised object."""
    fields = {**required, **optional}

    def parse(value: JsonValue, where: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise invalid(f"{where or 'body'}: must be an object")
        for name in required:
            if value.get(name) is None:
                raise missing(f"{_join(where, name)}: required")
        stated = (name for name, field in optional.items() if not field.says_nothing(value.get(name)))
        return {name: fields[name](value[name], _join(where, name)) for name in (*required, *stated)}

    schema = {
        "type": "object",
        "required": list(required),
        "properties": {
            **{name: parser.schema for name, parser in required.items()},
            **{name: _or_unset(parser) for name, parser in optional.items()},
        },
    }
    return checked(Parser(parse, schema), *checks)


def _or_unset(parser: Parser) -> Json:
    """The schema of an optional field."""
    return {"anyOf": [parser.schema, {"enum": list(parser.unset)}]} if parser.unset else parser.schema


def tagged(discriminator: str, variants: Mapping[str, Parser]) -> Parser:
    """An object whose form depends on one of its fields."""
    tags = one_of(*variants)

    def parse(value: JsonValue, where: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise invalid(f"{where or 'body'}: must be an object")
        tag = value.get(discriminator)
        if tag is None:
            raise missing(f"{_join(where, discriminator)}: required")
        tags(tag, _join(where, discriminator))
        return {discriminator: tag, **variants[tag](value, where)}

    return Parser(parse, {"oneOf": [_variant(discriminator, *variant) for variant in variants.items()]})


def _variant(discriminator: str, tag: str, parser: Parser) -> Json:
    schema = parser.schema
    return {
        "type": "object",
        **schema,
        "required": [discriminator, *schema.get("required", ())],
        "properties": {discriminator: {"const": tag}, **schema.get("properties", {})},
    }


def _join(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name
