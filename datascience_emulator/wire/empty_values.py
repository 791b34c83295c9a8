"""What is not set, in documents: a field that is not there, or one with an empty text, list or object.

Clients in other languages state the one where Python's SDK does the other. Both say the same, so an update
from the one to the other changes nothing. What a client states when it makes something is shown to it as it
stated it. Tags are always there, also when none were given ("freeformTags": {} in recorded answers of the
service, oracle-ads 2.16, tests/unitary/with_extras/aqua/test_data/ui).

Pure. Which values a request may have is decided in `schema`.
"""

from typing import Any

from datascience_emulator.wire.json_values import Json, JsonValue

NO_TAGS: Json = {"freeformTags": {}, "definedTags": {}}
NO_TAGS_OF_ANY_KIND: Json = {**NO_TAGS, "systemTags": {}}
"""For resources whose model in the SDK has system tags. Here, nothing ever sets them."""

_CLIENTS_KEYS = {"environmentVariables", "metadata", *NO_TAGS_OF_ANY_KIND}
"""Maps with keys that the client chooses: an empty value is one of theirs, such as that of a variable."""


def changed(document: Json, details: Json) -> Json:
    """The document after an update with `details`, which replace its fields."""
    return settled(document, {**document, **details})


def settled(old: Json, new: Json) -> Json:
    """The document `new`. What says the same as in `old`, however deep, has the form that it has there."""
    values = {name: _settled(name, old.get(name), new.get(name)) for name in {**old, **new}}
    return {name: value for name, value in values.items() if value is not None}


def _settled(name: str, old: JsonValue, new: JsonValue) -> JsonValue:
    if _said(name, old) == _said(name, new):
        return old
    if isinstance(old, dict) and isinstance(new, dict) and name not in _CLIENTS_KEYS:
        return settled(old, new)
    return new


def without_empty(document: Json) -> Json:
    """The document without what says nothing, however deep: documents that say the same become equal."""
    said = {name: _said(name, value) for name, value in document.items()}
    return {name: value for name, value in said.items() if value is not None}


def _said(name: str, value: JsonValue) -> JsonValue:
    """What the value of a field says; None if nothing."""
    said: Any = value
    if isinstance(value, dict) and name not in _CLIENTS_KEYS:
        said = without_empty(value)
    if isinstance(value, list):
        said = [without_empty(item) if isinstance(item, dict) else item for item in value]
    return None if isinstance(said, str | list | dict) and not said else said
