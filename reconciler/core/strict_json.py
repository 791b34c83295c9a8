"""JSON that every program reads in the same way. Pure."""

import json
import math
from typing import Any, NoReturn


class AmbiguousJson(ValueError):
    """JSON that programs read in different ways; the message names what it has."""


def strict_json(text: str) -> Any:
    """A JSON document. Raises AmbiguousJson for a key that is twice in one object, and for a number that is
    none or too large; ValueError and RecursionError as `json.loads` does.
    """
    return json.loads(text, object_pairs_hook=_object, parse_constant=_no_number, parse_float=_number)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for key, value in pairs:
        if key in members:
            raise AmbiguousJson(f"{key[:80]} twice in one object")
        members[key] = value
    return members


def _number(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(text)


def _no_number(text: str) -> NoReturn:
    raise AmbiguousJson(f"{text[:40]} for a number")
