"""A check for deployments that pin a signature. Runs inside the caller's transaction."""

from datascience_emulator.store.store import Store
from datascience_emulator.wire.errors import related_not_found


def check_signature(store: Store, signature_id: str, model_id: str) -> None:
    """Raises 400 unless it is a signature of this model. UNVERIFIED: no source has a rule."""
    signature = store.get("signature", signature_id)
    if signature is None or signature.state != "ACTIVE" or signature.document["modelId"] != model_id:
        raise related_not_found(f"modelArtifactSignatureId {signature_id}")
