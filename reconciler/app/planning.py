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
from reconciler.adapters.git.git import revision
from reconciler.app.names import names_of, no_such, no_such_anywhere, not_in_paths, words_for, words_of
from reconciler.app.offline import loaded
from reconciler.app.reaching import ReachedTarget, reach
from reconciler.app.saved_plans.moving import relative
from reconciler.app.workspace import Say, Workspace
from reconciler.core.model.artifact import Structure
from reconciler.core.model.configuration import DeploymentType
from reconciler.core.model.desired import Desired
from reconciler.core.model.errors import CloudError, Failed, NotFound
from reconciler.core.model.live import IN_FLIGHT, Live, Snapshot
from reconciler.core.model.spec import Revision, Spec
from reconciler.core.model.target import Target
from reconciler.core.planning.events import Event
from reconciler.core.planning.ownership.owners import owners_of
from reconciler.core.planning.plan import Action, Plan
from reconciler.core.planning.planner import (
    UNWELL,
    concerned,
    failed_as_desired,
    make_plan,
    structures_needed,
    unwell,
)
from reconciler.core.planning.removal import plan_destroy
from reconciler.core.planning.secrets import with_secrets
from reconciler.core.planning.snapshot_index import index_of
from reconciler.engine.retry import Caller
from reconciler.engine.settling import wait_until_settled
from reconciler.manifests.loading import Loaded
from reconciler.manifests.spec_draft import SpecDraft, specs_of
from reconciler.triton.served_structure import structure_of_group, structure_served

WAITS = 10
"""Times that a plan waits for what somebody else has under way, before it is made as things are."""

P = ParamSpec("P")
T = TypeVar("T")

READERS = 8
"""Live artifacts, or deployments that are not well, that are read at the same time."""


PATIENCE_SECONDS = 15.0
"""How long a plan goes on asking a service that does not answer: somebody waits for it."""

Tell = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What the command line asks for besides the manifests: which of them (none: all), deployments whose
    deletion is confirmed, whether what failed before is tried again, names to plan alone (none: all), and
    whether the plan is to be applied at once.
    """

    paths: tuple[Path, ...] = ()
    confirmed: frozenset[str] = frozenset()
    retry_failed: bool = False
    only: frozenset[str] = frozenset()
    applying: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, what it was made of, and the target that was reached for it. `no_revision` is why it carries
    none, where one was to be expected.
    """

    plan: Plan
    desired: Desired
    snapshot: Snapshot
    reached: ReachedTarget
    no_revision: str = ""


def plan(
    workspace: Workspace, target: Target, asked: PlanRequest, say: Say, waiting: Tell | None = None
) -> Planned:
    """The plan for these manifests. Only when all are meant (no paths) may what is in none be deleted. Names
    that there are not are an error.

    With `waiting`, what somebody else has begun with these deployments is waited for first, and `waiting`
    hears of it; without, the wait becomes a step of the plan.
    """
    found = loaded(workspace, target, asked.paths)
    workspace.redaction.declare(found.declared)
    reached = reach(workspace, target, say)
    about = (
        _meant(workspace, target, asked, found, reached) if asked.only or asked.confirmed else found.drafts
    )
    commit = revision(workspace.root)
    wanted = _desired(workspace, target, asked, found, about, commit, say)
    say("reading what is live")
    snapshot = read_cloud(reached)
    for _ in range(WAITS):
        # A chain of somebody else has the next step under way soon after the last one has ended.
        if waiting is None or not (busy := in_flight(wanted, snapshot)):
            break
        asyncio.run(wait_until_settled(reached.cloud, RealClock(), random.random, busy, waiting))
        snapshot = read_cloud(reached)
    snapshot = with_reasons(reached, wanted, snapshot)
    structures = live_structures(reached, structures_needed(wanted, snapshot), snapshot)
    made = replace(make_plan(wanted, snapshot, structures), given=workspace.given)
    made = relative(workspace.redaction.plan(made), workspace.root)
    no_revision = workspace.redaction.text(commit) if isinstance(commit, str) else ""
    return Planned(made, wanted, snapshot, reached, no_revision)


def _meant(
    workspace: Workspace, target: Target, asked: PlanRequest, found: Loaded, reached: ReachedTarget
) -> Sequence[SpecDraft]:
    """The manifests that this is about. Raises Failed for names to plan or to confirm that are nobody's:
    before anything is hashed or waited for.
    """
    index = index_of(read_cloud(reached), workspace.settings.owner)
    claims = (*(draft.claim for draft in found.drafts), *found.others)
    owners = owners_of(claims, index, workspace.settings.safety)
    words = [(draft, words_of(draft.claim, owners)) for draft in found.drafts]
    left = owners.orphans()
    there = (*index.ours, *left)
    known = {claim.name for claim in claims} | names_of(there)
    may = {word for _, its in words for word in its}
    if missing := asked.only - (may if asked.paths else may | words_for(left)):
        raise not_in_paths(missing, may) if asked.paths else no_such_anywhere(missing, known, target)
    if missing := asked.confirmed - known - words_for(there):
        raise no_such_anywhere(missing, known, target)
    return [draft for draft, its in words if not asked.only or asked.only & its]


