"""Reads the values of a service's JSON as the types that the SDK's classes declare. Pure.

What other implementations send for "not set" is accepted: null, empty texts, and null in maps.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

ITEMS = 1000
"""Objects in one list: no list of OCI gives more at once, whatever is asked (docs/service.md §0.2: 100)."""

LARGEST_INTEGER = 2**63
LARGEST_NUMBER = 2**64
"""Integers of the service fit 64 bits; other numbers are OCPUs, gigabytes, percents."""

Reader: TypeAlias = Callable[[Any], Any]
"""From a parsed value to one of the SDK; raises WrongValue."""


class WrongValue(Exception):
    """`what` is wrong with the value at `path`, innermost part first: it grows on the way out."""

    def __init__(self, what: str, *path: str) -> None:
        super().__init__(what)
        self.what, self.path = what, list(path)

    def __str__(self) -> str:
        return f"{''.join(reversed(self.path)).lstrip('.') or 'it'} {self.what}"


def identifier(value: Any) -> str:
    """An id; white space is none: the SDK would refuse to ask for it."""
    text = _text(value)
    return text if text.strip() else ""


def not_a(kind: str, value: Any) -> WrongValue:
    """The error for a value of another kind."""
    kinds = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return WrongValue(f"is {kinds.get(type(value), 'a number')}, not {kind}")


def list_of(reader: Reader) -> Reader:
    """Reads lists of what `reader` reads."""

    def read(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise not_a("a list", value)
        if len(value) > ITEMS:
            raise WrongValue(f"has {len(value)} entries, more than {ITEMS}")
        items = []
        for number, item in enumerate(value):
            try:
                items.append(reader(item))
            except WrongValue as error:
                error.path.append(f"[{number}]")
                raise
        return items

    return read


def map_of(reader: Reader) -> Reader:
    """Reads maps by text to what `reader` reads."""

    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise not_a("a map", value)
        items = {}
        for key, item in value.items():
            if item is None:
                continue
            try:
                items[_text(key)] = reader(item)
            except WrongValue as error:
                error.path.append(f".{key}")
                raise
        return items

    return read


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise not_a("a text", value)
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise WrongValue("is no text: half of a character stands alone") from error
    return value


def _integer(value: Any) -> int:
    """1.0 is 1: some services know floats alone."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise not_a("an integer", value)
    if isinstance(value, float) and not value.is_integer():
        raise WrongValue(f"is {value}, no integer")
    if not -LARGEST_INTEGER <= value < LARGEST_INTEGER:
        raise WrongValue("is a number beyond 64 bits")
    return int(value)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise not_a("a number", value)
    if abs(value) >= LARGEST_NUMBER:
        raise WrongValue("is no number that it can be")
    return float(value)


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise not_a("true or false", value)
    return value


def _moment(value: Any) -> datetime | None:
    """RFC 3339; one without an offset is of UTC. An empty text says nothing."""
    text = _text(value)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise WrongValue(f"is {text[:40]}, no moment") from error


def _anything(value: Any) -> Any:
    """Tags may hold what JSON can say; not half characters."""
    match value:
        case str():
            return _text(value)
        case list():
            return [_anything(item) for item in value]
        case dict():
            return {_text(key): _anything(item) for key, item in value.items()}
    return value


PRIMITIVES: Mapping[str, Reader] = {
    "str": _text,
    "int": _integer,
    "float": _number,
    "bool": _boolean,
    "datetime": _moment,
    "object": _anything,
}
