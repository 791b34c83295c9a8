"""From what is asked for and what is live to a plan.

Pure: the same values give the same plan. The ways of one deployment are in `core.paths`; here is what
concerns all of them together: whose they are, what goes, and the limits that a plan must not pass.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from reconciler.core.artifact import Structure
from reconciler.core.live import Live, Snapshot, State
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
from reconciler.core.refusals import blocked, protected
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
        planned += _prune(desired, snapshot)
    planned = _within_deletes(planned, desired, snapshot)
    planned = _within_share(planned, desired, snapshot)
    plan = Plan(
        target=desired.target,
        owner=desired.owner,
        project=snapshot.project,
        revision=desired.revision,
        deployments=tuple(sorted(planned, key=lambda item: item.name)),
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


def _prune(desired: Desired, snapshot: Snapshot) -> list[DeploymentPlan]:
    orphans = _orphans(desired, snapshot)
    wanted = {
        artifact.digest
        for spec in desired.specs
        for artifact in (spec.artifact, *(member.artifact for member in spec.members))
    }
    removal = plan_removal(orphans, desired.owner, snapshot, "no manifest names it any more", wanted)
    going = [item for item in removal if item.seen]
    by_ocid = {live.ocid: live for live in orphans}
    kept = [_unless_kept(item, by_ocid[item.seen.ocid], desired) for item in going if item.seen]
    if desired.specs:
        return kept
    return [blocked(item, NO_MANIFEST) if item.action is Action.DELETE else item for item in kept]


NO_MANIFEST = Refusal(
    "no manifest was found at all, which is taken for a mistake rather than for a wish to delete",
    ("restore the manifests", "reconcile destroy NAME, for each that is to go"),
)


def _within_deletes(
    planned: list[DeploymentPlan], desired: Desired, snapshot: Snapshot
) -> list[DeploymentPlan]:
    """Refuse to delete too many in one go; what is replaced is deleted too, unless it had failed."""
    failed = {live.ocid for live in snapshot.alive() if live.state is State.FAILED}
    going = [
        item
        for item in planned
        if item.action is Action.DELETE
        or (item.action is Action.REPLACE and item.seen and item.seen.ocid not in failed)
    ]
    most = desired.safety.max_deletes
    if len(going) <= most:
        return planned
    refusal = Refusal(
        f"{len(going)} deployments would be deleted or replaced; at most {most} may be at once",
        (
            f"set safety.maxDeletes: {len(going)} in reconciler.yaml if they are to go",
            "restore their manifests if they are to stay",
        ),
    )
    return [blocked(item, refusal) if item in going else item for item in planned]


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


def _unless_kept(item: DeploymentPlan, live: Live, desired: Desired) -> DeploymentPlan:
    """Protection and the wish for a confirmation outlive the manifest: they are marked on the deployment."""
    if live.marks.owner != desired.owner:
        owner = live.marks.owner
        whose = f"belongs to the owner {owner!r}" if owner else "carries no owner's mark"
        policy = desired.safety.prune_ownership
        item = replace(item, reason=f"it {whose}, and safety.ownership.prune: {policy} takes it")
    if live.marks.protect:
        return blocked(item, protected(item.name))
    waits = Prune.CONFIRM in (live.marks.prune, desired.safety.prune)
    if waits and item.name not in desired.confirmed:
        choices = (f"reconcile apply --confirm {item.name}, if it is to go", "restore its manifest")
        return blocked(item, Refusal("its deletion has to be confirmed (prune: confirm)", choices))
    return item


def _within_share(
    planned: list[DeploymentPlan], desired: Desired, snapshot: Snapshot
) -> list[DeploymentPlan]:
    """Refuse to touch too large a share of what there is in one go."""
    changing = [item for item in planned if item.action in CHANGING]
    adopted = {item.seen.ocid for item in changing if item.seen}
    there = len({live.ocid for live in snapshot.ours(desired.owner)} | adopted)
    most = desired.safety.max_changed_percent
    if 100 * len(changing) <= most * there:
        return planned
    share = -(-100 * len(changing) // there)
    refusal = Refusal(
        f"{len(changing)} of {there} deployments would change; at most {most}% may at once",
        (
            f"set safety.maxChangedPercent: {min(share, 100)} in reconciler.yaml if that is meant",
            "apply fewer manifests at a time: reconcile apply PATH…",
        ),
    )
    return [blocked(item, refusal) if item.action in CHANGING else item for item in planned]


CHANGING = frozenset({Action.UPDATE, Action.REPLACE, Action.DELETE})


# -- the project


def _with_project(plan: Plan) -> Plan:
    if plan.project.ocid is not None or plan.empty:
        return plan
    if plan.project.create:
        return replace(
            plan,
            project_step=EnsureProject(plan.project.name, token_of("project", plan.owner, plan.project.name)),
        )
    refusal = Refusal(
        f"there is no project named {plan.project.name!r} in the target's compartment",
        ("create it", "set createProject: true in the target", "name another project in the target"),
    )
    return replace(plan, deployments=tuple(blocked(item, refusal) for item in plan.deployments))
