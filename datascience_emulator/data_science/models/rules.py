"""What models have to do with the things around them: projects, version sets, signatures, who uses them.

Rules that more than one handler goes by. Everything here runs inside the caller's transaction.
"""

from datascience_emulator.store.store import Record, Store
from datascience_emulator.store.uses import deployments_of_group, deployments_of_model, groups_of_model
from datascience_emulator.wire.errors import conflict, related_not_found
from datascience_emulator.wire.jsons import Json


def version_of(store: Store, version_set_id: str) -> Json:
    """What a model has on joining a version set: the set's name, and the next number in it.

    A number is never given twice, even if the model that had it is gone (UNVERIFIED: no source says).
    """
    version_set = store.get("version-set", version_set_id)
    if version_set is None or version_set.state != "ACTIVE":
        raise related_not_found(f"modelVersionSetId {version_set_id}")
    number = int(store.meta(f"versions of {version_set_id}") or 0) + 1
    store.set_meta(f"versions of {version_set_id}", str(number))
    return {"modelVersionSetName": version_set.document["name"], "versionId": number}


def check_unused(store: Store, model: Record) -> None:
    """Refuses (409) what deployments need, or work is under way on.

    UNVERIFIED: no document says what a delete gets then; oracle-ads refuses it in the client.
    """
    users = deployments_of_model(store, model.id)
    for group in groups_of_model(store, model.id):  # as a deployment's own model; no document says so
        users += deployments_of_group(store, group)
    if users:
        raise conflict(f"The model {model.id} is used by {', '.join(users)}. Delete or update those first.")
    for group in groups_of_model(store, model.id):
        if store.state_of(group) == "CREATING":
            raise conflict(
                f"The model group {group}, which has the model {model.id}, is being made. Wait for it."
            )
    for signature in store.owned("signature", model.id):
        if signature.state == "CREATING":
            raise conflict(
                f"The signature {signature.id} of the model {model.id} is being made. Wait for it."
            )


def erase(store: Store, model: Record) -> tuple[str, ...]:
    """Delete a model with its signatures and metadata artifacts; the content (SHA-256) that they had."""
    artifacts = store.owned("metadata-artifact", model.id)
    for artifact in artifacts:
        store.remove(artifact)
    for record in (*store.owned("signature", model.id), model):
        record.document["lifecycleState"] = "DELETED"
        store.save(record)
    return tuple(
        one.private["artifact"]["sha256"] for one in (*artifacts, model) if "artifact" in one.private
    )
