"""The filters that templates may use. Each is strict and bounded: what does not fit is an error, never a
guess.

Messages never hold the value: it may have come from the environment.
"""

import json
from collections.abc import Callable
from typing import Any

from jinja2 import Undefined

LONGEST_RESULT = 1 << 16
"""Characters that a template, or any part of it on the way, may come to."""

LARGEST_NUMBER = 10**18


class Unfit(Exception):
    """A filter or an operator cannot take this value."""


def check_length(length: int) -> None:
    """Refuse texts that grow without measure."""
    if length > LONGEST_RESULT:
        raise Unfit(f"the template comes to more than {LONGEST_RESULT} characters")


def check_number(value: object) -> None:
    """Refuse everything but numbers of a usual size."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unfit("only numbers can be reckoned with; change text with `| int` or `| float`")
    if not -LARGEST_NUMBER < value < LARGEST_NUMBER:
        raise Unfit("a number in the template is too large")


def _text(value: object) -> str:
    if isinstance(value, bool) or value is None or not isinstance(value, str | int | float):
        raise Unfit("a filter for text got something else")
    text = str(value)
    check_length(len(text))
    return text


def _default(value: object, fallback: object = "", boolean: bool = False) -> object:
    if isinstance(value, Undefined) or (boolean and not value):
        return fallback
    return value


def _int(value: Any) -> int:
    try:
        number = int(_text(value)) if isinstance(value, str) else int(value)
    except (TypeError, ValueError, OverflowError):
        raise Unfit("`| int` got something that is not a whole number") from None
    check_number(number)
    return int(number)


def _float(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise Unfit("`| float` got something that is not a number") from None
    check_number(number)
    return number


def _replace(value: object, old: object, new: object) -> str:
    text, before, after = _text(value), _text(old), _text(new)
    if not before:
        raise Unfit("`| replace` needs a text to look for")
    check_length(len(text) + text.count(before) * (len(after) - len(before)))
    return text.replace(before, after)


def _join(value: object, separator: object = "") -> str:
    if not isinstance(value, list | tuple):
        raise Unfit("`| join` needs a list")
    parts, between = [_text(item) for item in value], _text(separator)
    check_length(sum(map(len, parts)) + len(between) * len(parts))
    return between.join(parts)


def _tojson(value: object) -> str:
    if isinstance(value, Undefined):
        value._fail_with_undefined_error()
    try:
        text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    except (TypeError, ValueError):
        raise Unfit("`| tojson` got something that is no JSON") from None
    check_length(len(text))
    return text


def _string(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else _text(value)


FILTERS: dict[str, Callable[..., Any]] = {
    "default": _default,
    "int": _int,
    "float": _float,
    "lower": lambda value: _text(value).lower(),
    "upper": lambda value: _text(value).upper(),
    "replace": _replace,
    "trim": lambda value: _text(value).strip(),
    "join": _join,
    "tojson": _tojson,
    "string": _string,
}
