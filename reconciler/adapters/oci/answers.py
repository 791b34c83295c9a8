"""What the service says, checked before it is believed: JSON text becomes the SDK's objects, or a BadAnswer
that names the field. Pure.

The SDK's own reading is lenient: an empty body is an empty list, wrong types stay as they are or raise what
nobody expects. Here every value is of the type that the SDK's classes declare. What other implementations
send for "not set" is accepted: null, empty texts, zeros, empty maps, null in maps, and fields that nobody
knows. Whether something may be missing, only a resource's identity and state excepted, is for whoever needs
it; an object that does not say of which class it is, is of the base class, as one of a class that the SDK
does not know.

A wrong type ends the whole list, whosever resource it is in: what cannot be read may be ours, and what it
uses must not be deleted.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from reconciler.adapters.http.bounded import BadAnswer
from reconciler.adapters.oci.sdk import Sdk

ITEMS = 1000
"""Objects in one list: no list of OCI gives more at once, whatever is asked (docs/service.md §0.2: 100)."""

VALUES = 300_000
"""Values in one answer. A hundred deployments, full configurations and all, have some ten thousand; and a
value may take a hundred times the memory of its text.
"""

LARGEST_INTEGER = 2**63
LARGEST_NUMBER = 2**64
"""Integers of the service fit 64 bits; other numbers are OCPUs, gigabytes, percents."""

_ESSENTIAL = ("id", "lifecycle_state", "status")
"""What no resource is without, where its class has it ([Required] in all of the SDK's classes)."""

Reader: TypeAlias = Callable[[Any], Any]
"""From a parsed value to one of the SDK; raises _Wrong."""


class _Wrong(Exception):
    """`what` is wrong with the value at `path`, which grows on the way out."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what
        self.path: list[str] = []

    def __str__(self) -> str:
        return f"{''.join(reversed(self.path)).lstrip('.') or 'it'} {self.what}"


def parsed(text: bytes) -> Any:
    """A JSON document. Raises BadAnswer for what is none, or is none that a service would send."""
    if not text.strip():
        raise BadAnswer("the answer is empty; is a proxy in between?", again=True)
    if text.count(b",") > VALUES:
        raise BadAnswer(f"the answer has more than {VALUES} values", again=False)
    try:
        return json.loads(
            text.decode("utf-8-sig"), parse_constant=_no_number, object_pairs_hook=_without_repeats
        )
    except _Wrong as error:
        raise BadAnswer(f"the answer {error.what}", again=False) from error
    except RecursionError as error:
        raise BadAnswer("the answer is nested too deeply", again=False) from error
    except ValueError as error:
        start = text[:80].decode(errors="replace")
        said = f"the answer is not the service's JSON; is a proxy in between? It begins: {start}"
        raise BadAnswer(said, again=True) from error


def _no_number(name: str) -> float:
    raise _Wrong(f"has {name} for a number")


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _Wrong(f"has {key} twice in one object")
        found[key] = value
    return found


class Answers:
    """Reads answers as the classes of one of the SDK's clients: `types` by name, its type mapping."""

    def __init__(self, types: Mapping[str, Sdk]) -> None:
        self._types = types
        self._readers: dict[str, Reader] = {}

    def read(self, text: bytes, kind: str) -> Any:
        """The object of this kind, as the SDK writes kinds. Raises BadAnswer when it is not."""
        document = parsed(text)
        try:
            if document is None:
                raise _Wrong("is null")
            found = self._reader(kind)(document)
            for number, item in enumerate(found if isinstance(found, list) else ()):
                _identified(item, f"[{number}]")
            if not isinstance(found, list):
                _identified(found, "")
        except _Wrong as error:
            said = f"the answer is not what the service says: {error}"
            raise BadAnswer(said, again=False) from error
        except RecursionError as error:
            raise BadAnswer("the answer is nested too deeply", again=False) from error
        return found

    def _reader(self, kind: str) -> Reader:
        """The reader of a kind. Classes refer to each other, so what is below is looked up when it is met."""
        found = self._readers.get(kind)
        if found is None:
            found = self._readers[kind] = self._new_reader(kind)
        return found

    def _new_reader(self, kind: str) -> Reader:
        if found := re.fullmatch(r"list\[(.*)\]", kind):
            return _list_of(self._reader(found[1]))
        if found := re.fullmatch(r"dict\([^,]*, (.*)\)", kind):
            return _map_of(self._reader(found[1]))
        if kind in _PRIMITIVES:
            return _PRIMITIVES[kind]
        return self._object_of(kind)

    def _object_of(self, kind: str) -> Reader:
        base = self._types[kind]
        fields: dict[Sdk, list[tuple[str, str, Reader]]] = {}

        def fields_of(cls: Sdk) -> list[tuple[str, str, Reader]]:
            blank = cls()
            names = blank.attribute_map
            kinds = blank.swagger_types.items()
            return [(name, names[name], _id if _is_id(name, of) else self._reader(of)) for name, of in kinds]

        def read(value: Any) -> Any:
            if not isinstance(value, dict):
                raise _not("an object", value)
            cls = base
            if hasattr(base, "get_subtype"):
                if not value:
                    return None
                cls = self._subtype(base, value)
            if cls not in fields:
                fields[cls] = fields_of(cls)
            made = cls()
            for attribute, name, reader in fields[cls]:
                told = value.get(name)
                if told is not None:
                    try:
                        setattr(made, attribute, reader(told))
                    except _Wrong as error:
                        error.path.append(f".{name}")
                        raise
            return made

        return read

    def _subtype(self, base: Sdk, value: dict[str, Any]) -> Sdk:
        """The class that the object says it is of; the base when it says nothing, or what cannot be there."""
        try:
            told = self._types.get(base.get_subtype(value))
        except KeyError:
            return base
        return told if told is not None and issubclass(told, base) else base


def _is_id(name: str, kind: str) -> bool:
    return kind == "str" and (name == "id" or name.endswith("_id"))


def _id(value: Any) -> str:
    """White space is no id: the SDK would not ask for it."""
    text = _text(value)
    return text if text.strip() else ""


def _identified(item: Any, path: str) -> None:
    """Raises _Wrong when a resource lacks what no resource is without."""
    for name in _ESSENTIAL:
        told = getattr(item, "attribute_map", {}).get(name)
        if told is not None and not getattr(item, name):
            wrong = _Wrong(f"lacks {told}")
            wrong.path.append(path)
            raise wrong


def _not(wanted: str, value: Any) -> _Wrong:
    found = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return _Wrong(f"is {found.get(type(value), 'a number')}, not {wanted}")


def _list_of(reader: Reader) -> Reader:
    def read(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise _not("a list", value)
        if len(value) > ITEMS:
            raise _Wrong(f"has {len(value)} entries, more than {ITEMS}")
        found = []
        for number, item in enumerate(value):
            try:
                found.append(reader(item))
            except _Wrong as error:
                error.path.append(f"[{number}]")
                raise
        return found

    return read


def _map_of(reader: Reader) -> Reader:
    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise _not("a map", value)
        found = {}
        for key, item in value.items():
            if item is None:
                continue
            try:
                found[_text(key)] = reader(item)
            except _Wrong as error:
                error.path.append(f".{key}")
                raise
        return found

    return read


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _not("a text", value)
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise _Wrong("is no text: half of a character stands alone") from error
    return value


def _integer(value: Any) -> int:
    """1.0 is 1: some services know floats alone."""
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not whole:
        raise _not("an integer", value) if not isinstance(value, float) else _Wrong(f"is {value}, no integer")
    if not -LARGEST_INTEGER <= value < LARGEST_INTEGER:
        raise _Wrong("is a number beyond 64 bits")
    return int(value)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _not("a number", value)
    # NaN is not less than anything.
    if not abs(value) < LARGEST_NUMBER:
        raise _Wrong("is no number that it can be")
    return float(value)


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _not("true or false", value)
    return value


def _moment(value: Any) -> datetime | None:
    """RFC 3339; one without an offset is of UTC. An empty text says nothing."""
    text = _text(value)
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _Wrong(f"is {text[:40]}, no moment") from error


def _anything(value: Any) -> Any:
    """Tags may hold what JSON can say; not half characters, and no number that is none."""
    match value:
        case str():
            return _text(value)
        case float() if not math.isfinite(value):
            raise _Wrong("is no number that it can be")
        case list():
            return [_anything(item) for item in value]
        case dict():
            return {_text(key): _anything(item) for key, item in value.items()}
    return value


_PRIMITIVES: Mapping[str, Reader] = {
    "str": _text,
    "int": _integer,
    "float": _number,
    "bool": _boolean,
    "datetime": _moment,
    "object": _anything,
}
