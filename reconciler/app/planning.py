"""plan: what the manifests ask for against what is live."""

import asyncio
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

from reconciler.adapters.clock import RealClock
from reconciler.adapters.connect import Connection, connect
from reconciler.adapters.git import revision
from reconciler.app.offline import specs
from reconciler.app.workspace import Say, Workspace
from reconciler.core.artifact import Entry, LocalFile, Versions
from reconciler.core.errors import CloudError, Failed, NotFound
from reconciler.core.live import Live, Snapshot, State
from reconciler.core.plan import DeploymentPlan, Plan, PublishModel, Step
from reconciler.core.planner import Desired, make_plan, versions_needed
from reconciler.core.removal import plan_destroy
from reconciler.core.target import Target
from reconciler.engine.retry import Caller
from reconciler.load.repository import versions_served

P = ParamSpec("P")
T = TypeVar("T")

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
    snapshot = read_cloud(connection)
    needed = versions_needed(wanted, snapshot)
    made = make_plan(wanted, snapshot, live_versions(connection, needed))
    return Planned(relative(made, workspace.root), connection)


def destroy(workspace: Workspace, target: Target, names: Sequence[str], say: Say) -> Planned:
    """The plan that removes these deployments and the catalog models that only they use."""
    connection = reach(target, say)
    snapshot = read_cloud(connection)
    return Planned(plan_destroy(target.name, workspace.settings.owner, names, snapshot), connection)


def read_cloud(connection: Connection) -> Snapshot:
    """Everything that is live; of what failed, with the details that a list does not tell (docs/service.md
    §1.7).
    """
    snapshot = patiently(connection.cloud.snapshot)
    return replace(snapshot, deployments=tuple(_explained(connection, live) for live in snapshot.deployments))


def _explained(connection: Connection, live: Live) -> Live:
    if live.state not in {State.FAILED, State.NEEDS_ATTENTION}:
        return live
    try:
        return replace(live, details=patiently(connection.cloud.get_deployment, live.ocid)[0].details)
    except NotFound:
        return live


def live_versions(connection: Connection, models: Sequence[str]) -> dict[str, Versions | None]:
    """The version structure of live artifacts; None where one cannot be read."""
    with ThreadPoolExecutor(READERS) as pool:
        return dict(zip(models, pool.map(partial(_versions, connection), models), strict=True))


def _versions(connection: Connection, model: str) -> Versions | None:
    try:
        names, configs = patiently(connection.cloud.listing, model)
        return versions_served(names, configs)
    except NotFound:
        return None
    except CloudError:
        raise
    except Failed:
        return None


def patiently(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call, and call again after errors that may pass, as the engine does."""
    with ThreadPoolExecutor(1) as pool:
        return asyncio.run(Caller(pool, RealClock(), random.random)(function, *args, **kwargs))


def relative(made: Plan, root: Path) -> Plan:
    """The plan with local files named by their place in the repository: the same plan in every checkout."""
    return _with_paths(made, lambda file: str(Path(file).relative_to(root)))


def absolute(made: Plan, root: Path) -> Plan:
    """The plan with local files where they are on this machine."""
    return _with_paths(made, lambda file: str(root / file))


def _with_paths(made: Plan, change: Callable[[str], str]) -> Plan:
    def moved(item: DeploymentPlan) -> DeploymentPlan:
        return replace(item, steps=tuple(_step(step, change) for step in item.steps))

    return replace(made, deployments=tuple(moved(item) for item in made.deployments))


def _step(step: Step, change: Callable[[str], str]) -> Step:
    if not isinstance(step, PublishModel):
        return step
    entries = tuple(_entry(entry, change) for entry in step.artifact.entries)
    return replace(step, artifact=replace(step.artifact, entries=entries))


def _entry(entry: Entry, change: Callable[[str], str]) -> Entry:
    if not isinstance(entry.source, LocalFile):
        return entry
    return replace(entry, source=LocalFile(change(entry.source.path)))


def _hashing(say: Say) -> Callable[[int, int], None]:
    def progress(done: int, total: int) -> None:
        if total:
            say(f"hashing model files: {100 * done // total}%")

    return progress
