"""Models as clients see them: with the fields that follow from their settings. Pure.

What is required in the SDK's Model is there wherever there is something to say. A model in no version set has
none of the fields of one, and a model without settings has no settings.
"""

from datetime import datetime, timedelta

from datascience_emulator.store.store import Record
from datascience_emulator.wire.ids_and_times import timestamp
from datascience_emulator.wire.json_values import Json

_NEVER = "Not done by the emulator."


def model_view(record: Record) -> Json:
    """UNVERIFIED: that the lifecycleDetails of a model are empty."""
    document = record.document
    retention, backup = document.get("retentionSetting"), document.get("backupSetting")
    return {
        "lifecycleDetails": "",
        **document,
        **({"retentionOperationDetails": _retention(document, retention)} if retention else {}),
        **({"backupOperationDetails": _backup()} if backup else {}),
    }


def _retention(document: Json, setting: Json) -> Json:
    """Nothing is archived or deleted here: it stays PENDING. UNVERIFIED: that the days count from when the
    model was created, and what is said of a deletion that no setting asks for.
    """
    created = datetime.fromisoformat(document["timeCreated"])
    archived = created + timedelta(days=setting["archiveAfterDays"])
    deleted = {"deleteState": "PENDING", "deleteStateDetails": _NEVER}
    if "deleteAfterDays" in setting:
        deleted["timeDeletionScheduled"] = timestamp(created + timedelta(days=setting["deleteAfterDays"]))
    return {
        "archiveState": "PENDING",
        "archiveStateDetails": _NEVER,
        "timeArchivalScheduled": timestamp(archived),
        **deleted,
    }


def _backup() -> Json:
    return {"backupState": "PENDING", "backupStateDetails": _NEVER}
