"""The table of services and their operations. Nothing else."""

from datascience_emulator.api.wire import PREFIX
from datascience_emulator.data_science import projects, work_requests
from datascience_emulator.data_science.choices import operations as choices
from datascience_emulator.data_science.deployments import operations as deployments
from datascience_emulator.data_science.deployments import predict
from datascience_emulator.data_science.model_groups import histories as group_histories
from datascience_emulator.data_science.model_groups import members as group_members
from datascience_emulator.data_science.model_groups import operations as model_groups
from datascience_emulator.data_science.models import artifact, metadata_artifacts
from datascience_emulator.data_science.models import operations as models
from datascience_emulator.data_science.models import signatures as model_signatures
from datascience_emulator.data_science.models import transfers as model_transfers
from datascience_emulator.data_science.places import compute_targets, private_endpoints
from datascience_emulator.data_science.version_sets import operations as version_sets
from datascience_emulator.identity.operations import IDENTITY
from datascience_emulator.identity.token_exchange import IDENTITY_DOMAIN
from datascience_emulator.lifecycle.lifecycle import Finisher
from datascience_emulator.logging.operations import LOG_SEARCH
from datascience_emulator.monitoring import operations as monitoring
from datascience_emulator.object_storage import buckets, objects, streams, uploads
from datascience_emulator.plane import Service
from datascience_emulator.registry.operations import ARTIFACTS
from datascience_emulator.registry.protocol import REGISTRY, REGISTRY_TOKENS
from datascience_emulator.search.operations import RESOURCE_SEARCH

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
