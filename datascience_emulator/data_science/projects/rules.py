"""A check for resources that refer to a project. Runs inside the caller's transaction."""

from datascience_emulator.store.store import Store
from datascience_emulator.wire.errors import related_not_found


def check_project(store: Store, project_id: str) -> None:
    project = store.get("project", project_id)
    if project is None or project.state != "ACTIVE":
        raise related_not_found(f"projectId {project_id}")
