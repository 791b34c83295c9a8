"""Reads all that a plan needs of one project, at the same time, by lists: nothing is asked per deployment
(docs/service.md §0.1).
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from oci.data_science import models

from reconciler.adapters.oci.conversion.live import catalog_model_of, live_of, state_of, tags_of
from reconciler.adapters.oci.lists import Lists
from reconciler.adapters.oci.model_groups import ModelGroups
from reconciler.adapters.sdk import Sdk
from reconciler.core.model.errors import NotFound
from reconciler.core.model.live import ARTIFACT, GONE, Project, Snapshot


def read_snapshot(lists: Lists, groups: ModelGroups, read_project: Callable[[], Project]) -> Snapshot:
    """The project, all deployments of the compartment, and the project's catalog models and model groups."""
    with ThreadPoolExecutor(max_workers=3) as pool:
        deployments = pool.submit(lists.deployments)
        catalog = pool.submit(lists.models)
        grouped = pool.submit(lists.groups)
        project = read_project()
    listed = deployments.result()
    model_groups = _groups(grouped, listed)
    digests = _digests([*catalog.result(), *model_groups])
    entries = tuple(catalog_model_of(item) for item in _of_project(catalog.result(), project))
    here = {item.id for item in _of_project(model_groups, project)}
    with_members, unread = groups.with_members(model_groups)
    elsewhere = (group.members for group in with_members if group.ocid not in here)
    return Snapshot(
        project,
        tuple(live_of(item, digests) for item in listed),
        entries + tuple(group for group in with_members if group.ocid in here),
        frozenset().union(*elsewhere),
        unread,
    )


def _groups(grouped: Future[list[Sdk]], deployments: Sequence[Sdk]) -> list[Sdk]:
    """The model groups; none where the service does not have them, or does not let us see them. But when a
    deployment runs one, its members would then look unused, and the error is raised.
    """
    try:
        return grouped.result()
    except NotFound:
        if any(_runs_a_group(item) for item in deployments):
            raise
        return []


def _runs_a_group(item: Sdk) -> bool:
    details = item.model_deployment_configuration_details
    is_group = isinstance(details, models.ModelGroupDeploymentConfigurationDetails)
    return is_group and state_of(item.lifecycle_state) not in GONE


def _of_project(items: Sequence[Sdk], project: Project) -> list[Sdk]:
    return [item for item in items if project.ocid is not None and item.project_id == project.ocid]


def _digests(items: Sequence[Sdk]) -> dict[str, str]:
    """The digests of the contents of catalog models and model groups, by OCID."""
    tags = {item.id: dict(tags_of(item)) for item in items}
    return {ocid: of_item[ARTIFACT] for ocid, of_item in tags.items() if ARTIFACT in of_item}
