"""Parsers for request bodies: what a field may be, said as a value.

A parser takes a JSON value and where it stands, and returns the normalised value or raises a ServiceError
400. Unknown fields are ignored and nulls count as absent, as the service does; numbers that the service
returns as floats become floats. No rule about a particular resource lives here.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from .errors import invalid, missing
from .jsons import JsonValue

Parser = Callable[[Any, str], Any]


def text(*, maximum: int = 65_536, pattern: str | None = None, hint: str = "") -> Parser:
    def parse(value: JsonValue, where: str) -> str:
        if not isinstance(value, str):
            raise invalid(f"{where}: must be a string")
        if len(value) > maximum:
            raise invalid(f"{where}: at most {maximum} characters, has {len(value)}")
        if pattern is not None and not re.fullmatch(pattern, value):
            raise invalid(f"{where}: {value!r} is not {hint}")
        return value

    return parse


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

    return parse


def number(minimum: float, maximum: float) -> Parser:
    def parse(value: JsonValue, where: str) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise invalid(f"{where}: must be a number")
        if not minimum <= value <= maximum:
            raise invalid(f"{where}: must be {minimum:g} to {maximum:g}, is {value}")
        return float(value)

    return parse


def boolean(value: JsonValue, where: str) -> bool:
    if not isinstance(value, bool):
        raise invalid(f"{where}: must be true or false")
    return value


def one_of(*names: str) -> Parser:
    def parse(value: JsonValue, where: str) -> str:
        if value not in names:
            raise invalid(f"{where}: must be one of {', '.join(names)}, is {value!r}")
        return str(value)

    return parse


def sequence(item: Parser, *, minimum: int = 0, maximum: int = 1000) -> Parser:
    def parse(value: JsonValue, where: str) -> list[Any]:
        if not isinstance(value, list):
            raise invalid(f"{where}: must be a list")
        if not minimum <= len(value) <= maximum:
            raise invalid(f"{where}: must have {minimum} to {maximum} items, has {len(value)}")
        return [item(one, f"{where}[{index}]") for index, one in enumerate(value)]

    return parse


def mapping(item: Parser) -> Parser:
    def parse(value: JsonValue, where: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise invalid(f"{where}: must be an object")
        return {key: item(one, f"{where}.{key}") for key, one in value.items()}

    return parse


def record(required: Mapping[str, Parser], optional: Mapping[str, Parser], *checks: Parser) -> Parser:
    """An object with named fields; each check then sees (and returns) the whole normalised object."""
    fields = {**required, **optional}

    def parse(value: JsonValue, where: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise invalid(f"{where or 'body'}: must be an object")
        for name in required:
            if value.get(name) is None:
                raise missing(f"{_join(where, name)}: required")
        given = [name for name in fields if value.get(name) is not None]
        result = {name: fields[name](value[name], _join(where, name)) for name in given}
        for check in checks:
            result = check(result, where)
        return result

    return parse


def tagged(discriminator: str, variants: Mapping[str, Parser]) -> Parser:
    """An object whose form depends on one of its fields."""

    def parse(value: JsonValue, where: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise invalid(f"{where}: must be an object")
        tag = value.get(discriminator)
        if tag is None:
            raise missing(f"{_join(where, discriminator)}: required")
        one_of(*variants)(tag, _join(where, discriminator))
        return {discriminator: tag, **variants[tag](value, where)}

    return parse


def _join(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name
