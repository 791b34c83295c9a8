"""The table of services and their operations. Nothing else."""

from reconciler.emulator import predict
from reconciler.emulator.catalog import artifact, metadata_artifacts
from reconciler.emulator.handlers import (
    choices,
    compute_targets,
    deployments,
    group_histories,
    group_members,
    model_groups,
    model_signatures,
    model_transfers,
    models,
    monitoring,
    private_endpoints,
    projects,
    version_sets,
    work_requests,
)
from reconciler.emulator.handlers.container_images import ARTIFACTS
from reconciler.emulator.handlers.identity import IDENTITY
from reconciler.emulator.handlers.log_search import LOG_SEARCH
from reconciler.emulator.handlers.search import RESOURCE_SEARCH
from reconciler.emulator.http.wire import PREFIX
from reconciler.emulator.neighbours.registry import REGISTRY, REGISTRY_TOKENS
from reconciler.emulator.neighbours.token_exchange import IDENTITY_DOMAIN
from reconciler.emulator.plane import Service
from reconciler.emulator.running.lifecycle import Finisher
from reconciler.emulator.storage import buckets, objects, streams, uploads

DATA_SCIENCE = Service(
    "Data Science",
    PREFIX,
    (
        *projects.OPERATIONS,
        *models.OPERATIONS,
        *artifact.OPERATIONS,
        *model_transfers.OPERATIONS,
        *metadata_artifacts.OPERATIONS,
        *model_signatures.OPERATIONS,
        *version_sets.OPERATIONS,
        *model_groups.OPERATIONS,
        *group_members.OPERATIONS,
        *artifact.OF_GROUPS,
        *group_histories.OPERATIONS,
        *deployments.OPERATIONS,
        *choices.OPERATIONS,
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
    LOG_SEARCH,
    OBJECT_STORAGE,
    IDENTITY,
    IDENTITY_DOMAIN,
    RESOURCE_SEARCH,
    REGISTRY_TOKENS,
    REGISTRY,
    ARTIFACTS,
)
NAMES = tuple(one.name for service in SERVICES for one in service.operations)
"""What `Order.operation` is compared with."""
FINISHERS: dict[str, Finisher] = {
    **model_signatures.FINISHERS,
    **model_transfers.FINISHERS,
    **model_groups.FINISHERS,
    **version_sets.FINISHERS,
    **private_endpoints.FINISHERS,
    **compute_targets.FINISHERS,
}
