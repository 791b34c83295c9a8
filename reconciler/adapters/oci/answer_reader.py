"""Reads answers of the service as objects of the SDK, or raises a BadAnswer that names the field. Pure.

The SDK's own reading is lenient: an empty body is an empty list, wrong types stay as they are or raise
unforeseen errors. Here every value is of the type that the SDK's classes declare. What other implementations
send for "not set" is accepted: null, empty texts, zeros, empty maps, null in maps, and unknown fields. A
resource must have an identity and a state; for every other field, whoever needs it decides whether it may be
missing. An object that names no class, or one that the SDK does not know, is of the base class.

A wrong type spoils the whole list, whosever resource it is in: what cannot be read may be ours, and what it
uses must not be deleted.
"""

import re
from collections.abc import Mapping
from typing import Any

from reconciler.adapters.http.bounded_answers import BadAnswer
from reconciler.adapters.http.json_text import parsed_json
from reconciler.adapters.oci.json_values import (
    PRIMITIVES,
    Reader,
    WrongValue,
    identifier,
    list_of,
    map_of,
    not_a,
)
from reconciler.adapters.sdk import Sdk

_ESSENTIAL = ("id", "lifecycle_state", "status")
"""What no resource is without, where its class has it ([Required] in all of the SDK's classes)."""


class AnswerReader:
    """Reads answers as the classes of one of the SDK's clients: `types` by name, its type mapping."""

    def __init__(self, types: Mapping[str, Sdk]) -> None:
        self._types = types
        self._readers: dict[str, Reader] = {}

    def read(self, text: bytes, kind: str) -> Any:
        """The object of this kind, as the SDK writes kinds. Raises BadAnswer when it is not."""
        document = parsed_json(text)
        try:
            if document is None:
                raise WrongValue("is null")
            answer = self._reader(kind)(document)
            if not isinstance(answer, list):
                _check_identity(answer, "")
            for number, item in enumerate(answer if isinstance(answer, list) else ()):
                _check_identity(item, f"[{number}]")
        except WrongValue as error:
            raise BadAnswer(f"the answer is not what the service says: {error}", again=False) from error
        except RecursionError as error:
            raise BadAnswer("the answer is nested too deeply", again=False) from error
        return answer

    def _reader(self, kind: str) -> Reader:
        """The reader of a kind. Classes refer to each other, so those of the fields are made when needed."""
        if kind not in self._readers:
            self._readers[kind] = self._new_reader(kind)
        return self._readers[kind]

    def _new_reader(self, kind: str) -> Reader:
        if match := re.fullmatch(r"list\[(.*)\]", kind):
            return list_of(self._reader(match[1]))
        if match := re.fullmatch(r"dict\([^,]*, (.*)\)", kind):
            return map_of(self._reader(match[1]))
        if kind in PRIMITIVES:
            return PRIMITIVES[kind]
        return self._object_of(kind)

    def _object_of(self, kind: str) -> Reader:
        base = self._types[kind]
        fields: dict[Sdk, list[tuple[str, str, Reader]]] = {}

        def read(value: Any) -> Any:
            if not isinstance(value, dict):
                raise not_a("an object", value)
            cls = base
            if hasattr(base, "get_subtype"):
                if not value:
                    return None
                cls = self._subtype(base, value)
            if cls not in fields:
                fields[cls] = self._fields_of(cls)
            instance = cls()
            for attribute, name, reader in fields[cls]:
                field = value.get(name)
                if field is not None:
                    try:
                        setattr(instance, attribute, reader(field))
                    except WrongValue as error:
                        error.path.append(f".{name}")
                        raise
            return instance

        return read

    def _fields_of(self, cls: Sdk) -> list[tuple[str, str, Reader]]:
        """Attribute, name in JSON and reader of each field of a class."""
        blank = cls()
        names, kinds = blank.attribute_map, blank.swagger_types.items()
        return [
            (name, names[name], identifier if _is_id(name, kind) else self._reader(kind))
            for name, kind in kinds
        ]

    def _subtype(self, base: Sdk, value: dict[str, Any]) -> Sdk:
        """The class that the object names; the base when it names none, or one that cannot be there."""
        try:
            subtype = self._types.get(base.get_subtype(value))
        except KeyError:
            return base
        return subtype if subtype is not None and issubclass(subtype, base) else base


def _is_id(name: str, kind: str) -> bool:
    return kind == "str" and (name == "id" or name.endswith("_id"))


def _check_identity(item: Any, path: str) -> None:
    """Raises WrongValue when a resource lacks what no resource is without."""
    names = getattr(item, "attribute_map", {})
    for attribute in _ESSENTIAL:
        if attribute in names and not getattr(item, attribute):
            raise WrongValue(f"lacks {names[attribute]}", path)
