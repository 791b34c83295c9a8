"""The table of services and their operations. Nothing else."""

from . import artifact
from .handlers import deployments, model_groups, models, projects, work_requests
from .lifecycle import Finisher
from .plane import Service
from .wire import PREFIX

DATA_SCIENCE = Service(
    "Data Science",
    PREFIX,
    (
        *projects.OPERATIONS,
        *models.OPERATIONS,
        *artifact.OPERATIONS,
        *model_groups.OPERATIONS,
        *deployments.OPERATIONS,
        *work_requests.OPERATIONS,
    ),
)
SERVICES = (DATA_SCIENCE,)
FINISHERS: dict[str, Finisher] = {}
