"""Fields that requests of many services share: compartment, project, name, description and tags.

Pure. Limits: "Limits on Tags" (docs.oracle.com, Content/General/Concepts/resourcetags.htm); the other fields
as in the OCI SDK 2.189.
"""

import json
import re
from dataclasses import replace
from typing import Any

from datascience_emulator.wire.errors import invalid
from datascience_emulator.wire.json_values import JsonValue
from datascience_emulator.wire.schema import Parser, checked, mapping, ocid, text

_TAG_KEY = re.compile(r"[\x21-\x2d\x2f-\x7e]{1,100}")
_TAG_BYTES = 5 * 1024
# Every resource has a name, so an empty one says nothing. UNVERIFIED: the service may refuse it.
NAME = replace(text(maximum=255), unset=("",))
DESCRIPTION = text(maximum=400)
# Of a resource that may be left out; what is there is looked up and not read.
OPTIONAL_ID = replace(text(maximum=255), unset=("",))


def _tag_key(key: str, where: str) -> None:
    if not _TAG_KEY.fullmatch(key):
        raise invalid(
            f"{where}: tag keys and namespaces are 1 to 100 printable ASCII characters, no period, no space; "
            f"{key!r} is not"
        )


def _few_tags(tags: dict[str, str], where: str) -> dict[str, str]:
    if len(tags) > 10:
        raise invalid(f"{where}: at most 10 free-form tags, has {len(tags)}")
    for key in tags:
        _tag_key(key, where)
    return tags


def _tag_value(value: JsonValue, where: str) -> JsonValue:
    """UNVERIFIED: the SDK has objects for values; no document has one that is more than this."""
    if not isinstance(value, str | int | float):
        raise invalid(f"{where}: must be text, a number or a boolean")
    text(maximum=256)(str(value), where)
    return value


def _few_defined_tags(tags: dict[str, dict[str, Any]], where: str) -> dict[str, dict[str, Any]]:
    if sum(map(len, tags.values())) > 64:
        raise invalid(f"{where}: at most 64 defined tags")
    for namespace, values in tags.items():
        _tag_key(namespace, where)
        for key in values:
            _tag_key(key, where)
    return tags


def tag_size(value: dict[str, Any], where: str) -> dict[str, Any]:
    tags = [value.get("freeformTags", {}), value.get("definedTags", {})]
    if len(json.dumps(tags, ensure_ascii=False).encode()) > _TAG_BYTES:
        raise invalid("freeformTags and definedTags: together at most 5 KB as JSON")
    return value


_DEFINED_TAG = Parser(_tag_value, {"type": ["string", "number", "boolean"]})
TAGS: dict[str, Parser] = {
    "freeformTags": checked(mapping(text(maximum=256)), _few_tags),
    "definedTags": checked(mapping(mapping(_DEFINED_TAG)), _few_defined_tags),
}
DESCRIBED: dict[str, Parser] = {"displayName": NAME, "description": DESCRIPTION, **TAGS}
IN_COMPARTMENT: dict[str, Parser] = {"compartmentId": ocid("(?:compartment|tenancy)")}
IN_PROJECT: dict[str, Parser] = {**IN_COMPARTMENT, "projectId": text(maximum=255)}
