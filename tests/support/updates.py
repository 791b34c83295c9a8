"""What git and the cloud keep of a change: a workspace's commits, and the updates of its deployments."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import oci

from tests.support import repositories
from tests.support.workspace import Workspace


def commit(workspace: Workspace, message: str) -> str:
    """Put all of the workspace into a commit, in a repository that is made when there is none; its hash."""
    if not (workspace.root / ".git").exists():
        workspace.write(".gitignore", ".reconciler/\n")
        repositories.git(workspace.root, "init", "--quiet")
    return repositories.commit(workspace.root, message)


@dataclass(frozen=True, slots=True)
class Update:
    """One update of a deployment, from when it was accepted to its end, in seconds since the epoch."""

    began: float
    ended: float
    status: str

    @property
    def seconds(self) -> float:
        return self.ended - self.began


def updates(workspace: Workspace, since: float) -> list[Update]:
    """The updates that were accepted after this moment and are over, in their order."""
    found = [_update(one) for one in work_requests(workspace) if one.operation_type == UPDATE]
    return sorted((one for one in found if one.began >= since), key=lambda one: one.began)


UPDATE = "MODEL_DEPLOYMENT_UPDATE"


def work_requests(workspace: Workspace) -> Sequence[Any]:
    """All that the service was ever asked to do."""
    listing = workspace.sdk().list_work_requests
    return list(oci.pagination.list_call_get_all_results(listing, workspace.note["compartment"]).data)


def _update(work: Any) -> Update:
    return Update(work.time_accepted.timestamp(), work.time_finished.timestamp(), work.status)
