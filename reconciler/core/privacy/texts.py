"""The texts in any of our values, and the values with other texts, as in words of others that are to be
redacted. Pure. Members of an enum are no texts.
"""

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from functools import cache
from typing import Any, TypeVar, cast

T = TypeVar("T")


def texts_in(value: object) -> Iterator[str]:
    """Every text in any of our values."""
    match value:
        case None | Enum():
            return
        case str():
            yield value
            return
        case tuple():
            for item in value:
                yield from texts_in(item)
            return
    kind: type[object] = type(value)
    for name in _names(kind) if is_dataclass(kind) else ():
        yield from texts_in(getattr(value, name))


def with_texts(value: T, change: Callable[[str], str]) -> T:
    """The same value, with every text in it changed."""
    return cast("T", _changed(value, change))


def _changed(value: Any, change: Callable[[str], str]) -> object:
    match value:
        case None | Enum():
            return value
        case str():
            return change(value)
        case tuple():
            return tuple(_changed(item, change) for item in value)
    kind: type[object] = type(value)
    if not is_dataclass(kind):
        return value
    return replace(value, **{name: _changed(getattr(value, name), change) for name in _names(kind)})


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    """The fields of a dataclass."""
    return tuple(item.name for item in fields(kind))
