"""Checks that what a deployment refers to exists and may be used."""

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.data_science.artifact_signatures.rules import check_signature
from datascience_emulator.data_science.deployments.document_parts import (
    CONFIG,
    MODEL,
    compute_target_id,
    members,
    model_group_id,
    model_id,
    private_endpoint_id,
)
from datascience_emulator.wire.errors import invalid, related_not_found
from datascience_emulator.wire.json_values import Json


def check_references(cloud: Cloud, document: Json, old: Json | None = None) -> None:
    """Raises a ServiceError 400. `old`: the document before an update; references that the update does not
    change are not checked again.
    """
    if old is None or _models(document) != _models(old):
        _check_models(cloud, document)
    if old is None or private_endpoint_id(document) != private_endpoint_id(old):
        _check_endpoint(cloud, private_endpoint_id(document))
    if old is None or compute_target_id(document) != compute_target_id(old):
        _check_target(cloud, compute_target_id(document))


def _models(document: Json) -> tuple[str | None, ...]:
    if model_group_id(document) is not None:
        return (model_group_id(document),)
    return model_id(document), document[CONFIG][MODEL].get("modelArtifactSignatureId")


def _check_models(cloud: Cloud, document: Json) -> None:
    """The members of a model group are checked too: they may have been deleted meanwhile."""
    group = model_group_id(document)
    if group is None:
        model = str(model_id(document))
        _check_model(cloud, model)
        signature = document[CONFIG][MODEL].get("modelArtifactSignatureId")
        if signature is not None:
            check_signature(cloud.store, signature, model)
        return
    record = cloud.store.get("model-group", group)
    if record is None or record.state not in ("ACTIVE", "INACTIVE"):
        raise related_not_found(f"modelGroupId {group}")
    if record.state == "INACTIVE":
        raise invalid(f"The model group {group} is inactive; activate it, or use another one.")
    for member in members(record.document).values():
        _check_model(cloud, member)


def _check_model(cloud: Cloud, model: str) -> None:
    record = cloud.store.get("model", model)
    if record is None or record.state in ("DELETED", "FAILED"):
        raise related_not_found(f"modelId {model}")
    if record.state == "INACTIVE":
        raise invalid(
            f"The model {model} is inactive; an inactive model cannot be used in a model deployment."
        )


# No document says that the service checks compute targets and private endpoints; it does check models.


def _check_endpoint(cloud: Cloud, endpoint: str | None) -> None:
    if endpoint is not None:
        record = cloud.store.get("private-endpoint", endpoint)
        if record is None or record.state != "ACTIVE":
            raise related_not_found(f"privateEndpointId {endpoint}")
        if record.document["dataScienceResourceType"] != "MODEL_DEPLOYMENT":
            raise invalid(
                f"privateEndpointId: {endpoint} is one for notebook sessions, not for model deployments"
            )


def _check_target(cloud: Cloud, target: str | None) -> None:
    if target is not None:
        record = cloud.store.get("compute-target", target)
        if record is None or record.state != "ACTIVE":
            raise related_not_found(f"computeTargetId {target}")
