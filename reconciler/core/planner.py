"""From what is asked for and what is live to a plan.

Pure: the same values give the same plan. The ways of one deployment are in `core.paths`; here is what
concerns all of them together: whose they are, what goes, and the limits that a plan must not pass.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from reconciler.core.artifact import Structure
from reconciler.core.limits import over_limits
from reconciler.core.live import Live, Snapshot
from reconciler.core.paths import NOTHING_TO_LOSE, Path
from reconciler.core.plan import (
    Action,
    DeploymentPlan,
    EnsureProject,
    Plan,
    Refusal,
    Seen,
    token_of,
)
from reconciler.core.refusals import blocked, deletes_come_last, no_project, protected, unconfirmed
from reconciler.core.removal import plan_removal
from reconciler.core.spec import Prune, Revision, Spec
from reconciler.core.target import Ownership, Safety

LiveStructures = Mapping[str, Structure | None]
"""Structure by OCID of catalog model or group; None where the artifact could not be read."""


@dataclass(frozen=True, slots=True)
class Desired:
    """What is asked for. `prune`: the specs are all there are, so what is ours and not among them goes.

    `confirmed` names deployments that may go although they wait for a confirmation; `retry_failed` tries
    again what has failed before.
    """

    target: str
    owner: str
    specs: tuple[Spec, ...]
    revision: Revision | None = None
    safety: Safety = field(default_factory=Safety)
    prune: bool = False
    confirmed: frozenset[str] = frozenset()
    retry_failed: bool = False


def make_plan(desired: Desired, snapshot: Snapshot, structures: LiveStructures) -> Plan:
    """The plan that makes live what is desired. `structures` holds at least what `structures_needed` asked
    for.
    """
    planned = [_plan_one(spec, desired, snapshot, structures) for spec in desired.specs]
    if desired.prune:
        planned += _prune(planned, desired, snapshot)
    plan = Plan(
        target=desired.target,
        owner=desired.owner,
        project=snapshot.project,
        revision=desired.revision,
        deployments=tuple(sorted(planned, key=lambda item: item.name)),
        refusals=over_limits(planned, desired.owner, desired.safety, snapshot, bool(desired.specs)),
    )
    return _with_project(plan)


def structures_needed(desired: Desired, snapshot: Snapshot) -> tuple[str, ...]:
    """OCIDs of the catalog models and groups whose structure must be known before this can be planned."""
    needed = set()
    for spec in desired.specs:
        live, _ = find(spec.name, desired, snapshot)
        if live is None or live.configuration is None or live.state in NOTHING_TO_LOSE:
            continue
        if live.model_id and live.configuration.artifact != spec.configuration.artifact:
            needed.add(live.model_id)
    return tuple(sorted(needed))


def find(name: str, desired: Desired, snapshot: Snapshot) -> tuple[Live | None, Refusal | None]:
    """The deployment that a manifest of this name is about, if there is one; or why it cannot be told, or
    must not be touched.
    """
    ours = [live for live in snapshot.ours(desired.owner) if live.marks.name == name]
    if len(ours) > 1:
        return None, _several(name, ours)
    if ours:
        return ours[0], None
    others = [live for live in snapshot.alive() if live.display_name == name]
    allowed = [live for live in others if _may_adopt(live, desired)]
    if len(allowed) > 1:
        return None, _several(name, allowed)
    if allowed:
        return allowed[0], None
    return None, _foreign(others[0]) if others else None


def _may_adopt(live: Live, desired: Desired) -> bool:
    """One that is ours under another name belongs to another manifest."""
    policy = desired.safety.update_ownership
    return live.marks.owner != desired.owner and policy.allows(live.marks.owner, desired.owner)


def _several(name: str, found: list[Live]) -> Refusal:
    ocids = ", ".join(live.ocid for live in found)
    return Refusal(f"{len(found)} deployments go by {name!r}: {ocids}", ("delete all but one of them",))


def _foreign(live: Live) -> Refusal:
    who = live.marks.owner
    whose = f"belongs to the owner {who!r}" if who else "carries no owner's mark"
    policy = Ownership.ADOPT_ALL if who else Ownership.ADOPT_UNOWNED
    return Refusal(
        f"a deployment with this name exists already ({live.ocid}) and {whose}",
        (
            "choose another metadata.name",
            "delete it",
            f"set safety.ownership.update: {policy} in reconciler.yaml, if it is to be managed from here",
        ),
    )


def _plan_one(spec: Spec, desired: Desired, snapshot: Snapshot, structures: LiveStructures) -> DeploymentPlan:
    plain = DeploymentPlan(spec.name, Action.NOTHING, "as it should be", manifest=spec.where.path)
    plain = replace(plain, failed=spec.failed_mark)
    live, refusal = find(spec.name, desired, snapshot)
    if refusal is not None:
        return blocked(replace(plain, reason="not ours to touch"), refusal)
    path = Path(
        spec=spec,
        owner=desired.owner,
        target=desired.target,
        revision=desired.revision,
        reading=desired.safety.update_groups,
        retry_failed=desired.retry_failed,
        snapshot=snapshot,
        plain=plain,
    )
    if live is None:
        return path.create()
    path = replace(path, plain=replace(plain, seen=Seen(live.ocid, live.fingerprint)))
    return path.change(live, structures.get(live.model_id or ""))


# -- what goes


def _prune(named: Sequence[DeploymentPlan], desired: Desired, snapshot: Snapshot) -> list[DeploymentPlan]:
    """What no manifest names, beside the plans of what is `named`. One that has to stay holds back itself
    alone, and keeps its models; one that is named and blocked holds back every delete (design: law 13).
    """
    orphans = _orphans(desired, snapshot)
    kept = {live.ocid: why for live in orphans if (why := _why_kept(live, desired))}
    wanted = {
        artifact.digest
        for spec in desired.specs
        for artifact in (spec.artifact, *(member.artifact for member in spec.members))
    }
    gone = [live for live in orphans if live.ocid not in kept]
    removal = plan_removal(gone, desired.owner, snapshot, UNNAMED, wanted)
    by_ocid = {live.ocid: live for live in gone}
    going = [_told_whose(item, by_ocid[item.seen.ocid], desired) for item in removal if item.seen]
    if held := [item.name for item in named if item.action is Action.BLOCKED]:
        going = [blocked(item, deletes_come_last(item.name, held)) for item in going]
    return going + [_kept(live, kept[live.ocid], desired) for live in orphans if live.ocid in kept]


UNNAMED = "no manifest names it any more"


def _orphans(desired: Desired, snapshot: Snapshot) -> tuple[Live, ...]:
    """Deployments that no manifest names, as far as they may be taken for ours."""
    names = {spec.name for spec in desired.specs}
    used = {live.ocid for spec in desired.specs if (live := find(spec.name, desired, snapshot)[0])}
    return tuple(
        live
        for live in snapshot.alive()
        if live.ocid not in used
        and desired.safety.prune_ownership.allows(live.marks.owner, desired.owner)
        and (live.marks.owner != desired.owner or live.marks.name not in names)
    )


def _why_kept(live: Live, desired: Desired) -> Refusal | None:
    """Protection and the wish for a confirmation outlive the manifest: they are marked on the deployment."""
    name = live.marks.name or live.display_name
    if live.marks.protect:
        return protected(name)
    waits = Prune.CONFIRM in (live.marks.prune, desired.safety.prune)
    return unconfirmed(name) if waits and name not in desired.confirmed else None


def _kept(live: Live, why: Refusal, desired: Desired) -> DeploymentPlan:
    name = live.marks.name or live.display_name
    plan = DeploymentPlan(name, Action.DELETE, UNNAMED, seen=Seen(live.ocid, live.fingerprint))
    return blocked(_told_whose(plan, live, desired), why)


def _told_whose(item: DeploymentPlan, live: Live, desired: Desired) -> DeploymentPlan:
    if live.marks.owner == desired.owner:
        return item
    owner = live.marks.owner
    whose = f"belongs to the owner {owner!r}" if owner else "carries no owner's mark"
    policy = desired.safety.prune_ownership
    return replace(item, reason=f"it {whose}, and safety.ownership.prune: {policy} takes it")


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
