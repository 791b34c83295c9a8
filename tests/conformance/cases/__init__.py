"""The cases of the conformance suite, one module for each kind of resource. Importing this registers them."""

import inspect
import re

from oci.data_science import DataScienceClient

from tests.conformance.cases import (
    artifacts,
    choices,
    compute_targets,
    deployment_updates,
    deployments,
    endpoints,
    flex,
    group_clones,
    group_deployments,
    group_histories,
    groups,
    metadata,
    models,
    projects,
    signatures,
    version_sets,
    work_requests,
)

__all__ = [
    "IN_SCOPE",
    "artifacts",
    "choices",
    "compute_targets",
    "deployment_updates",
    "deployments",
    "endpoints",
    "flex",
    "group_clones",
    "group_deployments",
    "group_histories",
    "groups",
    "metadata",
    "models",
    "projects",
    "signatures",
    "version_sets",
    "work_requests",
]

_ABOUT = re.compile(r"project|model|work_request|list_containers|private_endpoint|compute_target")
IN_SCOPE = frozenset(
    name
    for name, _ in inspect.getmembers(DataScienceClient, inspect.isfunction)
    if _ABOUT.search(name) and not name.startswith("_")
)
