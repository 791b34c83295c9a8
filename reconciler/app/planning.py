"""plan: what the manifests ask for against what is live."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from reconciler.adapters.connect import Connection, connect
from reconciler.adapters.git import revision
from reconciler.app.offline import specs
from reconciler.app.workspace import Workspace
from reconciler.core.artifact import Versions
from reconciler.core.errors import CloudError, Failed
from reconciler.core.live import Snapshot
from reconciler.core.plan import Plan
from reconciler.core.planner import Desired, make_plan, versions_needed
from reconciler.core.removal import plan_destroy
from reconciler.core.target import Target
from reconciler.load.repository import versions_served

Say = Callable[[str], None]
"""Tells a person what is going on, in a few words."""

READERS = 8
"""Live artifacts whose version structure is read at the same time."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and the connection that it was made over."""

    plan: Plan
    connection: Connection


def reach(target: Target, say: Say) -> Connection:
    """Sign in to a target; the emulator is started when it is the target and does not run."""
    return connect(target, say)


def plan(workspace: Workspace, target: Target, paths: Sequence[Path], say: Say) -> Planned:
    """The plan for these manifests. Only when all are meant (no paths) may what is in none be deleted."""
    found = specs(workspace, target, paths, _hashing(say))
    connection = reach(target, say)
    say("reading what is live")
    wanted = Desired(
        target=target.name,
        owner=workspace.settings.owner,
        specs=found,
        revision=revision(workspace.root),
        safety=workspace.settings.safety,
        prune=not paths,
    )
    snapshot = connection.cloud.snapshot()
    needed = versions_needed(wanted, snapshot)
    return Planned(make_plan(wanted, snapshot, live_versions(connection, needed)), connection)


def destroy(workspace: Workspace, target: Target, names: Sequence[str], say: Say) -> Planned:
    """The plan that removes these deployments and the catalog models that only they use."""
    connection = reach(target, say)
    snapshot: Snapshot = connection.cloud.snapshot()
    return Planned(plan_destroy(target.name, workspace.settings.owner, names, snapshot), connection)


def live_versions(connection: Connection, models: Sequence[str]) -> dict[str, Versions | None]:
    """The version structure of live artifacts; None where one cannot be read."""
    with ThreadPoolExecutor(READERS) as pool:
        return dict(zip(models, pool.map(partial(_versions, connection), models), strict=True))


def _versions(connection: Connection, model: str) -> Versions | None:
    try:
        names, configs = connection.cloud.listing(model)
    except CloudError:
        raise
    except Failed:
        return None
    return versions_served(names, configs)


def _hashing(say: Say) -> Callable[[int, int], None]:
    def progress(done: int, total: int) -> None:
        if total:
            say(f"hashing model files: {100 * done // total}%")

    return progress
