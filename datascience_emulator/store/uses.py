"""Queries for which records use which others. What follows from the answer is decided elsewhere.

The columns, and the indices for the first two queries, are in `migrations`.
"""

from collections.abc import Callable

from datascience_emulator.store.store import Record, Store
from datascience_emulator.wire.json_values import Json, JsonValue


def deployments_of_model(store: Store, model_id: str) -> list[str]:
    """Deployments that use the model, or are being updated to it, and are not deleted."""
    return _ids(store.select("(model = ?1 OR next_model = ?1) AND state <> 'DELETED'", (model_id,)))


def deployments_of_model_group(store: Store, group_id: str) -> list[str]:
    """Deployments that use the model group, or are being updated to it, and are not deleted."""
    condition = "(model_group = ?1 OR next_model_group = ?1) AND state <> 'DELETED'"
    return _ids(store.select(condition, (group_id,)))


def deployments_of_signature(store: Store, signature_id: str) -> list[str]:
    """Deployments that pin the signature, or are being updated to it, and are not deleted."""
    pinned = ".modelDeploymentConfigurationDetails.modelConfigurationDetails.modelArtifactSignatureId"
    condition = (
        "kind = 'deployment' AND state <> 'DELETED' "
        "AND ? IN (json_extract(document, '$' || ?), json_extract(private, '$.target' || ?))"
    )
    return _ids(store.select(condition, (signature_id, pinned, pinned)))


def deployments_at(store: Store, place: str, place_of: Callable[[Json], JsonValue]) -> list[str]:
    """Deployments that are not deleted, and whose document, or the one that they are being updated to, has
    the OCID `place` where `place_of` looks.
    """
    condition = "kind = 'deployment' AND state <> 'DELETED' AND (instr(document, ?1) OR instr(private, ?1))"
    return [
        record.id
        for record in store.select(condition, (place,))  # only the few documents that contain it are parsed
        if place in map(place_of, (record.document, record.private.get("target", record.document)))
    ]


def model_groups_of_model(store: Store, model_id: str) -> list[str]:
    """Model groups that have the model as a member, and are not deleted."""
    condition = (
        "kind = 'model-group' AND state <> 'DELETED' AND EXISTS ("
        "SELECT 1 FROM json_each(document, '$.memberModelEntries.memberModelDetails') AS member "
        "WHERE json_extract(member.value, '$.modelId') = ?)"
    )
    return _ids(store.select(condition, (model_id,)))


def models_of_version_set(store: Store, version_set: str) -> list[Record]:
    """The models in the version set that are not deleted, oldest first."""
    condition = (
        "kind = 'model' AND json_extract(document, '$.modelVersionSetId') = ? "
        "AND state <> 'DELETED' ORDER BY seq"
    )
    return store.select(condition, (version_set,))


def logged_deployments(store: Store) -> list[Record]:
    """Deployments that name logs, deleted ones too, since their logs stay."""
    return store.select(
        "kind = 'deployment' AND json_extract(document, '$.categoryLogDetails') IS NOT NULL", ()
    )


def _ids(records: list[Record]) -> list[str]:
    return [record.id for record in records]
