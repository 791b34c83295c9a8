"""plan: compares what the manifests ask for with what is live. Nothing is changed.

`plan` reads like the life of a plan up to its decision; docs/architecture.md tells the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler.adapters.clock import RealClock
from reconciler.adapters.git.repository import revision
from reconciler.app.changed.since import affected_since
from reconciler.app.connecting import ReachedTarget, reach
from reconciler.app.desired import PlanRequest, affected_manifests, desired_of, selected_manifests
from reconciler.app.environments.not_for_target import not_for_target
from reconciler.app.images.looking import look_at_images
from reconciler.app.live.reading_live import (
    Tell,
    read_cloud,
    read_holders,
    read_settled_cloud,
    with_reasons,
)
from reconciler.app.live.served_models import servings_of
from reconciler.app.names import names_of, no_such
from reconciler.app.saved_plans.file_paths import relative
from reconciler.app.validating import checked_manifests
from reconciler.app.workspace import Say, Workspace
from reconciler.core.model.desired import Desired
from reconciler.core.model.findings import Finding
from reconciler.core.model.live import Snapshot
from reconciler.core.model.spec import Revision
from reconciler.core.model.target import Target
from reconciler.core.planning.clean_up import DAY_SECONDS, plan_clean_up
from reconciler.core.planning.images.resolving import wanted_images, with_sights
from reconciler.core.planning.plan import Action, Plan
from reconciler.core.planning.planner import make_plan
from reconciler.core.planning.removal import plan_destroy
from reconciler.core.planning.review.affected import Affected
from reconciler.core.planning.run_scope import as_manifests_call_it, to_guard
from reconciler.engine.utc import timestamp
from reconciler.manifests.loading import Absent, Loaded


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, what it was made from, and the target that was reached for it.

    `no_revision` says why the plan carries no revision although it should; else it is empty. `notices` are
    the findings that make no manifest invalid; `absent` are the manifests that are not for the target.
    `affected` is what the plan was limited to, if it was, because of what has changed since a revision.
    """

    plan: Plan
    desired: Desired
    snapshot: Snapshot
    reached: ReachedTarget
    no_revision: str = ""
    notices: tuple[Finding, ...] = ()
    absent: tuple[Absent, ...] = ()
    affected: Affected | None = None


def plan(
    workspace: Workspace, target: Target, request: PlanRequest, say: Say, tell: Tell | None = None
) -> Planned:
    """Make the plan for these manifests. Orphans are deleted only when all manifests are planned. Raises
    Failed for names that nobody has.

    With `tell`, changes that somebody else has begun on these deployments are waited for first, and `tell`
    hears of them. Without it, the wait becomes a step of the plan.
    """
    manifests = checked_manifests(workspace, target, request.paths)
    workspace.redaction.declare(manifests.declared)
    affected = _affected(workspace, target, request, manifests, say)
    reached = reach(workspace, target, say)
    manifests = selected_manifests(workspace, target, request, manifests, reached)
    commit = revision(workspace.root)
    if affected:
        manifests = affected_manifests(manifests, affected)
    desired = desired_of(workspace, target, request, manifests, say)
    if affected and not affected.orphans:
        desired = replace(desired, changed=affected.names)
    if isinstance(commit, Revision):
        desired = replace(desired, revision=commit)
    planned = plan_desired(workspace, target, reached, desired, workspace.root, say, tell)
    no_revision = workspace.redaction.text(commit) if isinstance(commit, str) else ""
    owner = workspace.settings.owner
    absent = not_for_target(manifests.absent, planned.snapshot, owner, target.name, request.only)
    notices = (*manifests.notices, *absent)
    found = replace(planned, no_revision=no_revision, notices=notices, absent=manifests.absent)
    return replace(found, affected=affected)


def _affected(
    workspace: Workspace, target: Target, request: PlanRequest, manifests: Loaded, say: Say
) -> Affected | None:
    if not request.changed_since:
        return None
    say(f"comparing with {request.changed_since}")
    return affected_since(workspace, target, request.changed_since, request.paths, manifests)


def plan_desired(
    workspace: Workspace,
    target: Target,
    reached: ReachedTarget,
    desired: Desired,
    root: Path,
    say: Say,
    tell: Tell | None = None,
) -> Planned:
    """Make the plan for what is desired; its files are below `root`."""
    sights = look_at_images(workspace, target, reached, wanted_images(desired), say)
    desired = with_sights(desired, sights)
    say("reading what is live")
    snapshot = read_settled_cloud(reached, desired, tell) if tell else read_cloud(reached)
    snapshot = with_reasons(reached, desired, snapshot)
    servings = servings_of(reached, to_guard(desired, snapshot))
    decided = make_plan(desired, snapshot, servings)
    if decided.deletes_entries:
        snapshot = read_holders(reached, snapshot)
        decided = make_plan(desired, snapshot, servings)
    decided = replace(decided, given=workspace.values)
    redacted = workspace.redaction.plan(decided, snapshot.deployments, desired.specs)
    portable = relative(redacted, root)
    return Planned(portable, desired, as_manifests_call_it(snapshot, desired), reached)


def plan_deletion(workspace: Workspace, target: Target, names: Sequence[str], say: Say) -> Planned:
    """Make the plan of `destroy`: it deletes these deployments and the catalog models that only they use.
    Raises Failed when one of them does not exist: then none is deleted.
    """
    reached = reach(workspace, target, say)
    snapshot = read_holders(reached, read_cloud(reached))
    owner = workspace.settings.owner
    decided = plan_destroy(target.name, owner, names, snapshot)
    if missing := [item.name for item in decided.with_action(Action.NOTHING)]:
        raise no_such(missing, names_of(snapshot.ours(owner)), target, "; nothing was sent")
    redacted = workspace.redaction.plan(decided, snapshot.deployments)
    return Planned(redacted, Desired(target.name, owner, ()), snapshot, reached)


def plan_gc(workspace: Workspace, target: Target, say: Say) -> Planned:
    """Make the plan of `gc`: it deletes the catalog entries of ours that nothing uses any more."""
    reached = reach(workspace, target, say)
    snapshot, settings = read_holders(reached, read_cloud(reached)), workspace.settings
    recent = timestamp(RealClock(), DAY_SECONDS)
    decided = plan_clean_up(target.name, settings.owner, snapshot, settings.gc.keep, recent)
    return Planned(decided, Desired(target.name, settings.owner, ()), snapshot, reached)
