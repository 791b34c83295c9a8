"""What requests about models, their metadata and their provenance may hold, and the service's limits.

Pure: takes JSON and returns it normalised, or raises a ServiceError 400. Field lists: OCI SDK 2.189,
`oci/data_science/models`; limits: sources beside them.
"""

import json
from dataclasses import replace
from typing import Any

from datascience_emulator.wire.errors import invalid
from datascience_emulator.wire.fields import DESCRIBED, IN_PROJECT, NAME, tag_size
from datascience_emulator.wire.schema import (
    Parser,
    boolean,
    checked,
    integer,
    ocid,
    one_of,
    record,
    sequence,
    text,
)

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


# A text with a list of values, and no enumeration (SDK), so that it may come empty.
_category = replace(one_of(*_CATEGORIES), unset=("",))
_custom_entry = record(_KEY, {**_ENTRY, "category": _category})
_defined_entry = record(_KEY, {**_ENTRY, "category": replace(text(maximum=255), unset=("",))})


def _distinct(entries: list[Any], where: str) -> list[Any]:
    """UNVERIFIED: no source says so, but the artifact of an entry is found by its key."""
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
    "versionLabel": text(maximum=255),
    "retentionSetting": record(
        {"archiveAfterDays": integer(1)}, {"deleteAfterDays": integer(1), "customerNotificationType": _NOTIFY}
    ),
    "backupSetting": record(
        {"isBackupEnabled": boolean, "backupRegion": NAME}, {"customerNotificationType": _NOTIFY}
    ),
}
create = record(IN_PROJECT, {**_MODEL, "inputSchema": text(), "outputSchema": text()}, tag_size)
update = record({}, _MODEL, tag_size)
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
