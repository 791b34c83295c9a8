"""What a deployment serves, or why the emulator runs no servers for it. Only reads the store."""

from datascience_emulator.data_science.deployments.document_parts import (
    compute_target_id,
    members,
    model_group_id,
    model_id,
)
from datascience_emulator.lifecycle.model_servers import Artifacts
from datascience_emulator.store.store import Store
from datascience_emulator.wire.json_values import Json


def why_not_served(store: Store, deployment: Json) -> str | None:
    """The reason in words for predict requests; None when it is served."""
    if compute_target_id(deployment) is not None:
        return "the emulator runs no servers on compute targets; it has their control plane only"
    group = model_group_id(deployment)
    kind = group and store.expect("model-group", group).document["modelGroupDetails"]["type"]
    if kind not in (None, "HETEROGENEOUS"):
        return f"the emulator runs servers only for model groups of the type HETEROGENEOUS, not {kind}"
    for model in _models(store, deployment).values():
        if store.expect("model", model).document.get("isModelByReference"):
            return f"the emulator runs no servers for models by reference, such as {model}"
    return None


def artifacts(store: Store, deployment: Json) -> Artifacts:
    models = _models(store, deployment)
    return {name: _digest(store, model) for name, model in models.items()}


def _models(store: Store, deployment: Json) -> dict[str, str]:
    """Folder below the mount → model."""
    group = model_group_id(deployment)
    return members(store.expect("model-group", group).document) if group else {"": str(model_id(deployment))}


def _digest(store: Store, model: str) -> str | None:
    digest: str | None = store.expect("model", model).private.get("artifact", {}).get("sha256")
    return digest
