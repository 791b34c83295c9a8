"""Changes the texts in any of our values, as in words of others that are to be redacted. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar, cast

T = TypeVar("T")


def with_texts(value: T, change: Callable[[str], str]) -> T:
    """The same value, with every text in it changed; members of an enum are no texts."""
    return cast("T", _changed(value, change))


def _changed(value: Any, change: Callable[[str], str]) -> object:
    match value:
        case Enum():
            return value
        case str():
            return change(value)
        case tuple():
            return tuple(_changed(item, change) for item in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    return replace(
        value, **{item.name: _changed(getattr(value, item.name), change) for item in fields(value)}
    )


def texts_in(value: object) -> Iterator[str]:
    """Every text in any of our values."""
    match value:
        case Enum():
            return
        case str():
            yield value
        case tuple():
            for item in value:
                yield from texts_in(item)
        case _ if is_dataclass(value):
            for item in fields(value):
                yield from texts_in(getattr(value, item.name))
