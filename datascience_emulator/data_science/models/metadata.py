"""Custom and defined metadata of models: which keys are allowed, and which entries have an artifact.

Such an artifact is a record of its own, found by model, list and key. It exists until it or its model is
deleted, even if an update of the model drops the entry (UNVERIFIED).
"""

from enum import StrEnum

from datascience_emulator.data_science.models.documents import metadata_size
from datascience_emulator.readings import Readings
from datascience_emulator.store.store import Record, Store
from datascience_emulator.wire.errors import invalid, not_found
from datascience_emulator.wire.json_values import Json


class MetadataList(StrEnum):
    """The two lists of metadata, by the field of a model that holds them."""

    CUSTOM = "customMetadataList"
    DEFINED = "definedMetadataList"


# SDK, Metadata.key; and as oracle-ads names them (ads/model/model_metadata.py, ads/aqua/model/constants.py).
_KNOWN = """
    useCaseType libraryName libraryVersion estimatorClass hyperParameters testArtifactresults
    fineTuningConfiguration deploymentConfiguration readme license evaluationConfiguration
    Framework FrameworkVersion Algorithm ArtifactTestResults FineTuneConfiguration Reports
"""
_DEFINED_KEYS = frozenset(_KNOWN.lower().split())


def check_keys(readings: Readings, details: Json) -> None:
    """Of the entries of defined metadata, also whether they may have a category (docs/service.md §1.2)."""
    for number, entry in enumerate(details.get(MetadataList.DEFINED, ())):
        check_key(readings, MetadataList.DEFINED, entry["key"])
        if "category" in entry and readings.defined_category == "none":
            raise invalid(f"{MetadataList.DEFINED}[{number}].category: must be null for defined metadata")


def check_key(readings: Readings, which: MetadataList, key: str) -> None:
    if which is MetadataList.CUSTOM or readings.metadata_keys == "any" or key.lower() in _DEFINED_KEYS:
        return
    raise invalid(
        f"{which}: {key!r} is no key of the defined metadata; use {MetadataList.CUSTOM} for keys of your own"
    )


def with_has_artifact(store: Store, model_id: str, details: Json) -> Json:
    """`details` of a create or update, with the true `hasArtifact` of each entry, whatever the client sent.
    It is left out where the client did not send it and there is no artifact.
    """
    lists = {which: details[which] for which in MetadataList if which in details}
    return details | {
        str(which): [_with_has_artifact(store, model_id, which, entry) for entry in entries]
        for which, entries in lists.items()
    }


def _with_has_artifact(store: Store, model_id: str, which: MetadataList, entry: Json) -> Json:
    exists = store.get("metadata-artifact", artifact_id(model_id, which, entry["key"])) is not None
    return {**entry, "hasArtifact": exists} if exists or "hasArtifact" in entry else entry


def artifact_id(model_id: str, which: MetadataList, key: str) -> str:
    """The id of an artifact's record. Clients never see it."""
    return f"{model_id}/{which}/{key}"


def check_entry(readings: Readings, model: Record, which: MetadataList, key: str) -> None:
    """Raises 400 for a key that is not allowed, and, by the reading `metadata_entry`, 404 for an entry that
    does not exist.
    """
    check_key(readings, which, key)
    entries = model.document.get(which, ())
    if readings.metadata_entry == "refused" and all(entry["key"] != key for entry in entries):
        raise not_found()


def mark(model: Record, which: MetadataList, key: str, *, has_artifact: bool) -> None:
    """Set `hasArtifact` in the model's document, and add the entry if a new artifact has none. Raises a
    ServiceError 400 when the list is full.
    """
    entries = model.document.get(which, [])
    if has_artifact and all(entry["key"] != key for entry in entries):
        entries = metadata_size([*entries, {"key": key}], which)
    if entries:
        model.document[which] = [
            {**entry, "hasArtifact": has_artifact} if entry["key"] == key else entry for entry in entries
        ]
