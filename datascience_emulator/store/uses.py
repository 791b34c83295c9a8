"""Queries for which records use which others. What follows from the answer is decided elsewhere.

The columns, and the indices for the first two queries, are in `migrations`.
"""

from collections.abc import Callable, Mapping

from datascience_emulator.store.store import Kind, Record, Sort, Store
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


def deployments_that_name(store: Store, ocid: str, ocid_of: Callable[[Json], JsonValue]) -> list[str]:
    """Deployments that are not deleted, and whose document, or the one that they are being updated to, has
    this OCID where `ocid_of` looks.
    """
    condition = "kind = 'deployment' AND state <> 'DELETED' AND (instr(document, ?1) OR instr(private, ?1))"
    return [
        record.id
        for record in store.select(condition, (ocid,))  # only the few documents that contain it are parsed
        if ocid in map(ocid_of, (record.document, record.private.get("target", record.document)))
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


def holders_of(store: Store, kind: Kind, filters: Mapping[str, str]) -> list[Record]:
    """Records that are not deleted and have these values, such as a name; `filters` as for `Store.page`."""
    records = store.page(kind, filters, Sort("seq"), None, 2**31)
    return [record for _, record in records if record.state != "DELETED"]


def _ids(records: list[Record]) -> list[str]:
    return [record.id for record in records]
