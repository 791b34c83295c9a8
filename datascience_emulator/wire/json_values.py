"""JSON: types for it, and a parser that accepts only what can be stored and sent again."""

import json
import math
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]
JsonValue: TypeAlias = Any

# Deeper than any document of the service, and less than what SQLite and the interpreter's stack can take.
_MAX_DEPTH = 64


def parse_json(raw: bytes) -> JsonValue:
    """Raises ValueError for text that is not JSON, and for JSON that could not be stored and sent again:
    numbers beyond floating point, lone surrogates, very deep nesting.
    """
    try:
        value = json.loads(raw, parse_constant=_no_number)
    except RecursionError as error:
        raise ValueError(f"nested more than {_MAX_DEPTH} deep") from error
    level = [value]
    for _ in range(_MAX_DEPTH + 1):
        if not level:
            return value
        level = [part for element in level for part in _parts(element)]
    raise ValueError(f"nested more than {_MAX_DEPTH} deep")


def _parts(value: JsonValue) -> list[Any]:
    match value:
        case str():
            value.encode()  # UnicodeEncodeError, a ValueError, for a lone surrogate
        case float() if not math.isfinite(value):
            raise ValueError("a number beyond floating point")
        case dict():
            return [*value, *value.values()]
        case list():
            return value
    return []


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no JSON number")
