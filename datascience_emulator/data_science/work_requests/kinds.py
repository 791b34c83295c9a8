"""The kinds of asynchronous work: their steps, and the states that they lead to. Data only.

The steps of a start, and when each was done, are the service's own (docs/service.md §2.2). UNVERIFIED: the
texts of all other work.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WorkKind:
    """One kind of asynchronous work. Each of the `steps` moves percentComplete on, and is told when it is
    done. `done`: the actionType in the end. `after` and `failed`: the state of the subject when the work has
    ended well or failed; None if the work leaves the state alone. `servers_step`: the number of the step in
    which model servers are started or stopped; 0 for work on other resources, which is all done, or fails,
    with the last step. `pace`: when each step is done, as a share of the whole; by default evenly.
    `entity`: its entityType, where that is not the one of its subject.
    """

    done: str
    steps: tuple[str, ...]
    after: str | None = "ACTIVE"
    failed: str | None = "FAILED"
    servers_step: int = 0
    pace: tuple[float, ...] = ()
    entity: str | None = None

    def share(self, number: int) -> float:
        """The share of the time at which step `number` (from 1) is done; 0 for number 0."""
        if number and self.pace:
            return self.pace[number - 1]
        return number / len(self.steps)


_START = (
    "Creating compute resource configuration.",
    "Creating compute resources.",
    "Creating load balancer.",
    "Compute resources are provisioned.",
    "Load balancer is provisioned.",
)
_START_PACE = (0.0, 3 / 507, 6 / 507, 79 / 507, 1.0)
_ARTIFACT = "model-artifact"
_STOP = ("Stopped the model servers.", "Released the compute resources.")
CHANGED_IN_PLACE = WorkKind("UPDATED", ("Changed the configuration.",), servers_step=1)
"""An update that starts no servers."""
KINDS = {
    "MODEL_DEPLOYMENT_CREATE": WorkKind("CREATED", _START, servers_step=4, pace=_START_PACE),
    "MODEL_DEPLOYMENT_UPDATE": WorkKind("UPDATED", _START, servers_step=4, pace=_START_PACE),
    "MODEL_DEPLOYMENT_ACTIVATE": WorkKind("UPDATED", _START, servers_step=4, pace=_START_PACE),
    "MODEL_DEPLOYMENT_DEACTIVATE": WorkKind("UPDATED", _STOP, "INACTIVE", servers_step=1),
    "MODEL_DEPLOYMENT_DELETE": WorkKind("DELETED", _STOP, "DELETED", servers_step=1),
    "PROJECT_DELETE": WorkKind(
        "DELETED", ("Checked what the project holds.", "Deleted the project."), "DELETED"
    ),
    "MODEL_GROUP_CREATE": WorkKind("CREATED", ("Checked the members.", "Created the model group.")),
    "MODEL_GROUP_DELETE": WorkKind(
        "DELETED", ("Checked who uses it.", "Deleted the model group."), "DELETED"
    ),
    "MODEL_GROUP_VERSION_HISTORY_DELETE": WorkKind(
        "DELETED", ("Checked what it holds.", "Deleted the version history."), "DELETED"
    ),
    "COMPUTE_TARGET_CREATE": WorkKind(
        "CREATED", ("Checked the compute shape.", "Created the compute target.")
    ),
    "COMPUTE_TARGET_UPDATE": WorkKind(
        "UPDATED", ("Checked the compute shape.", "Changed the compute target.")
    ),
    "COMPUTE_TARGET_DELETE": WorkKind(
        "DELETED", ("Checked who uses it.", "Deleted the compute target."), "DELETED"
    ),
    "PRIVATE_ENDPOINT_CREATE": WorkKind("CREATED", ("Checked the subnet.", "Created the private endpoint.")),
    "PRIVATE_ENDPOINT_UPDATE": WorkKind("UPDATED", ("Changed the private endpoint.",)),
    "PRIVATE_ENDPOINT_MOVE": WorkKind("UPDATED", ("Moved the private endpoint.",)),
    "PRIVATE_ENDPOINT_DELETE": WorkKind(
        "DELETED", ("Checked who uses it.", "Deleted the private endpoint."), "DELETED"
    ),
    "MODELVERSIONSET_DELETE": WorkKind(
        "DELETED", ("Checked the models of the set.", "Deleted the model version set."), "DELETED"
    ),
    "CREATE_MODEL_ARTIFACT_SIGNATURE": WorkKind(
        "CREATED", ("Computed the digest of the artifact.", "Signed the digest.")
    ),
    "VERIFY_MODEL_ARTIFACT_SIGNATURE": WorkKind(
        "RELATED", ("Computed the digest of the artifact.", "Verified the signature."), None, None
    ),
    # UNVERIFIED: the name; the SDK has none. Version sets have no state for it.
    "MODELVERSIONSET_MOVE": WorkKind("UPDATED", ("Moved the model version set.",), None, None),
    # Transfers of artifacts. Terraform's provider waits for a model-artifact that is CREATED, whether it was
    # brought into the catalog or out of it. UNVERIFIED: that a reference is one too.
    "EXPORT_MODEL_ARTIFACT": WorkKind(
        "CREATED", ("Prepared the transfer.", "Stored the artifact."), None, None, entity=_ARTIFACT
    ),
    "IMPORT_MODEL_ARTIFACT": WorkKind(
        "CREATED", ("Prepared the transfer.", "Stored the object."), None, None, entity=_ARTIFACT
    ),
    "REGISTER_MODEL_ARTIFACT": WorkKind(
        "CREATED", ("Checked the references.",), None, None, entity=_ARTIFACT
    ),
}
# Terraform's provider (internal/service/datascience) looks for these, or for a part of them, in entityType:
# model-deployment, model-group, modelgroupversionhistory, compute-target, datascience, modelversionset.
# UNVERIFIED: the others, and what is around "datascience".
ENTITIES = {
    "deployment": ("model-deployment", "modelDeployments"),
    "model": ("model", "models"),
    "model-group": ("model-group", "modelGroups"),
    "group-history": ("modelgroupversionhistory", "modelGroupVersionHistory"),
    "compute-target": ("compute-target", "computeTargets"),
    "private-endpoint": ("datascience-private-endpoint", "dataSciencePrivateEndpoints"),
    "project": ("project", "projects"),
    "signature": ("model-artifact-signature", "models/{modelId}/artifactSignatures"),
    "version-set": ("modelversionset", "modelVersionSets"),
}
"""Kind of record → the entityType of its work requests, and its path below the base of the service."""
