"""What requests about projects, models and what hangs on models may hold, and the service's limits.

Pure: JSON in, normalised JSON or a ServiceError 400 out. Whether a model or project exists is not decided
here. Field lists: OCI SDK 2.189, `oci/data_science/models`; limits: sources beside them.
"""

import json
import re
from typing import Any

from datascience_emulator.api.jsons import JsonValue
from datascience_emulator.api.schema import (
    ANYTHING,
    Parser,
    boolean,
    checked,
    integer,
    mapping,
    ocid,
    one_of,
    record,
    sequence,
    text,
)
from datascience_emulator.errors import invalid

# "Limits on Tags" (docs.oracle.com, Content/General/Concepts/resourcetags.htm).
_TAG_KEY = re.compile(r"[\x21-\x2d\x2f-\x7e]{1,100}")
_TAG_BYTES = 5 * 1024
_NAME = text(maximum=255)
_DESCRIPTION = text(maximum=400)


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
    if sum(len(group) for group in tags.values()) > 64:
        raise invalid(f"{where}: at most 64 defined tags")
    for space, group in tags.items():
        _tag_key(space, where)
        for key in group:
            _tag_key(key, where)
    return tags


def tag_size(value: dict[str, Any], where: str) -> dict[str, Any]:
    tags = [value.get("freeformTags", {}), value.get("definedTags", {})]
    if len(json.dumps(tags, ensure_ascii=False).encode()) > _TAG_BYTES:
        raise invalid("freeformTags and definedTags: together at most 5 KB as JSON")
    return value


_DEFINED_TAG = Parser(_tag_value, {"type": ["string", "number", "boolean"]})
_TAGS: dict[str, Parser] = {
    "freeformTags": checked(mapping(text(maximum=256)), _few_tags),
    "definedTags": checked(mapping(mapping(_DEFINED_TAG)), _few_defined_tags),
}
DESCRIBED: dict[str, Parser] = {"displayName": _NAME, "description": _DESCRIPTION, **_TAGS}
_PLACE: dict[str, Parser] = {"compartmentId": ocid("(?:compartment|tenancy)")}
IN_PROJECT: dict[str, Parser] = {**_PLACE, "projectId": text(maximum=255)}

create_project = record(_PLACE, DESCRIBED, tag_size)
update_project = record({}, DESCRIBED, tag_size)

# -- model version sets

_SET: dict[str, Parser] = {"description": _DESCRIPTION, **_TAGS}
create_version_set = record(
    {**IN_PROJECT, "name": text(maximum=255, pattern=r"[\s\S]+", hint="a name")}, _SET, tag_size
)
update_version_set = record({}, _SET, tag_size)

# -- signatures of model artifacts

_SIGNATURE: dict[str, Parser] = {"displayName": _NAME, **_TAGS}
_ALGORITHMS = [f"SHA_{size}_RSA_PKCS_PSS" for size in (224, 256, 384, 512)]
create_signature = record(
    {
        **_PLACE,
        "kmsKeyId": ocid("key"),
        "kmsKeyVersionId": ocid("keyversion"),
        "signingAlgorithm": one_of(*_ALGORITHMS),
    },
    _SIGNATURE,
    tag_size,
)
update_signature = record({}, _SIGNATURE, tag_size)

# -- models

# SDK, Metadata.category; oracle-ads writes "Other".
_CATEGORIES = (
    "Performance",
    "Training Profile",
    "Training and Validation Datasets",
    "Training Environment",
    "Reports",
    "Readme",
    "other",
    "Other",
)
_KEY = {"key": text(maximum=255)}
_ENTRY: dict[str, Parser] = {
    "value": text(maximum=16_000),
    "description": text(maximum=255),
    "keywords": sequence(text(maximum=255)),
    "hasArtifact": boolean,
}


def _no_category(value: JsonValue, where: str) -> JsonValue:
    raise invalid(f"{where}: must be null for defined metadata")  # SDK, Metadata.category


_custom_entry = record(_KEY, {**_ENTRY, "category": one_of(*_CATEGORIES)})
_defined_entry = record(_KEY, {**_ENTRY, "category": checked(ANYTHING, _no_category)})


def _distinct(entries: list[Any], where: str) -> list[Any]:
    """UNVERIFIED: no source says so, but a key is how an entry's artifact is found."""
    keys = [entry["key"] for entry in entries]
    again = sorted({key for key in keys if keys.count(key) > 1})
    if again:
        raise invalid(f"{where}: keys must be unique, these are not: {', '.join(again)}")
    return entries


def metadata_size(entries: list[Any], where: str) -> list[Any]:
    if len(json.dumps(entries).encode()) > 32_000:  # oracle-ads, ads/model/model_metadata.py
        raise invalid(f"{where}: at most 32000 bytes in all")
    return entries


_NOTIFY = one_of("NONE", "ALL", "ON_FAILURE", "ON_SUCCESS")
_MODEL: dict[str, Parser] = {
    **DESCRIBED,
    "customMetadataList": checked(sequence(_custom_entry), metadata_size, _distinct),
    "definedMetadataList": checked(sequence(_defined_entry), metadata_size, _distinct),
    "modelVersionSetId": ocid(),
    "versionLabel": _NAME,
    "retentionSetting": record(
        {"archiveAfterDays": integer(1)}, {"deleteAfterDays": integer(1), "customerNotificationType": _NOTIFY}
    ),
    "backupSetting": record(
        {"isBackupEnabled": boolean, "backupRegion": _NAME}, {"customerNotificationType": _NOTIFY}
    ),
}
create_model = record(IN_PROJECT, {**_MODEL, "inputSchema": text(), "outputSchema": text()}, tag_size)
update_model = record({}, _MODEL, tag_size)
provenance = record(
    {},
    {
        "repositoryUrl": text(maximum=2048),
        "gitBranch": text(maximum=255),
        "gitCommit": text(maximum=255),
        "scriptDir": text(maximum=2048),
        "trainingScript": text(maximum=2048),
        "trainingId": ocid(),
    },
)
