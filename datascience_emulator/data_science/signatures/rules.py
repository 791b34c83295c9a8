"""What deployments go by that pin a signature. Runs inside the caller's transaction."""

from datascience_emulator.store.store import Store
from datascience_emulator.wire.errors import related_not_found


def check_signature(store: Store, signature_id: str, model_id: str) -> None:
    """What a deployment pins is a signature of its own model, and there (UNVERIFIED: no source says more)."""
    signature = store.get("signature", signature_id)
    if signature is None or signature.state != "ACTIVE" or signature.document["modelId"] != model_id:
        raise related_not_found(f"modelArtifactSignatureId {signature_id}")
