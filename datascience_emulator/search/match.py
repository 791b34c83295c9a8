"""Resources in the form of Resource Search, and whether they satisfy a query. Pure.

A condition on an array or on tags holds if it holds for one of the values. A negative one (`!=`, `!==`) holds
if its positive form holds for none. The case of a field's name does not matter, as clients need it
(oracle-ads: ModelId).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import assert_never

from datascience_emulator.search.query import All, AnyOf, Condition, Expression, refuse
from datascience_emulator.store.store import Record
from datascience_emulator.wire.json_values import Json

# Field of a result ← field of the document.
_COMMON = {
    "identifier": "id",
    "compartmentId": "compartmentId",
    "timeCreated": "timeCreated",
    "displayName": "displayName",
    "lifecycleState": "lifecycleState",
    "freeformTags": "freeformTags",
    "definedTags": "definedTags",
    "systemTags": "systemTags",
}
_TAGS = ("freeformtags", "definedtags")
_PLAIN = ("resourcetype", *(name.lower() for name in _COMMON if not name.endswith("Tags")))


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource. `summary`: as results show it. `additional`: the fields that `return allAdditionalFields`
    adds; `additionalDetails` is empty without it, and `identityContext` for all resources that there are here
    (docs/service.md §8).
    """

    summary: Json
    additional: Json

    def shown(self, *, additional: bool) -> Json:
        details = self.additional if additional else {}
        return {**self.summary, "additionalDetails": details, "identityContext": {}}


def as_resource(resource_type: str, record: Record, additional: Sequence[str]) -> Resource:
    document = record.document
    common = {name: document.get(source) for name, source in _COMMON.items()}
    common["displayName"] = common["displayName"] or document.get("name")
    summary = {"resourceType": resource_type, **{k: v for k, v in common.items() if v is not None}}
    summary = {"freeformTags": {}, "definedTags": {}, "systemTags": {}, **summary}
    return Resource(summary, _additional(document, additional))


def _additional(document: Json, names: Sequence[str]) -> Json:
    """The fields that `names` names. A name may be a path; its last part is the name of the field then."""
    fields = {}
    for name in names:
        value, parts = document, name.split(".")
        for part in parts:
            value = value.get(part, {}) if isinstance(value, dict) else {}
        if value != {}:
            fields[parts[-1]] = value
    return fields


def check_field(name: str, position: int, additional: Iterable[str]) -> None:
    """Raises 400 for a field that none of the resource types has."""
    lower = name.lower()
    known = {*_PLAIN, *(path.rpartition(".")[2].lower() for path in additional)}
    parts = lower.split(".")
    tag = parts[0] in _TAGS and len(parts) == 2 and parts[1] in ("namespace", "key", "value")
    if lower not in known and not (tag and (parts[0] == "definedtags" or parts[1] != "namespace")):
        refuse(f"{name!r} is no field of these resources", position)


def conditions(expression: Expression | None) -> list[Condition]:
    match expression:
        case None:
            return []
        case Condition():
            return [expression]
        case All(parts) | AnyOf(parts):
            return [condition for part in parts for condition in conditions(part)]
        case _:
            assert_never(expression)


def satisfies(resource: Resource, expression: Expression) -> bool:
    match expression:
        case Condition():
            return _holds(resource, expression)
        case All(parts):
            return all(_together(resource, together) for together in _by_tag(parts))
        case AnyOf(parts):
            return any(satisfies(resource, part) for part in parts)
        case _:
            assert_never(expression)


def matches(resource: Resource, text: str) -> bool:
    """Whether `text` appears in a field of the resource, in any case."""
    return any(text.lower() in value.lower() for value in _texts({**resource.summary, **resource.additional}))


def sort_key(resource: Resource, field: str) -> tuple[str, str]:
    """In lower case, since the case does not matter for equality either."""
    return (next(iter(_values(resource, field)), "").lower(), str(resource.summary["identifier"]))


def _by_tag(parts: tuple[Expression, ...]) -> list[list[Expression]]:
    """Conditions on tags that stand side by side are about the same tag, until an attribute is repeated. So
    `key` and `value` belong together, and two keys mean two tags, as in oracle-ads. UNVERIFIED.
    """
    together: list[list[Expression]] = []
    for part in parts:
        if together and _about_one_tag([*together[-1], part]):
            together[-1].append(part)
        else:
            together.append([part])
    return together


def _about_one_tag(parts: list[Expression]) -> bool:
    positive = [part for part in parts if isinstance(part, Condition) and not part.operator.startswith("!")]
    fields = {condition.field.lower() for condition in positive}
    kinds = {field.partition(".")[0] for field in fields}
    return len(fields) == len(parts) and len(kinds) == 1 and kinds <= set(_TAGS)


def _together(resource: Resource, parts: list[Expression]) -> bool:
    if len(parts) == 1:
        return satisfies(resource, parts[0])
    of_one_tag = [part for part in parts if isinstance(part, Condition)]
    tags = _tags(resource, of_one_tag[0].field.lower().partition(".")[0])
    return any(all(_compare(tag[_attribute(part)], part) for part in of_one_tag) for tag in tags)


def _attribute(condition: Condition) -> str:
    return condition.field.lower().partition(".")[2]


def _tags(resource: Resource, kind: str) -> list[dict[str, str]]:
    if kind == "freeformtags":
        return [{"key": key, "value": value} for key, value in resource.summary["freeformTags"].items()]
    return [
        {"namespace": namespace, "key": key, "value": str(value)}
        for namespace, tags in resource.summary["definedTags"].items()
        for key, value in tags.items()
    ]


def _holds(resource: Resource, condition: Condition) -> bool:
    some = any(_compare(value, condition) for value in _values(resource, condition.field))
    return some != condition.operator.startswith("!")


def _compare(value: str, condition: Condition) -> bool:
    """Whether the positive form of the operator holds."""
    match condition.operator:
        case "==" | "!==":
            return value == condition.value
        case "=~":
            return condition.value.lower() in value.lower()
        case _:
            return value.lower() == condition.value.lower()


def _values(resource: Resource, field: str) -> list[str]:
    lower = field.lower()
    kind, _, attribute = lower.partition(".")
    if kind in _TAGS:
        return [tag[attribute] for tag in _tags(resource, kind)]
    for name, value in (*resource.summary.items(), *resource.additional.items()):
        if name.lower() == lower:
            return list(_texts(value))
    return []


def _texts(value: object) -> list[str]:
    match value:
        case dict():
            return [text for key, item in value.items() for text in (str(key), *_texts(item))]
        case list():
            return [text for item in value for text in _texts(item)]
        case bool():
            return [str(value).lower()]
        case _:
            return [str(value)]
