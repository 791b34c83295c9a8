"""From what is asked for and what is live to a plan.

Pure: the same values give the same plan. The ways of one deployment are in `transition.transitions`, whose
a deployment is in `ownership.owners`; here is what concerns all of them together: what goes, and what holds
it back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from reconciler.core.model.artifact import Structure
from reconciler.core.model.desired import Desired
from reconciler.core.model.live import NOTHING_TO_LOSE, Live, Snapshot, State
from reconciler.core.model.spec import Prune, Spec
from reconciler.core.planning.ownership.former_owners import told_former
from reconciler.core.planning.ownership.owners import Owners, owners_of
from reconciler.core.planning.ownership.renames import told_probable, with_models_renamed
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan, Refusal, Seen, token_of
from reconciler.core.planning.refusals import (
    NO_MANIFEST,
    blocked,
    deletes_come_last,
    no_project,
    protected,
    several,
    unconfirmed,
    without_secrets,
)
from reconciler.core.planning.removal import plan_removal
from reconciler.core.planning.safety_limits import over_limits
from reconciler.core.planning.secrets import not_looked_at
from reconciler.core.planning.snapshot_index import grouped, index_of
from reconciler.core.planning.steps import EnsureProject
from reconciler.core.planning.transition.replacement import has_failed_as_desired
from reconciler.core.planning.transition.transition import Transition
from reconciler.core.planning.transition.transitions import plan_transition

LiveStructures = Mapping[str, Structure | None]
"""Structure by OCID of catalog model or group; None where the artifact could not be read."""


def make_plan(desired: Desired, snapshot: Snapshot, structures: LiveStructures) -> Plan:
    """The plan that makes live what is desired. `structures` holds at least what `structures_needed` asked
    for.
    """
    owners = owners_in(snapshot, desired)
    index = owners.index
    planned = [_held_back(_plan_one(spec, desired, owners, structures), desired) for spec in desired.specs]
    if desired.prune:
        planned = _with_orphans(planned, desired, owners)
    planned = with_models_renamed(planned, desired.specs, index)
    planned = told_former(planned, snapshot, desired.owner)
    plan = Plan(
        target=desired.target,
        owner=desired.owner,
        project=snapshot.project,
        revision=desired.revision,
        deployments=tuple(sorted(planned, key=lambda item: item.name)),
        refusals=over_limits(planned, desired.safety, index, bool(desired.claims or desired.only)),
    )
    return _with_project(plan)


def structures_needed(desired: Desired, snapshot: Snapshot) -> tuple[str, ...]:
    """OCIDs of the catalog models and groups whose structure must be known before this can be planned."""
    needed = set()
    for spec, live in named(desired, owners_in(snapshot, desired)):
        if live.configuration is None or live.state in NOTHING_TO_LOSE:
            continue
        if live.model_id and live.configuration.artifact != spec.configuration.artifact:
            needed.add(live.model_id)
    return tuple(sorted(needed))


def unwell(desired: Desired, snapshot: Snapshot) -> tuple[Live, ...]:
    """The deployments that a manifest is about and that FAILED or need attention: a plan tells why, which no
    list does (docs/service.md §1.7).
    """
    owners = owners_in(snapshot, desired)
    return tuple(live for _, live in named(desired, owners) if live.state in UNWELL)


UNWELL = frozenset({State.FAILED, State.NEEDS_ATTENTION})


def failed_as_desired(desired: Desired, snapshot: Snapshot) -> tuple[Live, ...]:
    """Those of them that FAILED with the very spec that is asked for: whether they are tried again depends on
    what their work requests say.
    """
    owners = owners_in(snapshot, desired)
    return tuple(live for spec, live in named(desired, owners) if has_failed_as_desired(spec, live))


def owners_in(snapshot: Snapshot, desired: Desired) -> Owners:
    """Whose the deployments are that there are."""
    return owners_of(desired.claims, index_of(snapshot, desired.owner), desired.safety)


def named(desired: Desired, owners: Owners) -> tuple[tuple[Spec, Live], ...]:
    """The manifests that are about a deployment that there is, each with that one."""
    return tuple((spec, live) for spec in desired.specs if (live := owners.find(spec.claim)[0]))


def concerned(desired: Desired, snapshot: Snapshot) -> tuple[tuple[str, Live], ...]:
    """The deployments that a plan would be about, each with its name; what is paused is left alone."""
    owners = owners_in(snapshot, desired)
    unnamed = _unnamed(desired, owners) if desired.prune else ()
    there = ((spec.name, live) for spec, live in named(desired, owners) if not spec.policy.paused)
    return (*there, *((live.name, live) for live in unnamed))


def _plan_one(spec: Spec, desired: Desired, owners: Owners, structures: LiveStructures) -> DeploymentPlan:
    plain = DeploymentPlan(spec.name, Action.NOTHING, "as it should be", manifest=spec.where.path)
    plain = replace(plain, failed=spec.failed_mark, unset=not_looked_at(spec.configuration))
    live, refusal = owners.find(spec.claim)
    if refusal is not None:
        return blocked(replace(plain, reason="not ours to touch"), refusal)
    if live is None:
        return plan_transition(Transition(desired, spec, owners.index, plain), None)
    plain = replace(plain, seen=Seen(live.ocid, live.fingerprint))
    transition = Transition(desired, spec, owners.index, plain, live)
    return plan_transition(transition, structures.get(live.model_id or ""))


def _held_back(item: DeploymentPlan, desired: Desired) -> DeploymentPlan:
    """When it is to be applied, nothing is done with a deployment whose secrets are not known."""
    still = item.action in (Action.PAUSED, Action.BLOCKED)
    return (
        blocked(item, without_secrets(item.unset)) if desired.applying and item.unset and not still else item
    )


# -- what goes


def _with_orphans(
    planned: Sequence[DeploymentPlan], desired: Desired, owners: Owners
) -> list[DeploymentPlan]:
    """The plans of what is named, and with them those of what no manifest names.

    One that has to stay holds back itself alone, and keeps its models; one that is named and blocked holds
    back every delete (design: law 13).
    """
    unnamed = _unnamed(desired, owners)
    carriers = grouped((live.name, live) for live in owners.orphans())
    kept = {live.ocid: why for live in unnamed if (why := _why_kept(live, carriers[live.name], desired))}
    wanted = {
        artifact.digest
        for spec in desired.specs
        for artifact in (spec.artifact, *(member.artifact for member in spec.members))
    }
    gone = [live for live in unnamed if live.ocid not in kept]
    words = {live.ocid: _word(live, carriers[live.name]) for live in unnamed}
    reasons = {live.ocid: _reason(live, words[live.ocid], desired) for live in unnamed}
    removal = plan_removal(gone, owners.index, "", wanted)
    going = [replace(item, reason=reasons[item.seen.ocid]) for item in removal if item.seen]
    if held := [item.name for item in planned if item.action is Action.BLOCKED]:
        going = [blocked(item, deletes_come_last(words[item.seen.ocid], held)) for item in going if item.seen]
    stay = [_kept(live, kept[live.ocid], reasons[live.ocid]) for live in unnamed if live.ocid in kept]
    return told_probable([*planned, *going, *stay], desired.specs, gone, owners.index)


def _unnamed(desired: Desired, owners: Owners) -> tuple[Live, ...]:
    only = desired.only
    return tuple(live for live in owners.orphans() if not only or not only.isdisjoint({live.name, live.ocid}))


def _why_kept(live: Live, carriers: Sequence[Live], desired: Desired) -> Refusal | None:
    """Protection and the wish for a confirmation outlive the manifest: they are marked on the deployment. Of
    several `carriers` of its name none goes, unless its OCID is given.
    """
    if live.marks.protect:
        return protected(live.name, NO_MANIFEST)
    word = _word(live, carriers)
    if word == live.ocid and word not in desired.confirmed | desired.only:
        return several(live.name, carriers, DELETE_ONE)
    waits = Prune.CONFIRM in (live.marks.prune, desired.safety.prune)
    return unconfirmed(word) if waits and desired.confirmed.isdisjoint({word, live.ocid}) else None


OUTRUN = "it is FAILED, and another deployment has its name now: metadata.renamedFrom"
DELETE_ONE = "reconcile apply --confirm OCID, or reconcile destroy OCID, for each that is to go"


def _word(live: Live, carriers: Sequence[Live]) -> str:
    """What means this one, and no other of the `carriers` of its name."""
    return live.name if len(carriers) == 1 else live.ocid


def _kept(live: Live, why: Refusal, reason: str) -> DeploymentPlan:
    plan = DeploymentPlan(live.name, Action.DELETE, reason, seen=Seen(live.ocid, live.fingerprint))
    return blocked(plan, why)


def _reason(live: Live, word: str, desired: Desired) -> str:
    """Why it goes: whose it is, and which one where several go by its name."""
    it = live.ocid if word == live.ocid else "it"
    owner = live.marks.owner
    if owner == desired.owner:
        outrun = live.state is State.FAILED and any(claim.name == live.name for claim in desired.claims)
        return OUTRUN if outrun else f"no manifest names {it} any more"
    whose = f"belongs to the owner {owner!r}" if owner else "carries no owner's mark"
    return f"{it} {whose}, and safety.ownership.prune: {desired.safety.prune_ownership} takes it"


# -- the project


def _with_project(plan: Plan) -> Plan:
    if plan.project.ocid is not None or not any(item.steps for item in plan.deployments):
        return plan
    if plan.project.create:
        return replace(
            plan,
            project_step=EnsureProject(plan.project.name, token_of("project", plan.owner, plan.project.name)),
        )
    return replace(plan, refusals=(*plan.refusals, no_project(plan.project.name)))
