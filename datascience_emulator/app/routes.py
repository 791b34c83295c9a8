"""The table of all services and their operations, and how asynchronous work on each resource ends."""

from datascience_emulator.api.operations import Service
from datascience_emulator.data_science import BASE
from datascience_emulator.data_science.artifact_signatures import operations as artifact_signatures
from datascience_emulator.data_science.artifacts import operations as artifact
from datascience_emulator.data_science.artifacts import transfers as model_transfers
from datascience_emulator.data_science.compute_targets import operations as compute_targets
from datascience_emulator.data_science.deployments import operations as deployments
from datascience_emulator.data_science.deployments import predict
from datascience_emulator.data_science.model_groups import members as group_members
from datascience_emulator.data_science.model_groups import operations as model_groups
from datascience_emulator.data_science.models import metadata_artifacts
from datascience_emulator.data_science.models import operations as models
from datascience_emulator.data_science.offerings import operations as offerings
from datascience_emulator.data_science.private_endpoints import operations as private_endpoints
from datascience_emulator.data_science.projects import operations as projects
from datascience_emulator.data_science.version_histories import operations as group_histories
from datascience_emulator.data_science.version_sets import operations as version_sets
from datascience_emulator.data_science.work_requests import operations as work_requests
from datascience_emulator.data_science.work_requests.work import Finisher
from datascience_emulator.identity.operations import IDENTITY
from datascience_emulator.identity.token_exchange import IDENTITY_DOMAIN
from datascience_emulator.limits.operations import SERVICE_LIMITS
from datascience_emulator.logging.groups_and_logs import LOGGING
from datascience_emulator.logging.operations import LOG_SEARCH
from datascience_emulator.monitoring import operations as monitoring
from datascience_emulator.object_storage import buckets, objects, streams, uploads
from datascience_emulator.registry.operations import ARTIFACTS
from datascience_emulator.registry.protocol import REGISTRY, REGISTRY_TOKENS
from datascience_emulator.search.operations import RESOURCE_SEARCH

DATA_SCIENCE = Service(
    "Data Science",
    BASE,
    (
        *projects.OPERATIONS,
        *models.OPERATIONS,
        *artifact.OPERATIONS,
        *model_transfers.OPERATIONS,
        *metadata_artifacts.OPERATIONS,
        *artifact_signatures.OPERATIONS,
        *version_sets.OPERATIONS,
        *model_groups.OPERATIONS,
        *group_members.OPERATIONS,
        *artifact.OF_GROUPS,
        *group_histories.OPERATIONS,
        *deployments.OPERATIONS,
        *offerings.OPERATIONS,
        *private_endpoints.OPERATIONS,
        *compute_targets.OPERATIONS,
        *work_requests.OPERATIONS,
    ),
)
MODEL_DEPLOYMENT = Service("Model Deployment (predict)", "", predict.OPERATIONS)
MONITORING = Service("Monitoring", "/20180401", monitoring.OPERATIONS)
OBJECT_STORAGE = Service(
    "Object Storage",
    "",
    (*buckets.OPERATIONS, *objects.OPERATIONS, *streams.OPERATIONS, *uploads.OPERATIONS),
)
SERVICES = (
    DATA_SCIENCE,
    MODEL_DEPLOYMENT,
    MONITORING,
    LOGGING,
    LOG_SEARCH,
    SERVICE_LIMITS,
    OBJECT_STORAGE,
    IDENTITY,
    IDENTITY_DOMAIN,
    RESOURCE_SEARCH,
    REGISTRY_TOKENS,
    REGISTRY,
    ARTIFACTS,
)
NAMES = tuple(operation.name for service in SERVICES for operation in service.operations)
"""The names of all operations, which orders for faults select from (`Order.operation`)."""
FINISHERS: dict[str, Finisher] = {
    **artifact_signatures.FINISHERS,
    **model_transfers.FINISHERS,
    **model_groups.FINISHERS,
    **version_sets.FINISHERS,
}
