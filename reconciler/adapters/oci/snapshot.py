"""Reads all that a plan needs of one project, at the same time, by lists: nothing is asked per deployment
(docs/service.md §0.1).
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from oci.data_science import models

from reconciler.adapters.oci.catalog_entries import GONE as GONE_ENTRIES
from reconciler.adapters.oci.conversion.live import catalog_model_of, group_of, live_of, state_of, tags_of
from reconciler.adapters.oci.lists import Lists
from reconciler.adapters.oci.model_groups import ModelGroups
from reconciler.adapters.sdk import Sdk
from reconciler.core.model.errors import NotFound
from reconciler.core.model.live import ARTIFACT, GONE, OWNER, Project, Snapshot


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
    here = _of_project(model_groups, project)
    there = [item for item in model_groups if item.lifecycle_state not in GONE_ENTRIES]
    members = groups.members_of_marked([item.id for item in _of_project(there, project) if _is_marked(item)])
    return Snapshot(
        project,
        tuple(live_of(item, digests) for item in listed),
        entries + tuple(group_of(item, members.get(item.id, ())) for item in here),
        unread_groups=tuple(item.id for item in there if item.id not in members),
    )


def with_members(snapshot: Snapshot, groups: ModelGroups) -> Snapshot:
    """The snapshot with the members of its unread groups, as far as they can be read. That is a call for each
    group, and there may be thousands of others': it is for whoever is about to delete what they may hold.
    """
    members = groups.members_of_others(snapshot.unread_groups)
    here = {model.ocid for model in snapshot.models}
    return replace(
        snapshot,
        models=tuple(
            replace(model, members=members.get(model.ocid, model.members)) for model in snapshot.models
        ),
        held_elsewhere=frozenset().union(*(members[group] for group in members.keys() - here)),
        unread_groups=tuple(group for group in snapshot.unread_groups if group not in members),
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


def _is_marked(item: Sdk) -> bool:
    return OWNER in dict(tags_of(item))


def _of_project(items: Sequence[Sdk], project: Project) -> list[Sdk]:
    return [item for item in items if project.ocid is not None and item.project_id == project.ocid]


def _digests(items: Sequence[Sdk]) -> dict[str, str]:
    """The digests of the contents of catalog models and model groups, by OCID."""
    tags = {item.id: dict(tags_of(item)) for item in items}
    return {ocid: of_item[ARTIFACT] for ocid, of_item in tags.items() if ARTIFACT in of_item}
