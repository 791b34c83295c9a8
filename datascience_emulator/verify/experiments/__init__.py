"""The experiments: one for each reading, and some observations. A new one is a function in a module here, and
a line in the table.

Those without a deployment come first. Those that share one come next, in an order in which none spoils it
for the next.
"""

from datascience_emulator.verify.experiment import Experiment
from datascience_emulator.verify.experiments import (
    artifacts,
    catalog,
    images,
    lists,
    metadata,
    observations,
    states,
    triton_headers,
    updates,
    version_sets,
)

EXPERIMENTS: tuple[Experiment, ...] = (
    lists.LIST_FILTERS,
    lists.UNKNOWN_COMPARTMENT,
    catalog.CREATED_STATUS,
    catalog.AFTER_DELETE,
    metadata.METADATA_KEYS,
    metadata.METADATA_ENTRY,
    metadata.DEFINED_CATEGORY,
    version_sets.VERSION_SET_NAMES,
    artifacts.SECOND_ARTIFACT,
    artifacts.LARGE_UPLOAD,
    triton_headers.TRITON_HEADERS,
    states.SYSTEM_DATA,
    updates.OMITTED,
    updates.REFUSED_UPDATE,
    updates.UPDATE_GROUPS,
    observations.SAME_VALUES,
    observations.CONTAINER_AND_ENVIRONMENT,
    states.ACTIVATING,
    observations.FAILED_UPDATE,
    images.UNKNOWN_IMAGE,
    images.MISSING_IMAGE,
)
