"""The kinds of asynchronous work: their steps, and the states that they lead to. Data only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WorkKind:
    """One kind of asynchronous work. Each of the `steps` moves percentComplete on, and the real work is done
    in step number `real`. `done`: the actionType in the end. `after` and `failed`: the state of the subject
    when the work has ended well or failed; None if the state does not change.

    The numbers of steps are those that oracle-ads expects: 6 to create, 2 to delete or deactivate.
    """

    done: str
    steps: tuple[str, ...]
    real: int
    after: str | None = "ACTIVE"
    failed: str | None = "FAILED"


_START = (
    "Validated the configuration.",
    "Prepared the compute resources.",
    "Fetched the model artifact.",
    "Started the model servers.",
    "Checked the health of the model servers.",
    "Routed the endpoint to the model servers.",
)
_STOP = ("Stopped the model servers.", "Released the compute resources.")
KINDS = {
    "MODEL_DEPLOYMENT_CREATE": WorkKind("CREATED", _START, 4),
    "MODEL_DEPLOYMENT_UPDATE": WorkKind("UPDATED", _START, 4),
    "MODEL_DEPLOYMENT_ACTIVATE": WorkKind("UPDATED", _START, 4),
    "MODEL_DEPLOYMENT_DEACTIVATE": WorkKind("UPDATED", _STOP, 1, "INACTIVE"),
    "MODEL_DEPLOYMENT_DELETE": WorkKind("DELETED", _STOP, 1, "DELETED"),
    "PROJECT_DELETE": WorkKind(
        "DELETED", ("Checked what the project holds.", "Deleted the project."), 1, "DELETED"
    ),
    "MODEL_GROUP_CREATE": WorkKind("CREATED", ("Checked the members.", "Created the model group."), 1),
    "MODEL_GROUP_DELETE": WorkKind(
        "DELETED", ("Checked who uses it.", "Deleted the model group."), 1, "DELETED"
    ),
    "MODEL_GROUP_VERSION_HISTORY_DELETE": WorkKind(
        "DELETED", ("Checked what it holds.", "Deleted the version history."), 1, "DELETED"
    ),
    "COMPUTE_TARGET_CREATE": WorkKind("CREATED", ("Checked the shape.", "Created the compute target."), 1),
    "COMPUTE_TARGET_UPDATE": WorkKind("UPDATED", ("Checked the shape.", "Changed the compute target."), 1),
    "COMPUTE_TARGET_DELETE": WorkKind(
        "DELETED", ("Checked who uses it.", "Deleted the compute target."), 1, "DELETED"
    ),
    "PRIVATE_ENDPOINT_CREATE": WorkKind(
        "CREATED", ("Checked the subnet.", "Created the private endpoint."), 1
    ),
    "PRIVATE_ENDPOINT_UPDATE": WorkKind("UPDATED", ("Changed the private endpoint.",), 1),
    "PRIVATE_ENDPOINT_MOVE": WorkKind("UPDATED", ("Moved the private endpoint.",), 1),
    "PRIVATE_ENDPOINT_DELETE": WorkKind(
        "DELETED", ("Checked who uses it.", "Deleted the private endpoint."), 1, "DELETED"
    ),
    "MODELVERSIONSET_DELETE": WorkKind(
        "DELETED", ("Checked the models of the set.", "Deleted the model version set."), 1, "DELETED"
    ),
    "CREATE_MODEL_ARTIFACT_SIGNATURE": WorkKind(
        "CREATED", ("Computed the digest of the artifact.", "Signed the digest."), 1
    ),
    "VERIFY_MODEL_ARTIFACT_SIGNATURE": WorkKind(
        "RELATED", ("Computed the digest of the artifact.", "Verified the signature."), 1, None, None
    ),
    # UNVERIFIED: the name; the SDK has none. Version sets have no state for it.
    "MODELVERSIONSET_MOVE": WorkKind("UPDATED", ("Moved the model version set.",), 1, None, None),
    # Transfers of artifacts. The model keeps its state. Everything is done, or fails, at the last step.
    "EXPORT_MODEL_ARTIFACT": WorkKind(
        "UPDATED", ("Prepared the transfer.", "Stored the artifact."), 1, None, None
    ),
    "IMPORT_MODEL_ARTIFACT": WorkKind(
        "UPDATED", ("Prepared the transfer.", "Stored the object."), 1, None, None
    ),
    "REGISTER_MODEL_ARTIFACT": WorkKind("UPDATED", ("Checked the references.",), 1, None, None),
}
ENTITIES = {
    "deployment": ("model-deployment", "modelDeployments"),
    "model": ("model", "models"),
    "model-group": ("model-group", "modelGroups"),
    "group-history": ("model-group-version-history", "modelGroupVersionHistory"),
    "compute-target": ("compute-target", "computeTargets"),
    # Terraform's provider looks for "datascience" in this name (…_private_endpoint_resource.go).
    "private-endpoint": ("datascience-private-endpoint", "dataSciencePrivateEndpoints"),
    "project": ("project", "projects"),
    "signature": ("model-artifact-signature", "models/{modelId}/artifactSignatures"),
    "version-set": ("model-version-set", "modelVersionSets"),
}
"""Kind of record → the entityType of its work requests, and its path below the base of the service."""