def _desired(
    workspace: Workspace,
    target: Target,
    asked: PlanRequest,
    found: Loaded,
    about: Sequence[SpecDraft],
    commit: Revision | str,
    say: Say,
) -> Desired:
    planned = {draft.name for draft in about}
    return Desired(
        target=target.name,
        owner=workspace.settings.owner,
        specs=_with_secrets(workspace, specs_of(about, workspace.hashes, _hashing(say))),
        revision=commit if isinstance(commit, Revision) else None,
        safety=workspace.settings.safety,
        prune=not asked.paths,
        confirmed=asked.confirmed,
        retry_failed=asked.retry_failed,
        only=asked.only,
        applying=asked.applying,
        others=(*(draft.claim for draft in found.drafts if draft.name not in planned), *found.others),
    )


def _with_secrets(workspace: Workspace, specs: Sequence[Spec]) -> tuple[Spec, ...]:
    """The one place where secrets of manifests are looked up."""
    found = tuple(with_secrets(spec, workspace.environment) for spec in specs)
    workspace.redaction.learn(found)
    return found


def in_flight(wanted: Desired, snapshot: Snapshot) -> dict[str, str]:
    """Names by OCID of the deployments that a plan would be about, and that somebody is changing now."""
    return {live.ocid: name for name, live in concerned(wanted, snapshot) if live.state in IN_FLIGHT}


def destroy(workspace: Workspace, target: Target, names: Sequence[str], say: Say) -> Planned:
    """The plan that removes these deployments and the catalog models that only they use. Raises Failed when
    one of them does not exist: all or nothing.
    """
    reached = reach(workspace, target, say)
    snapshot = read_cloud(reached)
    owner = workspace.settings.owner
    made = plan_destroy(target.name, owner, names, snapshot)
    if missing := [item.name for item in made.with_action(Action.NOTHING)]:
        raise no_such(missing, names_of(snapshot.ours(owner)), target, "; nothing was sent")
    return Planned(made, Desired(target.name, owner, ()), snapshot, reached)


def read_cloud(reached: ReachedTarget) -> Snapshot:
    """Everything that is live, as lists tell it."""
    return patiently(reached.cloud.snapshot)


def with_reasons(reached: ReachedTarget, wanted: Desired, snapshot: Snapshot) -> Snapshot:
    """The snapshot, in which those that the plan is about and that are not well tell why."""
    told = {live.ocid: live for live in with_details(reached, unwell(wanted, snapshot))}
    failed = [told.get(live.ocid, live) for live in failed_as_desired(wanted, snapshot)]
    told |= {live.ocid: live for live in _at_once(partial(_with_errors, reached), failed)}
    if not told:
        return snapshot
    return replace(snapshot, deployments=tuple(told.get(live.ocid, live) for live in snapshot.deployments))


def with_details(reached: ReachedTarget, found: Sequence[Live]) -> list[Live]:
    """These deployments, those that are not well with the details that a list does not tell."""
    return _at_once(partial(_with_details, reached), found)


def _with_details(reached: ReachedTarget, live: Live) -> Live:
    if live.state not in UNWELL:
        return live
    try:
        return replace(live, details=patiently(reached.cloud.get_deployment, live.ocid)[0].details)
    except NotFound:
        return live


def _with_errors(reached: ReachedTarget, live: Live) -> Live:
    return replace(live, errors=patiently(reached.cloud.last_failure, live.ocid).errors)


def _at_once(read: Callable[[Live], Live], found: Sequence[Live]) -> list[Live]:
    """Some at a time."""
    with ThreadPoolExecutor(READERS) as pool:
        return list(pool.map(read, found))


def live_structures(
    reached: ReachedTarget, ocids: Sequence[str], snapshot: Snapshot
) -> dict[str, Structure | None]:
    """What is served from catalog models and groups that are live; None where one cannot be read."""
    groups = {live.model_id for live in snapshot.deployments if _of_group(live)}
    with ThreadPoolExecutor(READERS) as pool:
        found = pool.map(lambda ocid: _structure(reached, ocid, group=ocid in groups), ocids)
        return dict(zip(ocids, found, strict=True))


def _of_group(live: Live) -> bool:
    return live.deployment_type == DeploymentType.MODEL_GROUP


def _structure(reached: ReachedTarget, ocid: str, *, group: bool) -> Structure | None:
    try:
        if group:
            return structure_of_group(patiently(reached.cloud.member_listings, ocid))
        return structure_served(*patiently(reached.cloud.listing, ocid))
    except NotFound:
        return None
    except CloudError:
        raise
    except Failed:
        return None


def patiently(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call, and call again after errors that may pass, as the engine does."""
    with ThreadPoolExecutor(1) as pool:
        return asyncio.run(
            Caller(pool, RealClock(), random.random, PATIENCE_SECONDS)(function, *args, **kwargs)
        )


def _hashing(say: Say) -> Callable[[int, int], None]:
    def progress(done: int, total: int) -> None:
        if total:
            say(f"hashing model files: {100 * done // total}%")

    return progress
