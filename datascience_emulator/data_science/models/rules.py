"""Rules between models and the resources around them: version sets, signatures, model groups, deployments.

Everything here runs inside the caller's transaction.
"""

from datascience_emulator.store.store import Record, Store
from datascience_emulator.store.uses import (
    deployments_of_model,
    deployments_of_model_group,
    model_groups_of_model,
)
from datascience_emulator.wire.errors import conflict, related_not_found
from datascience_emulator.wire.json_values import Json


def version_of(store: Store, version_set_id: str) -> Json:
    """The fields that a model gets when it joins a version set: the name of the set, and the next number.

    No number is used twice, even if its model has been deleted (UNVERIFIED).
    """
    version_set = store.get("version-set", version_set_id)
    if version_set is None or version_set.state != "ACTIVE":
        raise related_not_found(f"modelVersionSetId {version_set_id}")
    number = int(store.meta(f"versions of {version_set_id}") or 0) + 1
    store.set_meta(f"versions of {version_set_id}", str(number))
    return {"modelVersionSetName": version_set.document["name"], "versionId": number}


def check_unused(store: Store, model: Record) -> None:
    """Raises 409 for a model that deployments need, or that is part of work under way.

    UNVERIFIED: no document says how a delete is refused then; oracle-ads refuses it in the client.
    """
    users = deployments_of_model(store, model.id)
    for group in model_groups_of_model(store, model.id):  # UNVERIFIED: treated as a deployment's own model
        users += deployments_of_model_group(store, group)
    if users:
        raise conflict(f"The model {model.id} is used by {', '.join(users)}. Delete or update those first.")
    for group in model_groups_of_model(store, model.id):
        if store.state_of(group) == "CREATING":
            raise conflict(
                f"The model group {group}, which has the model {model.id}, is being made. Wait until it is "
                "ACTIVE."
            )
    for signature in store.owned("signature", model.id):
        if signature.state == "CREATING":
            raise conflict(
                f"The signature {signature.id} of the model {model.id} is being made. Wait until it is "
                "ACTIVE."
            )


def erase(store: Store, model: Record) -> tuple[str, ...]:
    """Delete a model with its signatures and metadata artifacts. Returns the content (SHA-256) that they
    had.
    """
    artifacts = store.owned("metadata-artifact", model.id)
    for artifact in artifacts:
        store.remove(artifact)
    for record in (*store.owned("signature", model.id), model):
        record.document["lifecycleState"] = "DELETED"
        store.save(record)
    return tuple(
        record.private["artifact"]["sha256"] for record in (*artifacts, model) if "artifact" in record.private
    )
